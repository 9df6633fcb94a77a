"""A new customer with a number and a plan, at the counter: every click and key beside typing the data is counted."""

import os
from pathlib import Path

import pytest

from tests.browser import Person, browser, person
from tests.house import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST = 12


class Counted:
    """A person whose clicks and keys are counted; typing into a field that is ready costs nothing."""

    def __init__(self, who: Person) -> None:
        self.who, self.presses = who, 0

    def click(self, selector: str) -> None:
        self.presses += 1
        self.who.page.click(selector)

    def key(self, name: str) -> None:
        self.presses += 1
        self.who.page.keyboard.press(name)

    def types(self, text: str) -> None:
        self.who.page.keyboard.type(text)


def open_a_line(who: Person, name: str, telephone: str) -> int:
    """From the list of customers to a line in use. Returns how many presses it took."""
    clerk, page = Counted(who), who.page
    who.go("/customers")
    clerk.key("a")
    page.wait_for_selector("#f-name")
    clerk.click("#f-name")
    clerk.types(name)
    clerk.key("Tab")
    clerk.types(telephone)
    clerk.key("Enter")
    page.wait_for_selector("#panel-orders")
    clerk.click("#panel-orders .tile-more")
    page.wait_for_selector(".offer-card")
    clerk.click(".offer-card:has-text('99')")
    clerk.click(".number-card >> nth=5")
    page.wait_for_selector("#quote .price-sums")
    clerk.click(".order-go")
    page.wait_for_selector("#order-work")
    return clerk.presses


def test_a_new_customer_gets_a_number_and_a_plan(tmp_path: Path) -> None:
    pictures = Path(os.environ.get("LOOPLINE_PICTURES", tmp_path / "pictures"))
    with (
        served(tmp_path, "small") as house,
        browser() as running,
        person(running, house.address, "ruolan.du", pictures) as who,
    ):
        assert open_a_line(who, "陆远航", "16300001234") <= MOST
        who.reads("Completed")
        assert who.complaints == []
