"""An analyst at the pivot: drags, keys, drill, chart, filter, files, and the same on a phone."""

import os
import re
from pathlib import Path

import pytest

from tests.browser import Person, browser, person
from tests.house import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
START = "/analysis/cubes/revenue?rows=month&measures=revenue"


def chips(who: Person, well: str) -> list[str]:
    """The names in a well, in their order."""
    found = who.page.locator(f"[data-drop={well}] [data-chip]")
    return [str(name) for name in found.evaluate_all("chips => chips.map((chip) => chip.dataset.name)")]


def settles(who: Person, part: str) -> None:
    """Wait until the address holds a part."""
    who.page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


def drags(who: Person) -> None:
    """Fields into wells, chips from well to well, and out."""
    page = who.page
    page.drag_and_drop("[data-field=level][data-name=service]", "[data-drop=columns]")
    settles(who, "columns=service")
    page.drag_and_drop("[data-field=measure][data-name=margin]", "[data-drop=measures]")
    settles(who, "measures=revenue,margin")
    assert (chips(who, "rows"), chips(who, "columns")) == (["month"], ["service"])
    page.drag_and_drop("#columns-service .pivot-grip", "[data-drop=rows] h2")
    settles(who, "rows=service,month")
    assert chips(who, "columns") == []
    page.drag_and_drop("#measures-margin .pivot-grip", ".page-head h1")
    settles(who, "measures=revenue")
    page.wait_for_selector("#measures-margin", state="detached")


def goes_by_keys(who: Person) -> None:
    """The same without a mouse."""
    page = who.page
    page.focus("#rows-service")
    page.keyboard.press("ArrowRight")
    settles(who, "rows=month,service")
    page.wait_for_function("document.activeElement.id === 'rows-service'")
    page.keyboard.press("ArrowDown")
    settles(who, "columns=service")
    page.wait_for_function("document.activeElement.id === 'columns-service'")
    page.keyboard.press("Delete")
    page.wait_for_selector("#columns-service", state="detached")
    page.focus("#put-tier-columns")
    page.keyboard.press("Enter")
    settles(who, "columns=tier")
    page.wait_for_function("document.activeElement.id === 'put-tier-columns'")
    page.go_back()
    page.wait_for_selector("#columns-tier", state="detached")
    assert chips(who, "rows") == ["month"]


def drills(who: Person) -> None:
    """Into a year, up again, to the customers behind a figure, and to one of them."""
    page = who.page
    who.go("/analysis/cubes/revenue?rows=year&columns=tier&measures=revenue,revenue:share")
    page.click(".pivot-grid tbody th a")
    settles(who, "rows=quarter")
    page.click(".trail-step")
    settles(who, "rows=year")
    page.wait_for_selector(".trail-step", state="detached")
    page.focus(".pivot-grid tbody td button >> nth=0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    who.reads("Customers behind a figure")
    page.wait_for_url(re.compile("/analysis/behind"))
    assert page.locator("table.list tbody tr").count() > 5
    page.go_back()
    page.wait_for_selector(".pivot-grid")


def filters(who: Person) -> None:
    """Some members by search, and the chip that takes them away."""
    page = who.page
    page.click("[data-field][data-name=service] [data-filter]")
    page.wait_for_selector("#pivot-filter[open]")
    page.fill("[data-member-search]", "mobile")
    page.check("[data-member]:visible input")
    page.click("#pivot-filter button[type=submit]")
    settles(who, "filter=service=mobile")
    page.wait_for_selector("#filter-0")
    page.click("#filter-0 a[aria-label]")
    page.wait_for_selector("#filter-0", state="detached")


def draws(who: Person) -> None:
    """The chart that fits is there, and another may be chosen; every point leads somewhere."""
    page = who.page
    page.wait_for_selector(".pivot-chart canvas")
    page.click(".pivot-tools details summary")
    page.click(".pivot-tools .menu-item:has-text('Stacked')")
    settles(who, "chart=stacked")
    page.wait_for_selector(".pivot-chart canvas")


def takes_out(who: Person) -> None:
    """The three files."""
    for label, ending in (("As Excel", ".xlsx"), ("As csv", ".csv"), ("As PDF", ".pdf")):
        who.page.click(".page-actions details:has(#files) summary")
        with who.page.expect_download() as waiting:
            who.page.click(f"#files a:has-text('{label}')")
        assert waiting.value.suggested_filename == f"revenue{ending}"
        who.page.keyboard.press("Escape")


def keeps(who: Person) -> None:
    """A view by its name."""
    who.page.click(".page-actions details:has(.view-save) summary")
    who.page.fill(".view-save [name=name]", "Revenue by tier")
    who.page.click(".view-save button")
    who.reads("Kept as “Revenue by tier”.")
    who.go("/analysis/cubes")
    who.reads("Revenue by tier")


def goes_on_a_phone(who: Person) -> None:
    """The fields come as a sheet; nothing scrolls sideways but the table."""
    page = who.page
    who.go(START)
    assert not page.is_visible("#pivot-fields")
    page.click("button[popovertarget=pivot-fields]")
    page.wait_for_selector("#pivot-fields", state="visible")
    page.click("#put-service-rows")
    settles(who, "rows=month,service")
    page.wait_for_selector("#pivot-fields:popover-open")
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    who.picture("phone")


def whole(who: Person) -> None:
    """All that is done at a desk."""
    who.go(START)
    drags(who)
    goes_by_keys(who)
    drills(who)
    filters(who)
    draws(who)
    takes_out(who)
    keeps(who)
    assert who.complaints == []


def test_an_analyst_finds_out_by_hand(tmp_path: Path) -> None:
    pictures = Path(os.environ.get("LOOPLINE_PICTURES", tmp_path / "pictures"))
    with served(tmp_path, "small") as house, browser() as running:
        house.run("warehouse", "refresh", "--operator", "dongjiang")
        with person(running, house.address, "liqun.chen", pictures) as who:
            whole(who)
        with person(running, house.address, "liqun.chen", pictures, width=390) as who:
            goes_on_a_phone(who)
            assert who.complaints == []
