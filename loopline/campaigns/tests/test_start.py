"""Starting a campaign: who is left out, who is drawn, whose worklist gets the task, and what a kill costs."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from loopline.campaigns import api as campaigns
from loopline.campaigns import starting
from loopline.campaigns.models import Campaign, Member
from loopline.campaigns.tests.ground import NOON, at, members, plan, populate, run_start, started, tasks
from loopline.customers.models import Consent
from loopline.interactions.models import Interaction
from loopline.kernel.errors import Invalid, NotAllowed, NotFound
from loopline.kernel.events import history
from loopline.kernel.models import Event
from loopline.kernel.scope import Scope, enter
from loopline.subscriptions.models import Subscription
from loopline.worklist.models import Task


def test_members_are_drawn_and_tasks_go_to_the_branch_of_each_customer(operator):
    _, _, offer = populate(operator, 40)
    _, key = started(operator, offer)
    with operator.door():
        campaign = Campaign.objects.get(pk=key)
        assert (campaign.status, campaign.number) == ("running", "M00001")
        drawn = members(key)
        assert Counter(member.arm for member in drawn) == {"treatment": 32, "control": 8}
        made = tasks(key)
        treated = {f"campaigns.member:{member.pk}": member for member in drawn if member.arm == "treatment"}
        assert {task.subject for task in made} == set(treated)
        assert all(task.branch_id == treated[task.subject].branch_id for task in made)
        assert {member.cell for member in drawn} == {"high/high"}
        assert {member.value_at_start for member in drawn} == {Decimal("100.00")}
        first = made[0]
        assert (first.title, first.source_name, first.kind) == ("春季挽留", "春季挽留", "campaign")
        assert first.not_before == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
        assert first.due_at == datetime(2026, 3, 8, 12, 0, tzinfo=UTC)  # eight in the evening of the last day
        names = [event.name for event in history(campaign)]
        assert names == ["campaigns.started", "campaigns.start_asked", "campaigns.planned"]
        assert history(campaign)[0].payload == {"treated": 32, "control": 8, "excluded": 0}


def test_the_control_group_never_gets_a_task(operator):
    _, _, offer = populate(operator, 30)
    _, key = started(operator, offer, control_share=Decimal("0.5"))
    with operator.door():
        kept = {member.customer_id for member in members(key, arm="control")}
        assert len(kept) == 15
        assert not kept & {task.customer_id for task in tasks(key)}


def test_who_may_not_be_contacted_is_left_out_with_the_reason(operator):
    people, lines, offer = populate(operator, 20)
    with operator.door():
        unit = operator.units["north-1"]
        Subscription.objects.filter(pk=lines[0]).update(state="terminated", ended_on=date(2026, 2, 1))
        Subscription.objects.filter(pk=lines[1]).update(ended_on=date(2026, 2, 20))
        for number, resolved in ((2, None), (3, date(2026, 2, 3))):
            Interaction.objects.create(
                customer_id=people[number],
                branch_id=unit,
                kind="complaint",
                channel="call",
                at=NOON,
                on=date(2026, 2, 2),
                resolved_on=resolved,
            )
        Consent.objects.create(customer_id=people[4], branch_id=unit, channel="call", granted=False)
        Consent.objects.create(customer_id=people[5], branch_id=unit, channel="sms", granted=False)
        Consent.objects.create(customer_id=people[6], branch_id=unit, channel="call", granted=True)
    _, key = started(operator, offer)
    with operator.door():
        left_out = {member.subscription_id: member.exclusion for member in members(key, arm="excluded")}
    assert left_out == {lines[1]: "left", lines[2]: "open_complaint", lines[4]: "no_consent"}


def test_where_consent_must_be_granted_only_those_who_agreed_are_contacted(operator):
    people, _lines, offer = populate(operator, 12)
    with operator.door():
        for customer in people[:6]:
            Consent.objects.create(
                customer_id=customer, branch_id=operator.units["north-1"], channel="call", granted=True
            )
    _, key = started(operator, offer, contact_rules=campaigns.ContactRules(consent="granted"))
    with operator.door():
        assert {member.customer_id for member in members(key) if member.arm != "excluded"} == set(people[:6])


def test_frequency_counts_over_all_campaigns_and_running_ones_do_not_overlap(operator):
    _, _, offer = populate(operator, 20)
    public, key = started(operator, offer, control_share=Decimal("0.5"))
    _, second = started(operator, offer)
    with operator.door():
        assert {member.exclusion for member in members(second)} == {"other_campaign"}
        contacted = members(key, arm="treatment")[:4]
        Member.objects.filter(pk__in=[m.pk for m in contacted]).update(contacted_at=NOON - timedelta(days=10))
        Member.objects.filter(pk=contacted[0].pk).update(contacted_at=NOON - timedelta(days=31))
    with at(NOON), operator.door("marketer") as actor:
        campaigns.finish_campaign(actor=actor, campaign=public, now=NOON)
    _, third = started(operator, offer)
    with operator.door():
        counted = Counter(member.exclusion for member in members(third))
        assert counted == {"": 17, "too_often": 3}


def test_the_budget_holds_and_those_with_most_at_stake_stay(operator):
    _, lines, offer = populate(operator, 40)
    _, key = started(operator, offer, budget=Decimal("30.00"))  # ten contacts at 3.00
    with operator.door():
        assert len(tasks(key)) == 10
        stayed = {member.subscription_id for member in members(key) if member.arm != "excluded"}
        assert stayed == set(lines[: len(stayed)])
        assert len(stayed) == 13
        assert {member.exclusion for member in members(key, arm="excluded")} == {"over_budget"}


def test_one_person_with_two_services_is_contacted_once(operator):
    _, lines, offer = populate(operator, 10)
    with operator.door():
        first = Subscription.objects.get(pk=lines[0])
        Subscription.objects.filter(pk=lines[1]).update(customer=first.customer)
    _, key = started(operator, offer)
    with operator.door():
        assert {m.subscription_id: m.exclusion for m in members(key, arm="excluded")} == {
            lines[1]: "same_customer"
        }


def test_later_waves_wait_for_their_days_and_both_arms_are_spread_alike(operator):
    _, _, offer = populate(operator, 40)
    _, key = started(operator, offer, waves=2, wave_days=7, control_share=Decimal("0.2"), window_days=30)
    with operator.door():
        spread = Counter((member.arm, member.wave, member.planned_on) for member in members(key))
        assert spread == {
            ("treatment", 1, date(2026, 3, 2)): 16,
            ("treatment", 2, date(2026, 3, 9)): 16,
            ("control", 1, date(2026, 3, 2)): 4,
            ("control", 2, date(2026, 3, 9)): 4,
        }
        assert {member.window_ends_on for member in members(key, wave=2)} == {date(2026, 4, 8)}
        late = Task.objects.filter(not_before=datetime(2026, 3, 9, 1, 0, tzinfo=UTC))
        assert late.count() == 16


class Killed(BaseException):
    """What a `kill -9` looks like from inside."""


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_killed_at_any_batch_and_started_again_it_has_the_same_members_and_each_task_once(
    operator, monkeypatch, batches
):
    _, _, offer = populate(operator, 50)
    public, key = plan(operator, offer)
    monkeypatch.setattr(starting, "BATCH", 15)
    with operator.door("marketer") as actor:
        campaigns.start_campaign(actor=actor, campaign=public)
    with pytest.raises(Killed), enter(Scope(operator.tenant)):
        starting.draw_members(key, NOON)
        raise Killed
    with enter(Scope(operator.tenant)):
        assert members(key) == []
        starting.draw_members(key, NOON)
        before = [(member.subscription_id, member.arm) for member in members(key)]
    for _ in range(batches):
        with enter(Scope(operator.tenant)):
            starting.make_tasks(key, NOON, batch=15)
    with pytest.raises(Killed), enter(Scope(operator.tenant)):
        starting.make_tasks(key, NOON, batch=15)
        raise Killed
    with at(NOON):
        run_start(operator, key)
        run_start(operator, key)  # once more does no harm
    with operator.door():
        assert [(member.subscription_id, member.arm) for member in members(key)] == before
        assert len(tasks(key)) == len({task.subject for task in tasks(key)}) == 40
        assert Campaign.objects.get(pk=key).progress["tasks"] == 40
        assert Event.objects.filter(name="campaigns.started", about_id=key).count() == 1


def test_the_same_seed_draws_the_same_whatever_is_killed(operator):
    _, _, offer = populate(operator, 30)
    _, key = plan(operator, offer)
    draws = []
    for _ in range(2):
        with pytest.raises(Killed), operator.door():
            Campaign.objects.filter(pk=key).update(status="starting")
            starting.draw_members(key, NOON)
            draws.append([(member.subscription_id, member.arm) for member in members(key)])
            raise Killed
    assert draws[0] == draws[1]


def test_a_campaign_cancelled_while_starting_gets_no_more_tasks(operator):
    _, _, offer = populate(operator, 30)
    public, key = plan(operator, offer)
    with operator.door("marketer") as actor:
        campaigns.start_campaign(actor=actor, campaign=public)
    with operator.door():
        starting.draw_members(key, NOON)
        assert starting.make_tasks(key, NOON, batch=5)
    with operator.door("marketer") as actor:
        campaigns.cancel_campaign(actor=actor, campaign=public, reason="wrong offer", now=NOON)
    run_start(operator, key)
    with operator.door():
        assert Counter(task.status for task in tasks(key)) == {"cancelled": 5}
        assert Campaign.objects.get(pk=key).status == "cancelled"


def test_only_who_plans_campaigns_may_plan_start_and_end_them(operator):
    _, _, offer = populate(operator, 6)
    public, key = plan(operator, offer)
    another = campaigns.Plan(name="x", audience=campaigns.Audience())
    for act in (
        lambda actor: campaigns.plan_campaign(actor=actor, plan=another),
        lambda actor: campaigns.start_campaign(actor=actor, campaign=public),
        lambda actor: campaigns.cancel_campaign(actor=actor, campaign=public, reason="", now=NOON),
        lambda actor: campaigns.note_lesson(actor=actor, campaign=public, lesson="x"),
    ):
        for who in ("clerk1", "analyst", "north", "southerner"):
            with pytest.raises(NotAllowed), operator.door(who) as actor:
                act(actor)
    with operator.door():
        assert Campaign.objects.get(pk=key).status == "draft"
        assert Campaign.objects.count() == 1


def test_a_draft_can_be_changed_and_a_started_campaign_cannot(operator):
    _, _, offer = populate(operator, 6)
    public, key = plan(operator, offer)
    wanted = campaigns.Plan(
        name="夏季挽留", audience=campaigns.Audience(value="high"), offering=offer, waves=3
    )
    with operator.door("marketer") as actor:
        campaigns.change_campaign(actor=actor, campaign=public, plan=wanted)
    with operator.door():
        changed = Campaign.objects.get(pk=key)
        assert (changed.name, changed.waves, changed.audience["risk"]) == ("夏季挽留", 3, "")
        assert history(changed)[0].payload["changes"]["waves"] == ["1", "3"]
    with operator.door("marketer") as actor:
        campaigns.start_campaign(actor=actor, campaign=public)
    for act in (
        lambda actor: campaigns.change_campaign(actor=actor, campaign=public, plan=wanted),
        lambda actor: campaigns.start_campaign(actor=actor, campaign=public),
    ):
        with pytest.raises(campaigns.NoLongerDraft), operator.door("marketer") as actor:
            act(actor)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("control_share", {"control_share": Decimal("0.6")}),
        ("waves", {"waves": 0}),
        ("channel", {"channel": "pigeon"}),
        ("goal", {"goal": "fame"}),
        ("offering", {"goal": "taken_up"}),
        ("quiet_from", {"contact_rules": campaigns.ContactRules(quiet_from="late")}),
        ("frequency_max", {"contact_rules": campaigns.ContactRules(frequency_max=0)}),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_field(operator, field, changes):
    with pytest.raises(Invalid) as refused:
        plan(operator, **changes)
    assert refused.value.field == field
    with operator.door():
        assert Campaign.objects.count() == 0


def test_another_branch_sees_neither_campaign_nor_members(operator):
    _, _, offer = populate(operator, 20)
    public, key = started(operator, offer)
    with pytest.raises(NotFound), operator.door("southerner") as actor:
        campaigns.get_campaign(actor, public)
    with operator.door("southerner"):
        assert members(key) == []
        assert tasks(key) == []
    with operator.door("clerk1"):
        assert {task.branch_id for task in tasks(key)} == {operator.units["north-1"]}
