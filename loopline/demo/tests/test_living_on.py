"""The operator lives on: days pass once, and campaigns are answered as the planted truth has it."""

import threading
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from loopline.campaigns import api as campaigns
from loopline.campaigns.starting import start
from loopline.catalogue.api import Offering
from loopline.customers.api import Customer
from loopline.demo import api as demo
from loopline.demo.tests.operators import DAYS, MORNING, in_product, in_world, killed, lived, loaded
from loopline.demo.ticking import go_on
from loopline.kernel import clock
from loopline.scores import api as scores
from loopline.subscriptions.models import Subscription

SIZE = 400


def test_a_day_passes_once_however_often_it_is_asked_for(database):
    operator = loaded(SIZE)
    tomorrow = date(2026, 7, 11)
    results = []

    def pass_it():
        from django.db import connections

        results.append(go_on(operator.tenant, until=tomorrow).days)
        connections.close_all()

    both = [threading.Thread(target=pass_it) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(results) == [0, 1]
    assert demo.today(operator.tenant) == tomorrow
    assert demo.tick(days=2, code=operator.code).today == date(2026, 7, 13)


def test_in_how_many_ticks_the_days_pass_does_not_matter(database):
    one, other = loaded(SIZE), loaded(SIZE)
    whole = demo.tick(days=40, code=one.code)
    parts = [demo.tick(days=days, code=other.code) for days in (3, 20, 17)]
    assert (whole.joined, whole.left) == (
        sum(part.joined for part in parts),
        sum(part.left for part in parts),
    )
    assert whole.joined == 11
    assert in_product(one.tenant) == in_product(other.tenant)


def test_a_tick_that_is_killed_and_called_again_ends_as_if_nothing_had_happened(database):
    operator = loaded(SIZE)
    killed(
        f"""
from loopline.demo import api as demo, ticking
ticking.note_answers = lambda *told, **more: os.kill(os.getpid(), 9)  # all is written, nothing is committed
demo.tick(days=25, code="{operator.code}")
"""
    )
    assert demo.today(operator.tenant) == date(2026, 7, 10)
    assert in_product(operator.tenant) == in_world(lived(SIZE))
    assert demo.tick(days=25, code=operator.code).days == 25
    assert in_product(operator.tenant) == in_world(lived(SIZE, DAYS + 25))
    assert len(list(demo.folder_of(operator.tenant).glob("world-0/state-*"))) == 1


def test_a_demo_that_is_not_there_cannot_live_on(database):
    with pytest.raises(demo.NoSuchDemo, match="loopline demo load"):
        demo.tick(days=1, code="nowhere")
    assert demo.status("nowhere") == demo.Status()


@pytest.fixture(scope="module")
def story(database):
    """A campaign on those who are likeliest to leave, sixty days on.

    The draw differs from run to run, the fate of customers does not: the control group is small, so that whom the
    offer keeps is contacted.
    """
    return _Story(loaded(1_200))


class _Story:
    def __init__(self, operator):
        self.operator = operator
        self.before = demo.worlds(operator.tenant)[0].clone()
        with clock.frozen(MORNING + timedelta(hours=3)):
            self.campaign = self._started()
            self.answered_by_hand = self._answer_by_hand()
        with clock.frozen(MORNING + timedelta(days=2)):
            demo.load(size=1_200, code=operator.code)
        self.started_on = demo.today(operator.tenant)
        with operator.door():
            answered = campaigns.Member.objects.filter(campaign_id=self.campaign).exclude(answer="")
            self.answered_before_the_tick = answered.count()
        self.passed = demo.tick(days=60, code=operator.code)
        with operator.door():
            rows = campaigns.Member.objects.filter(campaign_id=self.campaign).exclude(arm="excluded")
            self.members = list(rows.select_related("customer", "subscription").order_by("pk"))
        self.before.advance(62)
        left = self.before.column("left") < self.before.day
        self.leaves_untreated = dict(zip(self.before.column("customer").tolist(), left.tolist(), strict=True))

    def _started(self):
        hazard = demo.true_hazard(self.operator.tenant, date(2026, 6, 1)).set_index("customer_id")["chance"]
        risky = hazard.sort_values(ascending=False).index[:350].tolist()
        with self.operator.door("xiaoyan.lin") as actor:
            lines = list(Subscription.objects.filter(customer_id__in=risky, ended_on=None))
            count = len(lines)
            scores.write_scores(
                {
                    "subscription_id": [line.pk for line in lines],
                    "risk": [float(hazard[line.customer_id]) for line in lines],
                    "risk_class": ["high"] * count,
                    "value": [Decimal("100.00")] * count,
                    "value_class": ["high"] * count,
                    "reasons": ["[]"] * count,
                },
                model_run_id=1,
                as_of=date(2026, 6, 30),
            )
            plan = campaigns.Plan(
                name="夏季挽留",
                audience=campaigns.Audience(value="high", risk="high"),
                offering=Offering.objects.get(code="HANDSET").public_id,
                control_share=Decimal("0.05"),
            )
            made = campaigns.plan_campaign(actor=actor, plan=plan)
            campaigns.start_campaign(actor=actor, campaign=made.public_id)
        start.func(tenant=self.operator.tenant, campaign=made.pk)
        return made.pk

    def _answer_by_hand(self):
        with self.operator.door("xiaoyan.lin") as actor:
            rows = campaigns.Member.objects.filter(campaign_id=self.campaign, arm="treatment")
            member = rows.order_by("-pk").first()
            campaigns.record_answer(actor=actor, member=member.public_id, answer="accepted", now=clock.now())
            return member.pk

    def of(self, arm):
        return [member for member in self.members if member.arm == arm]


def test_customers_answer_and_the_control_group_is_left_alone(story):
    treated, control = story.of("treatment"), story.of("control")
    assert len(treated) > 200 and len(control) > 5
    assert {member.answer for member in control} == {""}
    assert (story.started_on, story.answered_before_the_tick) == (date(2026, 7, 12), 1)
    answers = {said: sum(member.answer == said for member in treated) for said in ("accepted", "declined")}
    assert story.passed.accepted == answers["accepted"] - 1  # one was recorded by hand
    silent = [member for member in treated if not member.answer]
    # Who did not answer left before he would have.
    assert all(member.customer.left_on for member in silent)
    assert len(silent) < 20
    assert answers["declined"] > answers["accepted"] > 20
    for member in treated:
        if member.answer and member.pk != story.answered_by_hand:
            assert 0 <= (member.answered_on - story.started_on).days <= 10
        taken = member.subscription.retention_offering_id is not None
        assert taken == (member.answer == "accepted")


def test_what_a_person_recorded_is_remembered_by_the_customer_and_not_recorded_twice(story):
    by_hand = next(member for member in story.members if member.pk == story.answered_by_hand)
    assert by_hand.answered_by_id == story.operator.staff["xiaoyan.lin"]
    assert by_hand.answer == "accepted"
    world = demo.worlds(story.operator.tenant)[0]
    row = world.column("customer").tolist().index(int(by_hand.customer.source_key))
    assert world.column("relief")[row] < 1


def test_the_offer_keeps_customers_as_the_truth_has_it_and_nobody_else_is_changed(story):
    def left(members, untreated):
        keys = {int(member.customer.source_key): member.customer.left_on for member in members}
        return sum(
            story.leaves_untreated[key] if untreated else gone is not None for key, gone in keys.items()
        )

    assert left(story.of("control"), untreated=False) == left(story.of("control"), untreated=True)
    assert left(story.of("treatment"), untreated=False) < left(story.of("treatment"), untreated=True)
    assert Decimal("0.002") < demo.expected_effect(story.operator.tenant, story.campaign) < Decimal("0.2")


def test_nobody_of_the_operator_is_there_twice(story):
    with story.operator.door():
        keys = list(Customer.objects.values_list("source_key", flat=True))
    assert len(keys) == len(np.unique(keys))


def test_answers_of_the_simulation_stand_in_the_history_of_the_day_they_came(story):
    with story.operator.door() as actor:
        member = next(
            one
            for one in story.of("treatment")
            if one.answer == "accepted" and one.pk != story.answered_by_hand
        )
        local = clock.local_day(member.contacted_at, actor.zone)
        assert local == member.answered_on
        assert 9 <= datetime.astimezone(member.contacted_at, actor.zone).hour < 19
