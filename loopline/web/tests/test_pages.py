"""The pages of no one module: each desk by its rights, messages with receipts, the search, background work."""

import asyncio

import pytest
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app

from loopline.config.worker import jobs_conninfo
from loopline.customers.api import create_customer
from loopline.identity.api import Staff, Unit
from loopline.kernel import backlog
from loopline.kernel.jobs import ask_for, job
from loopline.kernel.models import JobFailure
from loopline.messaging.api import publish_notice, send_message

PAGES = [
    "/",
    "/messages",
    "/messages?away=1",
    "/messages/write",
    "/search",
    "/calendar",
    "/calendar?view=month&whose=team",
    "/calendar/new",
    "/calendar/share",
    "/me/log",
    "/me/log?looks=1",
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("who", ["admin", "marketer", "analyst", "north", "clerk1", "southerner"])
def test_every_desk_opens_for_an_operator_without_anything(operator, who, language):
    client = operator.client(who)
    client.cookies["loopline_language"] = language
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 200)


def test_the_loop_teaches_its_first_round(operator):
    text = operator.client("marketer").get("/loop").content.decode()
    assert "Once round in five minutes" in text
    assert text.count('class="tour-stop is-now"') == 1


def test_whoever_cannot_close_the_loop_is_not_sent_round(operator):
    text = operator.client("southerner").get("/loop").content.decode()
    assert "Once round in five minutes" not in text and "No campaign has run yet." in text


def test_each_counts_the_customers_he_sees(operator):
    with operator.door() as actor:
        for unit in ("north-1", "north-1", "south-1"):
            create_customer(actor=actor, name="欧阳雨晴", branch_id=operator.units[unit], sure=True)
    counted = {}
    for who in ("marketer", "north", "southerner"):
        text = operator.client(who).get("/loop").content.decode()
        counted[who] = text.split("loop-integrate")[1].split('class="num"')[1].split(">")[1].split("<")[0]
    assert counted == {"marketer": "3", "north": "2", "southerner": "1"}


def test_rights_decide_what_opens(operator):
    clerk, admin = operator.client("clerk1"), operator.client("admin")
    closed = ["/loop", "/administration/jobs", "/notices/publish"]
    assert {page: clerk.get(page).status_code for page in closed} == dict.fromkeys(closed, 403)
    assert {page: admin.get(page).status_code for page in closed} == dict.fromkeys(closed, 200)


def _key(operator, who: str) -> str:
    with operator.door("admin"):
        return str(Staff.objects.get(pk=operator.staff[who]).public_id)


def test_a_message_is_written_read_and_answered(operator):
    sender, reader = operator.client("marketer"), operator.client("clerk1")
    found = sender.get("/messages/colleagues?q=钱").content.decode()
    assert _key(operator, "clerk1") in found
    sent = sender.post(
        "/messages/write", {"to": _key(operator, "clerk1"), "subject": "Tea?", "body": "At three."}
    )
    assert sent.status_code == 302
    assert "Sent to 钱一." in sender.get("/messages").content.decode()
    assert "Sent to 钱一." not in sender.get("/messages").content.decode()
    inbox = reader.get("/messages").content.decode()
    assert "Tea?" in inbox and "1 unread" in inbox
    url = inbox.split('letter-row is-unread" href="')[1].split('"')[0]
    assert operator.client("clerk2").get(url).status_code == 404
    read_url = reader.get(url).content.decode().split('<div hx-post="')[1].split('"')[0]
    assert operator.client("clerk2").post(read_url).status_code == 302
    assert "1 unread" in reader.get("/messages").content.decode()
    assert reader.post(read_url, headers={"hx-request": "true"})["HX-Trigger"] == '{"counted": ""}'
    assert "Everything is read." in reader.get("/messages").content.decode()


def test_a_message_without_a_subject_or_recipient_is_refused_in_words(operator):
    client = operator.client("marketer")
    nobody = client.post("/messages/write", {"subject": "Hello"})
    assert (nobody.status_code, "Choose whom you are writing to." in nobody.content.decode()) == (422, True)
    empty = client.post("/messages/write", {"to": _key(operator, "clerk1"), "subject": " "})
    assert (empty.status_code, "Please write a subject." in empty.content.decode()) == (422, True)


def test_a_notice_stands_on_the_desk_until_it_is_read(operator):
    with operator.door("north") as actor:
        unit = Unit.objects.get(code="north")
        publish_notice(actor=actor, title="Stocktaking", body="Friday at six.", unit=unit)
    inside, outside = operator.client("clerk1"), operator.client("southerner")
    desk = inside.get("/").content.decode()
    assert "Stocktaking" in desk
    assert "Stocktaking" not in outside.get("/messages").content.decode()
    read_url = next(part.split('"')[0] for part in desk.split('action="') if part.startswith("/notices/"))
    assert inside.post(read_url, {"next": "/"}).status_code == 302
    assert "Stocktaking" not in inside.get("/").content.decode()
    assert "Read by 1 person" in operator.client("north").get("/messages").content.decode()


