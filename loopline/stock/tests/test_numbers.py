"""A number from stock to customer and back; and fifty clerks who want the same twenty."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import translation

from loopline.kernel.errors import NotAllowed
from loopline.kernel.models import Event
from loopline.stock import api as stock
from loopline.stock.actions import block_number, unblock_number
from loopline.stock.models import Device, Number, NumberState, SimCard
from loopline.testing import Operator

NOW = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)
HOLDER = "orders.item:1"


@pytest.fixture
def stocked(operator: Operator) -> Operator:
    with operator.door("admin") as admin:
        assert stock.take_in_range(actor=admin, first="13805350000", last="13805350099", home="北城") == 100
    return operator


def _state(number: str) -> tuple[str, str]:
    row = Number.objects.get(number=number)
    return row.state, row.holder


def test_a_range_is_graded_by_rule_as_it_is_taken_in(stocked):
    with stocked.door("clerk1") as clerk:
        best = stock.free_numbers(clerk, stock.Wanted(grade=stock.Grade.TOP))
        first = stock.free_numbers(clerk, stock.Wanted(grade=stock.Grade.FIRST))
        assert [row.number for row in best] == []
        assert [(row.number, row.pattern) for row in first] == [("+8613805350000", "AAAA")]
        row = first[0]
        assert (row.minimum_spend, row.term_months, row.fee) == (239, 36, 0)
        assert stock.free_numbers(clerk, stock.Wanted(without_four=True)).count() == 81


def test_the_picker_finds_by_segment_pattern_ending_and_price(stocked):
    with stocked.door("clerk1") as clerk:

        def found(**wanted):
            return [row.number[-4:] for row in stock.free_numbers(clerk, stock.Wanted(**wanted))[:3]]

        assert found(segment="1380535") == ["0000", "0001", "0002"]
        assert found(segment="1390000") == []
        assert found(pattern="AABB") == ["0011", "0022", "0033"]
        assert found(ending="88") == ["0088"]
        assert found(most_spend=0, after="+8613805350000")[0] == "0001"
        assert found(ending="8", after="+8613805350018") == ["0028", "0038", "0048"]


def test_a_number_goes_from_hold_to_use_and_through_cooling_back_to_stock(stocked):
    number = "+8613805350017"
    with stocked.door("clerk1") as clerk:
        held = stock.hold_number(actor=clerk, number=number, now=NOW)
        assert (held.state, held.held_until) == ("held", NOW + timedelta(minutes=15))
        stock.reserve_number(actor=clerk, number=number, holder=HOLDER, now=NOW)
        stock.reserve_number(actor=clerk, number=number, holder=HOLDER, now=NOW)
        assert _state(number) == ("reserved", HOLDER)
    with stocked.door("") as system:
        Number.objects.filter(number=number).update(state="in_use", holder="")
        stock.retire_number(actor=system, number=number, now=NOW)
        assert _state(number) == ("cooling", "")
        assert stock.recycle(actor=system, now=NOW + timedelta(days=89)) == 0
        assert stock.recycle(actor=system, now=NOW + timedelta(days=90)) == 1
        assert _state(number) == ("available", "")
        names = list(Event.objects.filter(about_kind="stock.number").values_list("name", flat=True))
        assert sorted(names) == sorted(
            ["stock.number_held", "stock.number_reserved", "stock.number_retired", "stock.number_released"]
        )


def test_a_hold_that_has_run_out_holds_nobody_back(stocked):
    number, later = "+8613805350018", NOW + timedelta(minutes=16)
    with stocked.door("clerk1") as clerk:
        stock.hold_number(actor=clerk, number=number, now=NOW)
    with stocked.door("clerk2") as other:
        with translation.override("en"), pytest.raises(stock.NumberTaken) as taken:
            stock.reserve_number(actor=other, number=number, holder=HOLDER, now=NOW)
        assert "钱一 holds it until" in taken.value.message
        assert stock.reserve_number(actor=other, number=number, holder=HOLDER, now=later).state == "reserved"


def test_one_clerk_cannot_hoard_numbers(stocked):
    with stocked.door("clerk1") as clerk:
        for last in range(20, 25):
            stock.hold_number(actor=clerk, number=f"+86138053500{last}", now=NOW)
        with pytest.raises(stock.TooManyHeld):
            stock.hold_number(actor=clerk, number="+8613805350025", now=NOW)
        stock.release_hold(actor=clerk, number="+8613805350020", now=NOW)
        assert stock.hold_number(actor=clerk, number="+8613805350025", now=NOW).state == "held"


def test_a_foreign_number_is_adopted_and_goes_back(stocked):
    number = "+8613912345678"
    with stocked.door("clerk1") as clerk:
        stock.adopt_number(actor=clerk, number=number, service="mobile", holder=HOLDER, now=NOW)
        assert _state(number) == ("reserved", HOLDER)
        with pytest.raises(stock.NumberTaken):
            stock.adopt_number(actor=clerk, number=number, service="mobile", holder="orders.item:2", now=NOW)
        stock.release_number(actor=clerk, number=number, holder=HOLDER)
        assert _state(number) == ("away", "")
        with pytest.raises(stock.NumberTaken):
            stock.adopt_number(actor=clerk, number="+8613805350001", service="mobile", holder=HOLDER, now=NOW)


def test_blocked_numbers_are_not_sold_and_only_those_who_manage_stock_block(stocked):
    number = "+8613805350030"
    with stocked.door("clerk1") as clerk, pytest.raises(NotAllowed):
        block_number(actor=clerk, number=number, now=NOW)
    with stocked.door("admin") as admin:
        block_number(actor=admin, number=number, now=NOW)
        with pytest.raises(stock.NumberTaken):
            stock.hold_number(actor=admin, number=number, now=NOW)
        unblock_number(actor=admin, number=number, now=NOW)
        assert _state(number) == ("available", "")


def test_sims_and_devices(stocked):
    with stocked.door("admin") as admin:
        cards = [(f"898600000000000000{n}", f"46000000000000{n}", "plain") for n in range(3)]
        assert (
            stock.load_sims(actor=admin, cards=[*cards, ("8986000000000000009", "460000000000009", "esim")])
            == 4
        )
        assert stock.load_sims(actor=admin, cards=cards) == 0
        assert SimCard.objects.filter(check_digit_right=False).count() == 3
        picked = {
            stock.pick_sim(actor=admin, kind="plain", holder=f"orders.item:{n}").iccid for n in range(3)
        }
        assert len(picked) == 3
        with pytest.raises(stock.NoCardLeft):
            stock.pick_sim(actor=admin, kind="plain", holder="orders.item:9")
        one = picked.pop()
        holder = SimCard.objects.get(iccid=one).holder
        stock.release_sim(actor=admin, iccid=one, holder="orders.item:77")
        assert SimCard.objects.get(iccid=one).state == "reserved"
        stock.release_sim(actor=admin, iccid=one, holder=holder)
        assert SimCard.objects.get(iccid=one).state == "available"
        assert stock.load_devices(actor=admin, devices=[("352099001761481", "Dongjiang Box", 199)]) == 1
        assert Device.objects.get().check_digit_right


def test_fifty_clerks_sell_twenty_numbers_once_each(stocked):
    """Real threads with real doors, all at once: twenty sell, thirty are told in words."""
    told: list[str] = []
    start = Barrier(50)

    def sell(clerk: int) -> None:
        try:
            start.wait(30)
            with stocked.door("clerk1" if clerk % 2 else "clerk2") as actor, translation.override("en"):
                number = f"+86138053500{40 + clerk % 20}"
                stock.reserve_number(actor=actor, number=number, holder=f"orders.item:{clerk}", now=NOW)
            told.append("sold")
        except stock.NumberTaken as taken:
            told.append(taken.message)
        finally:
            connection.close()

    clerks = [Thread(target=sell, args=(clerk,)) for clerk in range(50)]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join(120)
    assert told.count("sold") == 20
    assert len(told) == 50
    assert sum(" cannot be had: it is reserved for another order." in text for text in told) == 30
    with stocked.door("clerk1"):
        assert Number.objects.filter(state=NumberState.RESERVED).count() == 20
