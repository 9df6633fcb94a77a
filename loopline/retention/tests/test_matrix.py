"""The matrix: its counts, who sees what, and the customers behind each count."""

import re

import pytest

from loopline.campaigns.api import Audience
from loopline.campaigns.tests.ground import populate
from loopline.kernel.errors import NotAllowed
from loopline.retention import queries


@pytest.fixture
def scored(operator):
    """Five named ones, seven to care for, three cheap ones in the south."""
    populate(operator, 5, ("north-1",), value="high", risk="high")
    populate(operator, 7, ("north-2",), value="high", risk="low", start=100)
    populate(operator, 3, ("south-1",), value="low", risk="high", start=200)
    return operator


def counts(operator, who, within=Audience()):  # noqa: B008
    with operator.door(who) as actor:
        return {place: cell.customers for place, cell in queries.matrix(actor, within).items()}


def test_each_cell_counts_what_the_person_may_see(scored):
    whole = {("high", "high"): 5, ("high", "low"): 7, ("low", "high"): 3, ("low", "low"): 0}
    assert counts(scored, "marketer") == whole
    assert counts(scored, "north") == whole | {("low", "high"): 0}
    assert counts(scored, "southerner") == dict.fromkeys(whole, 0) | {("low", "high"): 3}
    within = Audience(unit=scored.units["north-1"])
    assert counts(scored, "marketer", within) == dict.fromkeys(whole, 0) | {("high", "high"): 5}


def test_a_clerk_has_no_matrix(scored):
    with pytest.raises(NotAllowed), scored.door("clerk1") as actor:
        queries.matrix(actor, Audience())
    assert scored.client("clerk1").get("/retention").status_code == 403


def test_every_count_opens_exactly_the_customers_behind_it(scored):
    browser = scored.client("marketer")
    page = browser.get("/retention").content.decode()
    found = re.findall(r'href="(/customers\?cell=[^"]+)"><strong class="num">(\d+)<', page)
    assert len(found) == 4
    for address, count in found:
        listed = browser.get(address.replace("&amp;", "&")).content.decode()
        assert len(re.findall(r'<tr data-href="/customers/', listed)) == int(count)


def test_a_cell_leads_to_a_plan_that_is_filled_in(scored):
    browser = scored.client("marketer")
    page = browser.get("/retention").content.decode()
    address = re.search(r'href="(/campaigns/plan\?value=high&amp;risk=high[^"]*)"', page)
    assert address is not None
    form = browser.get(address[1].replace("&amp;", "&")).content.decode()
    assert 'name="control_share" type="text" value="20"' in form
    assert "Named retention" in form
    assert "续约九折" in form or "Stay and save" in form