def test_one_publishes_only_within_ones_own_units(operator):
    client = operator.client("north")
    form = {"title": "To the south", "body": "", "unit": operator.units["south"]}
    assert client.post("/notices/publish", form).status_code == 404
    assert client.post("/notices/publish", form | {"unit": operator.units["north-1"]}).status_code == 302


def test_search_finds_customers_pages_and_colleagues_within_ones_rights(operator):
    with operator.door() as actor:
        create_customer(
            actor=actor, name="欧阳雨晴", branch_id=operator.units["north-1"], telephone="13900010002"
        )
    clerk, southerner = operator.client("clerk1"), operator.client("southerner")
    for query in ("欧阳", "ouyang", "13900010002"):
        found = clerk.post("/search/palette", {"q": query}).content.decode()
        assert "欧***" in found and "欧阳雨晴" not in found, query
        assert "欧***" not in southerner.post("/search", {"q": query}).content.decode(), query
    assert 'href="/messages"' in clerk.post("/search", {"q": "mess"}).content.decode()
    colleague = clerk.post("/search", {"q": "林"}).content.decode()
    assert f"/messages/write?to={_key(operator, 'marketer')}" in colleague
    managed = operator.client("admin").post("/search", {"q": "林"}).content.decode()
    assert f"/staff/{_key(operator, 'marketer')}" in managed


@pytest.mark.parametrize("query", ["%", "_", "'", "\\", "\0", "<script>", "a" * 5000, "👻", "（）", "   "])
def test_search_forgives_whatever_is_typed(operator, query):
    client = operator.client("admin")
    assert client.post("/search", {"q": query}).status_code == 200
    assert client.post("/search/palette", {"q": query}).status_code == 200


# Background work


@job(name="tests.falls")
def falls(stone: int) -> None:
    """A job that cannot be done."""
    raise ValueError(f"stone {stone} is too heavy")


falls.retry_strategy = None


def _work_off() -> None:
    async def run() -> None:
        worker = app.with_connector(PsycopgConnector(conninfo=jobs_conninfo(), min_size=1, max_size=2))
        async with worker.open_async():
            await worker.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(run())


def test_failed_work_says_why_and_is_tried_again_or_given_up(operator):
    with operator.door():
        first, second = ask_for(falls, stone=7), ask_for(falls, stone=8)
    _work_off()
    client = operator.client("admin")
    page = client.get("/administration/jobs").content.decode()
    assert "ValueError: stone 7 is too heavy" in page and "ValueError: stone 8 is too heavy" in page
    assert "test_pages.py" in page
    assert client.post(f"/administration/jobs/{first}/again").status_code == 302
    assert client.post(f"/administration/jobs/{second}/give-up").status_code == 302
    assert client.post(f"/administration/jobs/{second}/again").status_code == 409
    with operator.door("admin") as actor:
        assert backlog.counts(actor) == {"todo": 1, "cancelled": 1}
    _work_off()
    with operator.door("admin") as actor:
        assert [(work.id, work.attempts) for work in backlog.work(actor, backlog.FAILED)] == [(first, 2)]
        assert JobFailure.objects.filter(job_id=first).count() == 2


def test_work_of_another_operator_is_out_of_sight(operator):
    from loopline.testing import found_operator

    other = found_operator()
    with other.door():
        number = ask_for(falls, stone=1)
    _work_off()
    client = operator.client("admin")
    assert "too heavy" not in client.get("/administration/jobs").content.decode()
    assert client.post(f"/administration/jobs/{number}/give-up").status_code == 409


def test_my_log_tells_what_i_did(operator):
    client = operator.client("north")
    client.post("/notices/publish", {"title": "Tariff", "body": "", "unit": operator.units["north"]})
    log = client.get("/me/log").content.decode()
    assert "Notice published" in log and "Tariff" in log
    assert "Signed in" in client.get("/me/log?looks=1").content.decode()


def test_a_toast_that_was_tampered_with_is_not_shown(operator):
    client = operator.client("clerk1")
    client.cookies["loopline_toast"] = "forged"
    assert client.get("/messages").status_code == 200


def test_unread_messages_are_counted_in_the_head(operator):
    with operator.door("marketer") as actor:
        send_message(actor=actor, recipient=Staff.objects.get(pk=operator.staff["clerk1"]), subject="One")
    assert "1 unread message" in operator.client("clerk1").get("/counters").content.decode()
