"""Whatever happens: every order ends in a legal state, stock and money add up, nothing is done twice."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopline.kernel.errors import Refusal
from loopline.kernel.models import Event
from loopline.orders import actions
from loopline.orders.actions import WantedItem
from loopline.orders.models import Order, OrderItem, SimulatorRequest, SimulatorRule
from loopline.orders.rules import decomposition, states, steps
from loopline.orders.tests.shop import NOW, Shop
from loopline.stock.models import Number, SimCard
from loopline.subscriptions.models import Subscription

BEHAVIOURS = ("done", "twice", "late", "never", "refused", "unreachable")
ALL_STEPS = [
    step for kind in decomposition.KINDS for step in decomposition.steps_of(kind, "mobile", esim=True)
]
OUTSIDE = sorted({step.name for step in ALL_STEPS if step.outside})
KINDS = ("open", "open", "change_plan", "suspend", "resume", "change_number", "sim_swap", "close")


def assert_it_adds_up(shop: Shop) -> None:
    """What must hold once every order is over."""
    with shop.operator.door():
        for order in Order.objects.all():
            items = list(OrderItem.objects.filter(order=order))
            assert order.state in states.ORDER_FINAL, (order.number, order.state)
            assert order.state == states.order_state([item.state for item in items])
            counted = [item for item in items if item.state == states.COMPLETED]
            assert order.due_now == sum((item.due_now for item in counted), Decimal(0))
            told = [
                event.payload
                for event in Event.objects.filter(about_kind="orders.order", about_id=order.pk).order_by("id")
                if event.name == "orders.state_changed"
            ]
            assert all(before["after"] == after["before"] for before, after in pairwise(told))
        assert not Number.objects.filter(state__in=["reserved", "held"]).exists()
        assert not SimCard.objects.filter(state="reserved").exists()
        in_use = set(Number.objects.filter(state="in_use").values_list("number", "subscription_id"))
        living = Subscription.objects.filter(state__in=["active", "suspended_request", "suspended_lost"])
        assert in_use == set(living.exclude(number="").values_list("number", "pk"))
        assert not Subscription.objects.filter(state="pre_provisioned").exists()
        assert not SimulatorRequest.objects.filter(performed__gt=1).exists()
        switched_on = SimulatorRequest.objects.filter(operation="activate_line", outcome="done")
        opened = OrderItem.objects.filter(kind="open", state="completed").values_list("number", flat=True)
        assert sorted(switched_on.values_list("subject", flat=True)) == sorted(opened)


def finish(shop: Shop, moment: timedelta) -> None:
    """Let the outside behave and the clock run until every order is over."""
    with shop.operator.door():
        SimulatorRule.objects.all().delete()
        SimulatorRequest.objects.filter(behaviour__in=["never", "scanned"]).update(behaviour="done")
        SimulatorRule.objects.create(operation="install_profile", behaviour="done")
    for _round in range(12):
        moment += timedelta(hours=6)
        with shop.operator.door():
            waiting = list(Order.objects.filter(completed_at=None).order_by("id"))
        for order in waiting:
            shop.drive(order, NOW + moment)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_way_ends_well(shop, data):
    """A random life of a shop: orders, bad behaviour outside, cancellations, time that passes."""
    moment = timedelta(data.draw(st.just(0)))
    for _turn in range(data.draw(st.integers(3, 9))):
        act = data.draw(st.sampled_from(["order", "order", "behave", "drive", "cancel", "wait"]))
        if act == "order":
            _order(shop, data, moment)
        elif act == "behave":
            shop.behave(
                data.draw(st.sampled_from(BEHAVIOURS)),
                data.draw(st.sampled_from(["", *OUTSIDE])),
                seconds=data.draw(st.integers(1, 900)),
                times=data.draw(st.integers(1, 3)),
            )
        elif act == "wait":
            moment += timedelta(minutes=data.draw(st.integers(1, 45)))
        else:
            _touch(shop, data, moment, cancel=act == "cancel")
    finish(shop, moment)
    assert_it_adds_up(shop)


# What is drawn never depends on what stands in the shop: an example must be drawn again as it was.


def _order(shop: Shop, data: st.DataObject, moment: timedelta) -> None:
    kind, plan = data.draw(st.sampled_from(KINDS)), data.draw(st.sampled_from(["M59", "M99", "M239"]))
    pick, number = data.draw(st.integers(0, 99)), data.draw(st.integers(10, 40))
    sim, seen = data.draw(st.sampled_from(["plain", "esim"])), data.draw(st.booleans())
    with shop.operator.door():
        lines = list(Subscription.objects.exclude(state__in=["terminated", "ported_out"]).order_by("id"))
        offering = shop.offer(plan)
    item = WantedItem(
        kind,
        offering=offering,
        subscription=lines[pick % len(lines)].public_id if lines and kind != "open" else None,
        number=f"+86138053500{number}",
        sim=sim,
        detail={"at_once": True} if kind == "close" else {},
    )
    try:
        shop.accept(item, now=NOW + moment, seen_in_person=seen)
    except Refusal:
        return


def _touch(shop: Shop, data: st.DataObject, moment: timedelta, *, cancel: bool) -> None:
    pick = data.draw(st.integers(0, 99))
    with shop.operator.door():
        known = list(Order.objects.order_by("id"))
    if not known:
        return
    order = known[pick % len(known)]
    if cancel:
        with shop.operator.door() as system:
            try:
                actions.cancel_order(actor=system, order=order.public_id, reason="x", now=NOW + moment)
            except Refusal:
                return
    shop.drive(order, NOW + moment)


@pytest.mark.parametrize("kind", decomposition.KINDS)
@pytest.mark.parametrize("service", ["mobile", "broadband", "fixed", "iptv"])
@pytest.mark.parametrize("esim", [False, True])
def test_a_step_that_fails_leaves_nothing_behind_it_undone(kind, service, esim):
    """Rules alone: whatever step fails, all before it that can be undone are, from the last to the first."""
    planned = decomposition.steps_of(kind, service, esim=esim)
    assert not planned[-1].undo
    for failing in range(len(planned)):
        stands = [
            steps.Stand(
                steps.DONE if place < failing else steps.FAILED if place == failing else steps.WAITING,
                step.outside,
                step.undo,
                tries=1,
            )
            for place, step in enumerate(planned)
        ]
        undone = []
        while (place := steps.next_back(stands)) is not None:
            undone.append(place)
            stands[place] = steps.Stand(steps.UNDONE, stands[place].outside, stands[place].undo)
        assert undone == list(range(failing - 1, -1, -1))


def test_every_state_of_an_item_leads_to_an_end():
    reached = {states.ACKNOWLEDGED}
    while (more := {after for state in reached for after in states.ITEM[state]} | reached) != reached:
        reached = more
    assert reached == set(states.ITEM)
    for state in states.ITEM:
        ends = {state}
        while (more := {after for each in ends for after in states.ITEM[each]} | ends) != ends:
            ends = more
        assert ends & set(states.FINAL)
