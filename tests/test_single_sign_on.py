"""People sign in with a real provider, over HTTP; what does not fit together is not believed."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from loopline.identity import actions, refusals
from loopline.identity.models import (
    PendingSignIn,
    Provider,
    ProviderAccount,
    Role,
    SecondStep,
    Session,
    SignInRules,
    Staff,
    Unit,
)
from loopline.kernel import clock, sealing
from loopline.kernel.models import AccessRecord
from loopline.testing import Operator
from scripts.assets import tool

HERE = Path(__file__).parent
OIDC = HERE / "oidc"
SECRET = "a secret of the test"


@dataclass
class Running:
    """The provider's process."""

    url: str
    process: subprocess.Popen[str]

    def next_is(self, account: str, amr: str = "pwd", verified: str = "yes") -> None:
        """Who signs in there next, and how."""
        requests.get(f"{self.url}/next", {"account": account, "amr": amr, "verified": verified}, timeout=5)


def _installed() -> Path:
    """The provider's package, installed from its lock beside the build."""
    folder = HERE.parent / ".build" / "oidc"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "package-lock.json"
    fresh = not lock.is_file() or lock.read_bytes() != (OIDC / "package-lock.json").read_bytes()
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(OIDC / name, folder / name)
    if fresh or not (folder / "node_modules" / "oidc-provider").is_dir():
        try:
            command = [*tool("npm"), "ci", "--ignore-scripts", "--no-fund", "--no-audit"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        except (OSError, SystemExit, subprocess.SubprocessError) as reason:
            lock.unlink(missing_ok=True)
            pytest.skip(f"the provider of the test cannot be installed, npm does not answer: {reason}")
    return folder


def _start(backs: list[str], port: int) -> Running:
    process = subprocess.Popen(
        [*tool("node"), "provider.mjs", str(port), *backs],
        cwd=_installed(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        process.kill()
        pytest.skip("the provider of the test does not start on this Node")
    return Running(f"http://127.0.0.1:{port}", process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def running(operator: Operator) -> Iterator[Running]:
    """A provider that knows two ways back: those of the two providers that the operator has set up."""
    port = _free_port()
    with operator.door():
        rows = [_provider(name, f"http://127.0.0.1:{port}") for name in ("House", "Guest")]
        Staff.objects.filter(pk=operator.staff["clerk1"]).update(email="Qian@Example.com")
    backs = [f"http://testserver/sign-in/with/{row.public_id}/back" for row in rows]
    made = _start([*backs, "http://testserver/sign-in"], port)
    yield made
    made.process.kill()
    made.process.wait()


def _provider(name: str, issuer: str) -> Provider:
    wrapped = sealing.new_wrapped_key()
    row = Provider.objects.create(
        name=name,
        issuer=issuer,
        client_id="loopline",
        wrapped=wrapped,
        sealed=sealing.seal(wrapped, SECRET),
    )
    row.refresh_from_db()
    return row


def _begin(operator: Operator, name: str = "House", target: str = "/me/security") -> tuple[Client, str]:
    """Press the button; returns the browser and where it is sent."""
    with operator.door():
        provider = Provider.objects.get(name=name)
    browser = Client(headers={"accept-language": "en"})
    way = f"/sign-in/with/{provider.public_id}"
    answer = browser.get(way, {"operator": operator.code, "next": target})
    assert answer.status_code == 302, answer.content.decode()
    return browser, answer["Location"]


def _at_provider(url: str) -> str:
    """Sign in there; returns the address that leads back."""
    visitor = requests.Session()
    for _hop in range(6):
        answer = visitor.get(url, allow_redirects=False, timeout=5)
        url = requests.compat.urljoin(url, answer.headers["Location"])
        if url.startswith("http://testserver"):
            return url
    raise AssertionError(url)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _sign_in(operator: Operator, **how: str) -> tuple[Client, object]:
    browser, url = _begin(operator, **how)
    return browser, browser.get(_path(_at_provider(url)))


def test_a_clerk_signs_in_with_the_provider_and_is_known_by_his_subject_ever_after(operator, running):
    running.next_is("qian")
    browser, answer = _sign_in(operator)
    assert (answer.status_code, answer["Location"]) == (302, "/me/security")
    assert "Sign-in and security" in browser.get("/me/security").content.decode()
    with operator.door():
        assert ProviderAccount.objects.get().subject == "qian"
        assert list(AccessRecord.objects.values_list("kind", "staff_name")) == [("sign_in", "钱一")]
        Staff.objects.filter(pk=operator.staff["clerk1"]).update(email="another@example.com")
    assert _sign_in(operator)[1].status_code == 302


def test_the_question_carries_what_makes_the_answer_safe(operator, running):
    _browser, url = _begin(operator)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert SECRET not in url
    with operator.door():
        kept = Provider.objects.get(name="House")
        assert SECRET.encode() not in bytes(kept.sealed)


def test_nobody_is_added_in_silence_and_nobody_without_a_verified_e_mail_is_known(operator, running):
    running.next_is("stranger")
    answer = _sign_in(operator)[1]
    assert answer.status_code == 403
    assert "House knows you, but there is no member of staff" in answer.content.decode()
    running.next_is("qian", verified="no")
    assert _sign_in(operator)[1].status_code == 403
    with operator.door():
        assert (Session.objects.count(), ProviderAccount.objects.count()) == (0, 0)
        assert AccessRecord.objects.filter(kind="sign_in_failed").count() == 2


def test_where_the_operator_allows_it_a_stranger_is_added_with_the_role_that_was_chosen(operator, running):
    with operator.door():
        Provider.objects.update(
            adds_staff=True, role=Role.objects.get(code="clerk"), unit=Unit.objects.get(code="north-1")
        )
    running.next_is("newcomer")
    assert _sign_in(operator)[1].status_code == 302
    with operator.door():
        added = Staff.objects.select_related("unit").get(email="newcomer@example.com")
        roles = list(added.roles.values_list("code", flat=True))
        assert (added.user_name, added.name, added.unit.code, roles) == (
            "newcomer",
            "Name of newcomer",
            "north-1",
            ["clerk"],
        )


def test_who_has_left_is_not_let_in(operator, running):
    running.next_is("qian")
    assert _sign_in(operator)[1].status_code == 302
    with operator.door():
        Staff.objects.filter(pk=operator.staff["clerk1"]).update(is_active=False)
    assert _sign_in(operator)[1].status_code == 403


def test_our_second_step_is_asked_for_unless_the_provider_is_trusted_with_it(operator, running):
    with operator.door():
        Role.objects.filter(code="clerk").update(needs_second_step=True)
    running.next_is("qian", amr="pwd,otp")
    browser, _answer = _sign_in(operator)
    assert browser.get("/me/security")["Location"].startswith("/me/second-step")
    with operator.door():
        Provider.objects.update(trusts_second_step=True)
    assert _sign_in(operator)[0].get("/me/security").status_code == 200
    running.next_is("qian", amr="pwd")
    assert _sign_in(operator)[0].get("/me/security").status_code == 302
    with operator.door():
        wrapped = sealing.new_wrapped_key()
        SecondStep.objects.create(
            staff_id=operator.staff["clerk1"],
            wrapped=wrapped,
            sealed=sealing.seal(wrapped, "A" * 16),
            confirmed_at=clock.now(),
        )
    assert _sign_in(operator)[0].get("/me/security")["Location"].startswith("/sign-in/code")


def test_an_answer_is_taken_once_in_time_and_by_the_browser_that_asked(operator, running):
    running.next_is("qian")
    browser, url = _begin(operator)
    back = _path(_at_provider(url))
    assert Client().get(back).status_code == 400
    assert browser.get(back.replace("state=", "state=x")).status_code == 400
    browser, url = _begin(operator)
    back, cookie = _path(_at_provider(url)), browser.cookies["loopline_pending"].value
    assert browser.get(back).status_code == 302
    thief = Client()
    thief.cookies["loopline_pending"] = cookie
    assert thief.get(back).status_code == 400
    browser, url = _begin(operator)
    back = _path(_at_provider(url))
    with operator.door():
        PendingSignIn.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert browser.get(back).status_code == 400


def test_the_answer_of_one_provider_is_not_believed_as_that_of_another(operator, running):
    running.next_is("qian")
    browser, url = _begin(operator, name="House")
    back = _path(_at_provider(url))
    with operator.door():
        house, guest = (str(Provider.objects.get(name=name).public_id) for name in ("House", "Guest"))
    assert browser.get(back.replace(house, guest)).status_code == 400
    for forged in ("iss=http%3A%2F%2Fevil.example", ""):
        browser, url = _begin(operator)
        back = _path(_at_provider(url))
        told = urlsplit(back).query.split("&")
        changed = "&".join([part for part in told if not part.startswith("iss=")] + [forged])
        answer = browser.get(f"{urlsplit(back).path}?{changed}")
        assert answer.status_code == 400
        assert "Signing in through House did not work (answer)" in answer.content.decode()


@pytest.mark.parametrize(("field", "reason"), [("nonce", "id_token"), ("verifier", "no_answer")])
def test_an_answer_to_another_question_is_not_believed(operator, running, field, reason):
    running.next_is("qian")
    browser, url = _begin(operator)
    back = _path(_at_provider(url))
    with operator.door():
        PendingSignIn.objects.update(**{field: "x" * 64})
    answer = browser.get(back)
    assert answer.status_code == 400
    assert f"did not work ({reason})" in answer.content.decode()
    with operator.door():
        assert (Session.objects.count(), PendingSignIn.objects.count()) == (0, 0)


def test_who_gives_up_at_the_provider_is_told_so(operator, running):
    running.next_is("nobody")
    assert "it was cancelled there" in _sign_in(operator)[1].content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_nobody_is_sent_elsewhere_afterwards(operator, running, target):
    running.next_is("qian")
    assert _sign_in(operator, target=target)[1]["Location"] == "/"


def test_signing_out_offers_to_sign_out_there_too(operator, running):
    running.next_is("qian")
    browser, _answer = _sign_in(operator)
    page = browser.post("/sign-out").content.decode()
    assert "You are signed out" in page
    way = page.split('href="' + running.url)[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(way).query)
    assert asked["post_logout_redirect_uri"] == ["http://testserver/sign-in"]
    assert requests.get(running.url + way, timeout=5).status_code == 200
    assert browser.get("/me/security").status_code == 302


def test_the_form_shows_the_buttons_of_the_operator_and_no_other(operator, running):
    browser = Client(headers={"accept-language": "en"})
    shown = browser.get("/sign-in/providers", {"operator": operator.code, "next": "//evil"}).content.decode()
    assert "Sign in with Guest" in shown and "Sign in with House" in shown and "next=%2F&" not in shown + "&"
    assert "Sign in with" not in browser.get("/sign-in/providers", {"operator": "nobody"}).content.decode()


def test_an_administrator_sets_a_provider_up_on_screen(operator, running):
    admin, form = (
        operator.client("admin"),
        {
            "name": "Branch",
            "issuer": running.url,
            "client_id": "loopline",
            "secret": SECRET,
            "is_active": "on",
        },
    )
    assert operator.client("clerk1").post("/administration/sign-in/providers", form).status_code == 403
    wrong = admin.post("/administration/sign-in/providers", form | {"issuer": running.url + "/x"})
    assert "No provider answers at this address (no_answer)" in wrong.content.decode()
    plain = admin.post("/administration/sign-in/providers", form | {"issuer": "http://10.0.0.1"})
    assert "No provider answers at this address (https)" in plain.content.decode()
    unclear = admin.post("/administration/sign-in/providers", form | {"adds_staff": "on"})
    assert "Choose what whoever is added shall be." in unclear.content.decode()
    made = admin.post("/administration/sign-in/providers", form)
    assert made.status_code == 302
    page = admin.get(made["Location"]).content.decode()
    assert SECRET not in page and "http://testserver/sign-in/with/" in page
    with operator.door() as actor:
        row = Provider.objects.get(name="Branch")
        assert sealing.unseal(bytes(row.wrapped), bytes(row.sealed)) == SECRET
        actions.remove_provider(actor=actor, public_id=str(row.public_id))
        assert not Provider.objects.filter(name="Branch").exists()


def _only_by_provider(operator, emergency="admin"):
    browser = operator.client("admin")
    form = {"only_providers": "on", "emergency": emergency}
    return browser, browser.post("/administration/sign-in/only-providers", form)


def _with_password(operator, who, password=""):
    form = {"operator": operator.code, "user_name": who, "password": password or operator.password}
    return Client(headers={"accept-language": "en"}).post("/sign-in", form)


def test_where_only_the_provider_lets_in_no_password_does_but_that_for_emergencies(operator, running):
    clerk = operator.client("clerk1")
    browser, answer = _only_by_provider(operator)
    assert answer.status_code == 302
    assert clerk.get("/me/security").status_code == 302
    assert browser.get("/me/security").status_code == 200
    for who, password in (("clerk1", ""), ("nobody", ""), ("admin", "wrong")):
        refused = _with_password(operator, who, password)
        assert (refused.status_code, b"through the provider only" in refused.content) == (403, True)
    running.next_is("qian")
    assert _sign_in(operator)[1].status_code == 302
    assert _with_password(operator, "admin").status_code == 302
    with operator.door():
        told = AccessRecord.objects.filter(kind="sign_in").order_by("-id")[:2]
        assert [(row.staff_id, row.reason) for row in told] == [
            (operator.staff["admin"], "emergency"),
            (operator.staff["clerk1"], ""),
        ]
    shown = Client(headers={"accept-language": "en"}).get("/sign-in/providers", {"operator": operator.code})
    assert "through the provider only" in shown.content.decode()


def test_nobody_locks_the_house_from_inside(operator, running):
    browser, answer = _only_by_provider(operator, emergency="clerk1")
    assert (answer.status_code, b"must keep a password" in answer.content) == (409, True)
    with operator.door():
        Provider.objects.filter(name="Guest").update(is_active=False)
        house = Provider.objects.get(name="House").public_id
    browser, answer = _only_by_provider(operator)
    assert answer.status_code == 302
    browser.post(f"/administration/sign-in/providers/{house}/remove")
    off = {"name": "House", "issuer": running.url, "client_id": "loopline"}
    refused = browser.post(f"/administration/sign-in/providers/{house}", off)
    assert (refused.status_code, b"one must stay active" in refused.content) == (409, True)
    with operator.door():
        Staff.objects.get(pk=operator.staff["clerk2"]).roles.add(Role.objects.get(code="administrator"))
    with pytest.raises(refusals.NoWayIn), operator.door("admin") as admin:
        staff = Staff.objects.get(pk=operator.staff["admin"])
        actions.change_staff(
            actor=admin, staff=staff, name="x", unit=staff.unit, roles=["administrator"], is_active=False
        )
    with operator.door():
        assert Provider.objects.filter(public_id=house, is_active=True).exists()
        assert SignInRules.objects.get().emergency_id == operator.staff["admin"]
    api = Client(headers={"authorization": f"Bearer {operator.token('admin')}"})
    told = api.get("/api/v1/identity/only-providers").json()
    assert told == {"only_providers": True, "emergency": "admin"}
    opened = api.put(
        "/api/v1/identity/only-providers", {"only_providers": False}, content_type="application/json"
    )
    assert opened.json()["only_providers"] is False
    assert _with_password(operator, "clerk1").status_code == 302
    with operator.door():
        Provider.objects.update(is_active=False)
    _browser, answer = _only_by_provider(operator)
    assert (answer.status_code, b"one must stay active" in answer.content) == (409, True)
