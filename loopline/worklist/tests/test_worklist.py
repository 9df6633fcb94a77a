"""Tasks that no module brings: made, taken, handed over, done, taken back; and on the customer's page."""

from datetime import timedelta

import pytest

from loopline.campaigns.tests.ground import NOON, at, populate
from loopline.customers.api import Customer
from loopline.identity.api import Staff
from loopline.kernel.errors import NotFound
from loopline.kernel.events import history
from loopline.worklist import api as worklist


@pytest.fixture
def task(operator):
    """A call that the supervisor of the north wants made for a customer of North One."""
    people, _, _ = populate(operator, 1, ("north-1",))
    with at(NOON), operator.door("north") as actor:
        wanted = worklist.NewTask(
            kind="reminder",
            title="Call about the new router",
            branch=operator.units["north-1"],
            customer=people[0],
            detail={"text": "He asked twice."},
            due_at=NOON + timedelta(days=1),
        )
        return worklist.create_task(actor=actor, task=wanted)


def listed(operator, who, **which):
    with operator.door(who) as actor:
        return [row.pk for row in worklist.worklist(actor, worklist.Filter(**which), now=NOON)]


def test_a_task_of_a_branch_is_seen_there_and_above_and_nowhere_else(operator, task):
    assert [listed(operator, who) for who in ("clerk1", "north", "marketer")] == [[task.pk]] * 3
    assert [listed(operator, who) for who in ("clerk2", "southerner")] == [[], []]
    assert listed(operator, "clerk1", due="today") == []
    assert listed(operator, "clerk1", due="week") == [task.pk]


def test_a_task_given_by_name_leaves_the_others_lists_and_comes_back(operator, task):
    with operator.door("north") as actor:
        clerk = Staff.objects.get(user_name="clerk2").public_id
        worklist.hand_over(actor=actor, task=task.public_id, to=clerk)
    assert listed(operator, "clerk2", whose="mine") == [task.pk]
    assert listed(operator, "clerk1") == []
    with operator.door("clerk2") as actor:
        worklist.hand_over(actor=actor, task=task.public_id, to=None)
    assert listed(operator, "clerk1", whose="unit") == [task.pk]
    with operator.door():
        told = [event.payload for event in history(worklist.Task.objects.get(pk=task.pk))][:2]
    assert told == [{"before": "孙二", "to": ""}, {"before": "", "to": "孙二"}]


def test_who_sees_no_such_branch_cannot_touch_the_task(operator, task):
    for act in (worklist.take_task, worklist.lock_open_task):
        with pytest.raises(NotFound), operator.door("southerner") as actor:
            act(actor=actor, task=task.public_id)


def test_it_is_done_with_one_press_and_taken_back(operator, task):
    browser = operator.client("clerk1")
    address = f"/tasks/{task.public_id}"
    assert "He asked twice." in browser.get(address).content.decode()
    assert browser.post(f"{address}/answer", {"answer": "done", "note": "sent"}).status_code == 302
    with operator.door():
        done = worklist.Task.objects.get(pk=task.pk)
        assert (done.status, done.result, done.closed_by_name) == ("done", "sent", "钱一")
    assert browser.post(f"{address}/answer", {"answer": "done"}).status_code == 409
    assert browser.post(f"{address}/undo").status_code == 302
    assert listed(operator, "clerk1") == [task.pk]


def test_open_matters_stand_on_the_customers_page(operator, task):
    with operator.door():
        customer = Customer.objects.get(pk=task.customer_id).public_id
    page = operator.client("clerk1").get(f"/customers/{customer}").content.decode()
    assert "Open matters" in page
    assert "Call about the new router" in page
