"""Two members of staff of two branches answer their tasks; nothing is answered twice; a mistake can be taken back."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from loopline.campaigns import api as campaigns
from loopline.campaigns.models import Member
from loopline.campaigns.tests.ground import NOON, at, members, populate, started, tasks
from loopline.customers.models import Consent
from loopline.interactions.models import Interaction
from loopline.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from loopline.kernel.events import history
from loopline.subscriptions.models import Subscription
from loopline.worklist import api as worklist
from loopline.worklist.models import Task

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def running(operator):
    """A running campaign over 20 customers of two branches: its key and its offer's public id."""
    _, _, offer = populate(operator, 20)
    _, key = started(operator, offer)
    return key


def first_of(operator, key, unit, number=0):
    """The public id of a treated member of a branch."""
    with operator.door():
        return members(key, arm="treatment", branch_id=operator.units[unit])[number].public_id


def answer(operator, who, member, said, moment=LATER, **more):
    with at(moment), operator.door(who) as actor:
        return campaigns.record_answer(actor=actor, member=member, answer=said, now=moment, **more)


def test_two_people_of_two_branches_answer_their_own_tasks_and_never_see_the_others(operator, running):
    with operator.door("clerk1") as actor:
        mine = list(worklist.worklist(actor, worklist.Filter(), now=LATER))
        assert {task.branch_id for task in mine} == {operator.units["north-1"]}
    with operator.door("clerk2") as actor:
        others = list(worklist.worklist(actor, worklist.Filter(), now=LATER))
        assert {task.branch_id for task in others} == {operator.units["north-2"]}
    assert len(mine) + len(others) == 16
    first, second = first_of(operator, running, "north-1"), first_of(operator, running, "north-2")
    answer(operator, "clerk1", first, "accepted", note="likes the price")
    answer(operator, "clerk2", second, "declined")
    with pytest.raises(NotFound):
        answer(operator, "clerk2", first, "declined")
    with operator.door():
        told = {member.public_id: member for member in members(running) if member.answer}
        assert {key: member.answer for key, member in told.items()} == {first: "accepted", second: "declined"}
        assert told[first].answered_by_id == operator.staff["clerk1"]
        assert (told[first].contacted_at, told[first].answered_on) == (LATER, date(2026, 3, 2))
        kept = Subscription.objects.select_related("retention_offering").get(pk=told[first].subscription_id)
        assert (kept.retention_offering.code, kept.retention_since) == ("keep-10", date(2026, 3, 2))
        assert Subscription.objects.get(pk=told[second].subscription_id).retention_offering is None
        closed = Task.objects.get(subject=f"campaigns.member:{told[first].pk}")
        assert (closed.status, closed.result, closed.closed_by_name) == ("done", "accepted", "钱一")
        touch = Interaction.objects.get(customer_id=told[first].customer_id)
        assert (touch.kind, touch.channel, touch.inbound) == ("campaign", "call", False)
        assert (touch.topic, touch.summary) == ("春季挽留", "Accepted: likes the price")
        assert touch.staff_name == "钱一"
        (event,) = history(told[first])
        assert (event.name, event.payload["answer"]) == ("campaigns.answer_recorded", "accepted")
        assert event.payload["offer_value"] == "120.00"


def test_the_second_answer_to_a_task_is_refused_in_words_and_changes_nothing(operator, running):
    member = first_of(operator, running, "north-1")
    answer(operator, "clerk1", member, "declined")
    with pytest.raises(worklist.NoLongerOpen) as refused:
        answer(operator, "north", member, "accepted")
    assert refused.value.message == "This task is no longer open: 钱一 has closed it already."
    with operator.door():
        row = Member.objects.get(public_id=member)
        assert row.answer == "declined"
        assert Interaction.objects.filter(customer_id=row.customer_id).count() == 1
        assert len(history(row)) == 1


