"""From answers to the measured effect through the real warehouse: exact numbers, or "too early" in words."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from loopline.campaigns import api as campaigns
from loopline.campaigns.api import effect
from loopline.campaigns.models import Campaign
from loopline.campaigns.tests.ground import NOON, at, members, populate, started
from loopline.kernel.errors import NotAllowed, NotFound
from loopline.kpi import api as kpi
from loopline.subscriptions.models import Subscription
from loopline.warehouse import api as warehouse

LOST = date(2026, 3, 20)


def load(operator, moment):
    """The warehouse takes everything up to this moment."""
    with at(moment):
        made = warehouse.refresh(operator.tenant)
    with operator.door():
        warehouse.Load.objects.filter(pk=made.pk).update(finished_at=moment)


def report(operator, key, who="marketer"):
    with operator.door(who) as actor:
        return kpi.effect_of(actor, Campaign.objects.select_related("offering").get(pk=key))


def leave(operator, rows, day):
    with operator.door():
        Subscription.objects.filter(pk__in=[row.subscription_id for row in rows]).update(
            state="terminated", ended_on=day
        )


@pytest.fixture
def told(operator):
    """300 members, 60 of them control, in two waves; 40 accept; 12 treated and 9 control members leave."""
    _, _, offer = populate(operator, 300, ("north-1",))
    _, key = started(operator, offer, waves=2, wave_days=7, window_days=30)
    with operator.door():
        treated, control = members(key, arm="treatment"), members(key, arm="control")
    moment = NOON + timedelta(days=8)
    for row in treated[:50]:
        said = "accepted" if row in treated[:40] else "declined"
        with at(moment), operator.door("clerk1") as actor:
            campaigns.record_answer(actor=actor, member=row.public_id, answer=said, now=moment)
    leave(operator, treated[100:112], LOST)
    leave(operator, control[10:19], LOST)
    leave(operator, control[20:25], date(2026, 4, 20))  # after the end of the window: they stayed
    return key


def test_while_windows_are_open_it_says_too_early_and_how_many_are_needed(operator, told):
    assert report(operator, told) is None
    load(operator, NOON + timedelta(days=32))  # the first wave is over, the second is not
    found = report(operator, told)
    assert found.drawn == 300
    assert found.goals[0].found == effect.TooEarly(needed=50, treated=120, control=30)
    assert found.goals[0].worth is None


def test_the_effect_is_exact_once_every_window_is_over(operator, told):
    load(operator, NOON + timedelta(days=60))
    found = report(operator, told)
    own = found.goals[0]
    assert (own.goal, [measured.goal for measured in found.goals]) == ("retained", ["retained", "taken_up"])
    assert (own.treatment.settled, own.treatment.retained) == (240, 228)
    assert (own.control.settled, own.control.retained) == (60, 51)
    expected = effect.estimate(treated=240, treated_successes=228, control=60, control_successes=51)
    assert own.found == expected
    assert round(own.found.uplift, 4) == 0.1
    assert own.found.is_certain
    # 0.1 × 240 members × 100.00 a month × 12 months; 50 contacts at 3.00, 40 offers at 10.00 × 12
    assert own.worth.incremental.amount == Decimal("28800.00")
    assert own.worth.cost == Decimal("4950.00")
    assert own.worth.net.amount == Decimal("23850.00")
    taken = found.goals[1]
    assert (taken.treatment.taken_up, taken.control.taken_up) == (40, 0)
    assert round(taken.found.uplift, 4) == 0.1667
    assert [wave for wave, _measured in found.waves] == [1, 2]
    assert [measured.found for _wave, measured in found.waves] == [effect.TooEarly(50, 120, 30)] * 2
    assert [cell for cell, _measured in found.cells] == ["high/high"]
    assert found.cells[0][1].found == own.found


def test_a_branch_sees_only_the_effect_of_its_own_campaigns(operator, told):
    with operator.door():
        public = Campaign.objects.get(pk=told).public_id
    with pytest.raises(NotFound), operator.door("southerner") as actor:
        campaigns.get_campaign(actor, public)
    with pytest.raises(NotAllowed), operator.door("clerk1") as actor:
        campaigns.get_campaign(actor, public)


def test_the_pages_and_the_api_tell_the_same(operator, told):
    load(operator, NOON + timedelta(days=60))
    with operator.door():
        public = Campaign.objects.get(pk=told).public_id
    browser = operator.client("marketer")
    page = browser.get(f"/campaigns/{public}/effect").content.decode()
    assert "+10.0 points" in page
    assert "The campaign helped" in page
    part = browser.get(f"/campaigns/{public}/effect/part", headers={"hx-request": "true"}).content.decode()
    assert "+10.0 points" in part
    told_to_programs = browser.get(f"/api/v1/kpi/effects/{public}").json()
    first = told_to_programs["goals"][0]
    assert (first["status"], first["treated"], first["treated_successes"]) == ("measured", 240, 228)
    assert (first["cost"], first["net"]) == ("4950.00", "23850.00")
    assert told_to_programs["waves"][0]["measured"]["status"] == "too_early"
    assert operator.client("clerk1").get(f"/campaigns/{public}/effect").status_code == 403
