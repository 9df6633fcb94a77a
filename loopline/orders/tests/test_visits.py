"""An installer's visit: offered, booked with the order, moved, done; a slot never takes more than it can."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from loopline.kernel import clock
from loopline.kernel.errors import Invalid, NotAllowed, NotFound
from loopline.orders import actions
from loopline.orders.actions import SlotFull, VisitOver, WantedItem, WantedOrder
from loopline.orders.models import OrderItem, Visit, VisitSlot
from loopline.orders.tests.shop import NOW

DAY = date(2026, 7, 13)


def offer(shop, capacity=1, hours=("09:00", "12:00"), unit="north-1", day=DAY):
    with shop.operator.door("north") as actor:
        actions.offer_slots(
            actor=actor, unit=shop.operator.units[unit], first=day, last=day, hours=hours, capacity=capacity
        )
        return VisitSlot.objects.get(branch_id=shop.operator.units[unit], day=day, begins=hours[0]).public_id


def broadband(shop, slot, **more):
    with shop.operator.door():
        item = WantedItem("open", offering=shop.offer("B300"), detail={"slot": str(slot)})
    return shop.accept(item, **more)


def visit_of(shop, order):
    with shop.operator.door():
        return Visit.objects.filter(item__order=order).order_by("-id").first()


def booked(shop):
    with shop.operator.door():
        return dict(VisitSlot.objects.values_list("begins", "booked"))


def test_a_line_waits_for_the_installer_and_works_when_he_was_there(shop):
    slot = offer(shop)
    order = broadband(shop, slot)
    assert shop.drive(order).state == "pending"
    assert order.due_at == datetime(2026, 7, 16, 1, tzinfo=UTC)
    after_the_hours = datetime(2026, 7, 13, 5, tzinfo=UTC)
    assert shop.drive(order, after_the_hours).state == "pending"
    visit = visit_of(shop, order)
    with shop.operator.door("clerk1") as actor:
        actions.end_visit(
            actor=actor, visit=visit.public_id, missed=False, note="光猫已装", now=after_the_hours
        )
    assert shop.drive(order, after_the_hours).state == "completed"
    assert visit_of(shop, order).state == "done"
    with pytest.raises(VisitOver), shop.operator.door("clerk1") as actor:
        actions.end_visit(actor=actor, visit=visit.public_id, missed=False, note="", now=after_the_hours)


def test_a_visit_is_moved_and_its_old_hours_are_free_again(shop):
    slot, later = offer(shop), offer(shop, hours=("14:00", "17:00"))
    order = broadband(shop, slot)
    visit = visit_of(shop, order)
    wanted = {"visit": visit.public_id, "slot": later, "now": NOW}
    with shop.operator.door("clerk1") as actor:
        moved = actions.move_visit(actor=actor, version=visit.version, **wanted)
    assert (moved.moved, moved.version) == (1, 2)
    assert booked(shop) == {"09:00": 0, "14:00": 1}
    with pytest.raises(VisitOver), shop.operator.door("clerk1") as actor:
        actions.move_visit(actor=actor, version=visit.version, **wanted)
    with shop.operator.door():
        assert OrderItem.objects.get(order=order).not_before == datetime(2026, 7, 13, 6, tzinfo=UTC)


def test_a_full_slot_is_refused_in_words_and_nothing_is_kept(shop):
    slot = offer(shop)
    broadband(shop, slot)
    with pytest.raises(SlotFull, match="09:00–12:00 is full"):
        broadband(shop, slot)
    assert booked(shop) == {"09:00": 1}
    with shop.operator.door():
        assert OrderItem.objects.count() == 1


def test_nobody_was_there_and_another_visit_is_booked(shop):
    slot, later = offer(shop), offer(shop, day=date(2026, 7, 14))
    order = broadband(shop, slot)
    visit = visit_of(shop, order)
    with shop.operator.door("clerk1") as actor:
        actions.end_visit(actor=actor, visit=visit.public_id, missed=True, note="无人", now=NOW)
    assert shop.drive(order, datetime(2026, 7, 13, 5, tzinfo=UTC)).state == "pending"
    with shop.operator.door():
        item = OrderItem.objects.get(order=order).public_id
    with shop.operator.door("clerk1") as actor:
        again = actions.book_again(actor=actor, item=item, slot=later, now=NOW)
    with pytest.raises(VisitOver), shop.operator.door("clerk1") as actor:
        actions.book_again(actor=actor, item=item, slot=later, now=NOW)
    with shop.operator.door("clerk1") as actor:
        actions.end_visit(actor=actor, visit=again.public_id, missed=False, note="", now=NOW)
    assert shop.drive(order).state == "completed"


def test_a_cancelled_order_gives_its_hours_back(shop):
    order = broadband(shop, offer(shop))
    with shop.operator.door("clerk1") as actor:
        actions.cancel_order(actor=actor, order=order.public_id, reason="", now=NOW)
    assert shop.drive(order).state == "cancelled"
    assert booked(shop) == {"09:00": 0}
    assert visit_of(shop, order).state == "cancelled"


def test_hours_of_another_district_or_of_the_past_are_not_offered(shop):
    foreign = offer(shop, unit="north-2")
    with pytest.raises(NotFound):
        broadband(shop, foreign)
    past = offer(shop, day=date(2026, 7, 9))
    with pytest.raises(Invalid, match="lie ahead"):
        broadband(shop, past)
    with pytest.raises(Invalid, match="Nobody has to come"):
        shop.accept(shop.opening("+8613805350017", detail={"slot": str(past)}))


def test_only_supervisors_offer_hours_and_never_less_than_is_booked(shop):
    with pytest.raises(NotAllowed), shop.operator.door("clerk1") as actor:
        actions.offer_slots(actor=actor, unit=1, first=DAY, last=DAY, hours=("09:00", "12:00"), capacity=1)
    slot = offer(shop, capacity=2)
    broadband(shop, slot)
    broadband(shop, slot)
    with pytest.raises(Invalid, match="More visits are booked"):
        offer(shop, capacity=1)


def test_twelve_clerks_at_once_never_book_more_than_the_capacity(shop):
    slot = offer(shop, capacity=5)
    with shop.operator.door():
        item = WantedItem("open", offering=shop.offer("B300"), detail={"slot": str(slot)})

    def want(_place):
        try:
            with shop.operator.door("clerk1") as actor, clock.frozen(NOW):
                wanted = WantedOrder(shop.customer.public_id, (item,))
                actions.accept_order(actor=actor, wanted=wanted, now=NOW)
            return "booked"
        except SlotFull:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(want, range(12)))
    assert (answers.count("booked"), answers.count("told")) == (5, 7)
    assert booked(shop) == {"09:00": 5}
    with shop.operator.door():
        assert Visit.objects.count() == 5


def test_two_visits_swap_hours_at_once_without_waiting_for_each_other_for_ever(shop):
    first, second = offer(shop, capacity=2), offer(shop, capacity=2, hours=("14:00", "17:00"))
    visits = [visit_of(shop, broadband(shop, slot)) for slot in (first, second)]

    def swap(pair):
        visit, slot = pair
        try:
            with shop.operator.door("clerk1") as actor:
                actions.move_visit(
                    actor=actor, visit=visit.public_id, slot=slot, version=visit.version, now=NOW
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(swap, [(visits[0], second), (visits[1], first)]))
    assert booked(shop) == {"09:00": 1, "14:00": 1}


def test_the_screens_of_visits(shop):
    client = shop.operator.client("north")
    values = {
        "first": "2099-01-05",
        "last": "2099-01-06",
        "begins": "09:00",
        "ends": "12:00",
        "capacity": "3",
    }
    assert client.get("/orders/visits").status_code == 200
    assert client.post("/orders/visits/offer", values | {"ends": "08:00"}).status_code == 422
    assert client.post("/orders/visits/offer", values).status_code == 302
    order = broadband(shop, offer(shop))
    page = client.get(f"/orders/{order.public_id}").content.decode()
    assert "09:00–12:00" in page
    visit = visit_of(shop, order)
    assert client.post(f"/orders/visits/{visit.public_id}/end", {"answer": "done"}).status_code == 302
    assert visit_of(shop, order).state == "done"