def test_of_two_people_who_answer_at_once_one_wins(operator, running):
    member = first_of(operator, running, "north-1")
    outcomes = []
    ready = threading.Barrier(2)

    def press(who, said):
        from django.db import connection

        ready.wait()
        try:
            answer(operator, who, member, said)
            outcomes.append("kept")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    people = [
        threading.Thread(target=press, args=args) for args in (("clerk1", "accepted"), ("north", "declined"))
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(outcomes) == ["kept", "task_no_longer_open"]
    with operator.door():
        assert len(history(Member.objects.get(public_id=member))) == 1


def test_the_control_group_cannot_be_answered(operator, running):
    with operator.door():
        control = members(running, arm="control")[0]
    with pytest.raises(campaigns.NotToBeContacted):
        answer(operator, "marketer", control.public_id, "accepted")
    with operator.door():
        assert Member.objects.get(pk=control.pk).answer == ""


def test_who_may_not_work_on_tasks_may_not_answer(operator, running):
    member = first_of(operator, running, "north-1")
    with operator.door("clerk1") as actor:
        from dataclasses import replace

        without = replace(actor, permissions=actor.permissions - {"tasks.work"})
        with pytest.raises(NotAllowed):
            campaigns.record_answer(actor=without, member=member, answer="accepted", now=LATER)


def test_do_not_contact_withdraws_every_consent_to_marketing_and_the_undo_restores_it(operator, running):
    member = first_of(operator, running, "north-1")
    with operator.door():
        customer = Member.objects.get(public_id=member).customer_id
        Consent.objects.create(
            customer_id=customer, branch_id=operator.units["north-1"], channel="sms", granted=True
        )
    answer(operator, "clerk1", member, "do_not_contact")
    with operator.door():
        said = dict(Consent.objects.filter(customer_id=customer).values_list("channel", "granted"))
        assert said == {"call": False, "sms": False, "email": False, "wechat": False}
    with operator.door("clerk1") as actor:
        campaigns.undo_answer(actor=actor, member=member, now=LATER)
    with operator.door():
        said = dict(Consent.objects.filter(customer_id=customer).values_list("channel", "granted"))
        assert said == {"sms": True}


def test_an_answer_just_given_can_be_taken_back(operator, running):
    member = first_of(operator, running, "north-1")
    answer(operator, "clerk1", member, "accepted")
    with operator.door("clerk1") as actor:
        campaigns.undo_answer(actor=actor, member=member, now=LATER + timedelta(minutes=2))
    with operator.door():
        row = Member.objects.select_related("subscription").get(public_id=member)
        assert (row.answer, row.contacted_at, row.answered_on) == ("", None, None)
        assert row.subscription.retention_offering_id is None
        assert Task.objects.get(subject=f"campaigns.member:{row.pk}").status == "open"
        assert Interaction.objects.filter(customer_id=row.customer_id).count() == 0
        assert [event.name for event in history(row)] == [
            "campaigns.answer_undone",
            "campaigns.answer_recorded",
        ]
    answer(operator, "clerk1", member, "declined")


@pytest.mark.parametrize(("who", "minutes"), [("north", 1), ("clerk1", 16)])
def test_anothers_answer_or_an_old_one_cannot_be_taken_back(operator, running, who, minutes):
    member = first_of(operator, running, "north-1")
    answer(operator, "clerk1", member, "accepted")
    with pytest.raises(campaigns.NothingToUndo), operator.door(who) as actor:
        campaigns.undo_answer(actor=actor, member=member, now=LATER + timedelta(minutes=minutes))
    with operator.door():
        assert Member.objects.get(public_id=member).answer == "accepted"


def test_a_changed_answer_keeps_both_in_the_history(operator, running):
    member = first_of(operator, running, "north-1")
    answer(operator, "clerk1", member, "accepted")
    with at(LATER), operator.door("north") as actor:
        campaigns.correct_answer(
            actor=actor, member=member, answer="declined", now=LATER + timedelta(days=1), note="misheard"
        )
    with operator.door():
        row = Member.objects.select_related("subscription").get(public_id=member)
        assert row.answer == "declined"
        assert row.subscription.retention_offering_id is None
        told = [(event.payload["before"], event.payload["answer"]) for event in history(row)]
        assert told == [("accepted", "declined"), ("", "accepted")]
        assert Task.objects.get(subject=f"campaigns.member:{row.pk}").result == "declined"


def test_a_call_back_leaves_the_task_open_for_later(operator, running):
    member = first_of(operator, running, "north-1")
    answer(operator, "clerk1", member, "call_back")
    with operator.door("clerk1") as actor:
        row = Member.objects.get(public_id=member)
        task = Task.objects.get(subject=f"campaigns.member:{row.pk}")
        assert (task.status, row.answer) == ("open", "call_back")
        assert task.not_before == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
        assert task not in worklist.worklist(actor, worklist.Filter(), now=LATER)
        assert task in worklist.worklist(actor, worklist.Filter(), now=LATER + timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        answer(operator, "clerk1", member, "call_back", call_back_at=NOON)
    assert refused.value.field == "call_back_at"
    answer(operator, "clerk1", member, "accepted", moment=LATER + timedelta(days=1))
    with operator.door():
        assert Member.objects.get(public_id=member).answer == "accepted"


def test_a_task_taken_by_name_is_nobody_elses(operator, running):
    member = first_of(operator, running, "north-1")
    with operator.door("clerk1") as actor:
        task = Task.objects.get(subject=f"campaigns.member:{Member.objects.get(public_id=member).pk}")
        worklist.take_task(actor=actor, task=task.public_id)
    with pytest.raises(worklist.TakenByAnother) as refused:
        answer(operator, "north", member, "accepted")
    assert refused.value.message == "钱一 has taken this task. Ask to have it handed over."
    with operator.door("north") as actor:
        worklist.hand_over(actor=actor, task=task.public_id, to=None)
    answer(operator, "north", member, "accepted")


def test_an_unknown_answer_is_refused(operator, running):
    member = first_of(operator, running, "north-1")
    with pytest.raises(Invalid) as refused:
        answer(operator, "clerk1", member, "perhaps")
    assert refused.value.field == "answer"


def test_the_funnel_counts_every_step(operator, running):
    for number, said in enumerate(["accepted", "accepted", "declined", "unreachable", "call_back"]):
        answer(operator, "clerk1", first_of(operator, running, "north-1", number), said)
    with operator.door():
        found = campaigns.funnel(campaigns.Campaign.objects.get(pk=running))
    assert (found.audience, found.treatment, found.control, found.excluded) == (20, 16, 4, {})
    assert (found.contacted, found.reached, found.accepted) == (5, 3, 2)
    assert found.answers == Counter(accepted=2, declined=1, unreachable=1, call_back=1)


def test_cancelling_closes_what_is_open_and_keeps_the_answers(operator):
    _, _, offer = populate(operator, 20)
    public, key = started(operator, offer, control_share=Decimal("0.2"))
    answer(operator, "clerk1", first_of(operator, key, "north-1"), "accepted")
    with operator.door("marketer") as actor:
        campaigns.cancel_campaign(actor=actor, campaign=public, reason="price changed", now=LATER)
    with operator.door():
        assert Counter(task.status for task in tasks(key)) == {"cancelled": 15, "done": 1}
        ended = campaigns.Campaign.objects.get(pk=key)
        assert ended.status == "cancelled"
        assert history(ended)[0].payload == {"reason": "price changed", "tasks": 15}
    with pytest.raises(campaigns.NotRunning), operator.door("marketer") as actor:
        campaigns.cancel_campaign(actor=actor, campaign=public, reason="again", now=LATER)
