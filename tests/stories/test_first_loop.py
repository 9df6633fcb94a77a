"""The closed loop, by people at browsers: import, look, learn, act, answer, measure.

Two members of staff of two branches answer; the effect says first that it is too early, and then what it is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import Person, browser, chromium, person
from tests.house import House, served

ADMINISTRATOR, MANAGER, CLERK = "liqun.chen", "siyuan.xie", "ruolan.du"
PICTURES = Path(__file__).parents[2] / "shots" / "story"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    chromium()
    with served(tmp_path_factory.mktemp("loop"), demo="small") as running:
        yield running


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.browser
@pytest.mark.slow
def test_the_first_loop(house: House, running: Browser, shared: Path) -> None:
    with person(running, house.address, ADMINISTRATOR, PICTURES) as administrator:
        _import_a_file(administrator, shared / "wa_telco_churn.csv")
        _open_a_customer(administrator)
        _learn_who_leaves(administrator, house)
        campaign = _start_a_campaign(administrator)
        for user in (MANAGER, CLERK):
            with person(running, house.address, user, PICTURES) as colleague:
                _answer_tasks(colleague, user)
                assert colleague.complaints == []
        house.run("warehouse", "refresh", "--operator", "dongjiang")
        _read_that_it_is_too_early(administrator, campaign)
        house.run("demo", "tick", "--days", "40")
        house.run("warehouse", "refresh", "--operator", "dongjiang")
        _read_the_effect(administrator, campaign)
        assert administrator.complaints == []


def _import_a_file(administrator: Person, file: Path) -> None:
    administrator.go("/imports/new")
    administrator.page.set_input_files("input[name=file]", file)
    administrator.press("Look at it")
    administrator.reads("What becomes of each column")
    fee = administrator.page.get_by_role("combobox", name="MonthlyCharges")
    expect(fee.locator("option:checked")).to_have_text(re.compile("fee", re.IGNORECASE))
    administrator.picture("1-mapping")
    administrator.press("Import now")
    administrator.reads("Ledger", 120)
    figures = administrator.page.locator(".kpi-value").all_inner_texts()
    assert figures == ["7,043", "0", "0", "0"]
    administrator.picture("2-ledger")


def _open_a_customer(administrator: Person) -> None:
    administrator.go("/customers")
    administrator.page.locator("tr[data-href] a").first.click()
    administrator.page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}"))
    name = administrator.page.locator("h1").inner_text()
    assert "*" in name
    administrator.picture("3-unified-view")


def _learn_who_leaves(administrator: Person, house: House) -> None:
    """Both populations that there are: the customers of the file, and those with a history of months."""
    house.run("warehouse", "refresh", "--operator", "dongjiang")
    _train_and_score(administrator, 1)
    administrator.picture("4-model-card-of-the-file")
    administrator.go("/customers?q=7590-VHVEG")
    administrator.page.locator("tr[data-href] a").first.click()
    expect(administrator.page.locator(".glance-risk .reasons li")).to_have_count(3)
    administrator.picture("4-a-scored-customer")
    _train_and_score(administrator, 0)
    administrator.picture("4-model-card")


def _train_and_score(administrator: Person, place: int) -> None:
    administrator.go("/mining")
    choices = administrator.page.get_by_role("button", name="Train and score")
    expect(choices).to_have_count(2)
    choices.nth(place).click()
    administrator.page.wait_for_url(re.compile(r"/mining/[0-9a-f-]{36}"))
    administrator.reads("have a score of this model", 300)


def _start_a_campaign(administrator: Person) -> str:
    administrator.go("/retention")
    administrator.picture("5-matrix")
    administrator.page.locator(".is-high-high a.btn").click()
    administrator.fill(name="Keep those worth keeping", window_days="30", control_share="30")
    administrator.fill(quiet_from="00:00", quiet_to="00:00")  # It is told at any hour.
    administrator.choose(value="", risk="")
    administrator.page.locator("select[name=offering]").select_option(index=1)
    administrator.page.check("input[name=goal][value=taken_up]")
    administrator.picture("6-plan")
    administrator.press("Save the plan")
    administrator.page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}$"))
    address = administrator.page.url.removeprefix(administrator.address)
    administrator.press("Start")
    administrator.reads("Funnel", 60)
    administrator.picture("7-campaign")
    return address


def _answer_tasks(colleague: Person, user: str) -> None:
    colleague.go("/tasks?kind=campaign")
    for answer in ("Accepted", "Declined", "Not reached"):
        colleague.page.locator(".worklist-row").first.wait_for()
        if not colleague.page.locator(".task-answers").count():
            colleague.page.locator(".worklist-row").first.click()
        colleague.picture(f"8-task-{user}")
        waiting = colleague.page.locator(".task .contact-name a").inner_text()
        colleague.press(answer)
        expect(colleague.page.locator(".task .contact-name a")).not_to_have_text(waiting)


def _read_that_it_is_too_early(administrator: Person, campaign: str) -> None:
    administrator.go(f"{campaign}/effect")
    assert administrator.page.locator(".effect-waiting").count() > 0
    administrator.picture("9-too-early")


def _read_the_effect(administrator: Person, campaign: str) -> None:
    administrator.go(f"{campaign}/effect")
    first = administrator.page.locator(".effect-goal").first
    assert "Takes the offer" in first.inner_text()
    assert first.locator(".effect-waiting").count() == 0
    assert re.search(r"\d", first.locator(".effect-figures").inner_text())
    administrator.picture("10-effect")
    administrator.go("/loop")
    administrator.picture("11-loop")
