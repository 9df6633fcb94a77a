"""The rules of the catalogue: prices to the cent, options, who may buy, what goes together, the steps of a life."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopline.catalogue.rules import checklist, eligibility, lifecycle
from loopline.catalogue.rules.characteristics import Characteristic, Problem, Use, Value, narrowed, resolve
from loopline.catalogue.rules.eligibility import Buyer, Conflict, Fitting, Reason, Rule
from loopline.catalogue.rules.pricing import Member, Offer, Price, price

D = Decimal
SPEED = Characteristic(
    code="speed", name="速率", name_en="Speed", kind="whole", unit="Mbit/s",
    values=(Value("300"), Value("1000")), minimum=1, default="300",
)  # fmt: skip
PLAN = Offer(
    code="M99",
    name="畅享99",
    name_en="Enjoy 99",
    prices=(
        Price(kind="recurring", name="月租", amount=D("99")),
        Price(kind="one_time", name="入网费", amount=D("50")),
        Price(kind="discount", name="首年八折", percent=D("20"), months=12),
        Price(kind="allowance", name="国内通话", unit="minute", quantity=D(600)),
        Price(kind="usage", name="超出通话", unit="minute", quantity=D(1), amount=D("0.15")),
    ),
    term_months=24,
)
FIBRE = Offer(
    code="B300",
    name="光纤",
    characteristics=(SPEED,),
    prices=(
        Price(kind="recurring", name="宽带月租", amount=D("70")),
        Price(kind="recurring", name="千兆提速", amount=D("40"), when=(("speed", "1000"),)),
    ),
)
START = date(2026, 11, 22)


def figures(bill):
    return [(line.name, line.how, line.amount) for line in bill.lines]


def test_the_first_month_is_charged_by_its_days_with_what_is_charged_once():
    quote = price(PLAN, start=START)
    assert (quote.first_bill.first, quote.first_bill.last) == (START, date(2026, 11, 30))
    assert figures(quote.first_bill) == [
        ("月租", "days", D("29.70")),
        ("首年八折", "percent", D("-5.94")),
        ("入网费", "once", D("50.00")),
    ]
    fee = quote.first_bill.lines[0]
    assert (fee.days, fee.of_days, fee.rate) == (9, 30, D("99"))
    assert quote.first_bill.total == D("73.76")
    assert quote.one_time == D("50.00")


def test_months_after_it_are_split_where_the_sum_changes():
    first, after = price(PLAN, start=START).phases
    assert (first.first, first.last, first.total) == (date(2026, 12, 1), date(2027, 10, 31), D("79.20"))
    assert (after.first, after.last, after.total) == (date(2027, 11, 1), None, D("99.00"))
    quote = price(PLAN, start=START)
    assert (quote.monthly, quote.after_discount) == (D("79.20"), D("99.00"))
    assert quote.over_term == D("73.76") + 11 * D("79.20") + 12 * D("99.00")


def test_whoever_starts_on_the_first_pays_a_whole_month():
    quote = price(PLAN, start=date(2026, 12, 1))
    assert figures(quote.first_bill)[0] == ("月租", "whole", D("99.00"))


def test_what_usage_costs_and_what_is_free():
    quote = price(PLAN, start=START)
    assert quote.allowances == {"minute": D(600)}
    assert [(each.unit, each.amount) for each in quote.usage] == [("minute", D("0.15"))]


@pytest.mark.parametrize(
    ("options", "monthly", "problems"),
    [
        ({}, D("70.00"), ()),
        ({"speed": "1000"}, D("110.00"), ()),
        ({"speed": "500"}, D("70.00"), (Problem("not_allowed", "speed", "500"),)),
        ({"colour": "red"}, D("70.00"), (Problem("unknown", "colour"),)),
    ],
)
def test_options_choose_prices(options, monthly, problems):
    quote = price(FIBRE, options=options, start=START)
    assert (quote.monthly, quote.problems) == (monthly, problems)


def family(*prices):
    return Offer(
        code="FAM",
        name="全家享",
        prices=prices,
        members=(Member(PLAN, 1, 4, 1), Member(FIBRE, 0, 1, 1)),
    )


def test_a_bundle_is_its_members_less_its_own_discount():
    bundle = family(Price(kind="discount", name="融合优惠", percent=D("10")))
    quote = price(bundle, options={"B300.speed": "1000"}, counts={"M99": 2}, start=date(2026, 12, 1))
    assert figures(quote.phases[0]) == [
        ("月租", "whole", D("198.00")),
        ("宽带月租", "whole", D("70.00")),
        ("千兆提速", "whole", D("40.00")),
        ("首年八折", "percent", D("-39.60")),
        ("融合优惠", "percent", D("-26.84")),
    ]
    assert quote.monthly == D("241.56")
    assert quote.after_discount == D("277.20")
    assert quote.allowances == {"minute": D(1200)}


def test_a_bundle_tells_which_counts_and_options_do_not_hold():
    quote = price(family(), options={"B300.speed": "9"}, counts={"M99": 5, "X": 1}, start=START)
    assert set(quote.problems) == {
        Problem("unknown", "X"),
        Problem("count", "M99", "5"),
        Problem("not_allowed", "B300.speed", "9"),
    }


def test_a_member_left_out_costs_nothing():
    quote = price(family(), counts={"B300": 0}, start=date(2026, 12, 1))
    assert quote.monthly == D("79.20")


def test_a_price_holds_for_whoever_starts_within_its_period():
    winter = Price(kind="recurring", name="w", amount=D(10), valid_from=START, valid_until=date(2027, 1, 1))
    offer = Offer(code="W", name="w", prices=(winter,))
    days = [date(2026, 11, 21), START, date(2026, 12, 31), date(2027, 1, 1)]
    assert [price(offer, start=day).monthly for day in days] == [0, D(10), D(10), 0]


def test_a_yearly_charge_is_paid_at_once_and_is_no_part_of_a_month():
    offer = Offer(
        code="Y", name="y", prices=(Price(kind="recurring", name="y", amount=D(120), period_months=12),)
    )
    quote = price(offer, start=START)
    assert (quote.first_bill.total, quote.monthly, quote.later[0][0]) == (D(120), 0, 12)
    assert quote.over_term == D(120)


amounts = st.decimals(min_value=0, max_value=1000, places=2)


@given(fee=amounts, percent=st.decimals(min_value=0, max_value=100, places=1), off=amounts,
       months=st.integers(0, 30), day=st.dates(date(2024, 1, 1), date(2030, 12, 31)))  # fmt: skip
def test_no_bill_is_negative_and_phases_follow_one_another(fee, percent, off, months, day):
    offer = Offer(
        code="x",
        name="x",
        prices=(
            Price(kind="recurring", name="fee", amount=fee),
            Price(kind="discount", name="p", percent=percent, months=months),
            Price(kind="discount", name="o", amount=off, first_month=3),
        ),
    )
    quote = price(offer, start=day)
    assert quote.first_bill.total >= 0
    assert all(0 <= phase.total <= fee for phase in quote.phases)
    for before, after in zip(quote.phases, quote.phases[1:], strict=False):
        assert (after.first - before.last).days == 1
    assert quote.phases[-1].last is None


def test_an_offering_narrows_what_its_specification_allows():
    (only,) = narrowed([SPEED], [Use("speed", ("1000",))])
    assert (only.values, only.default) == ((Value("1000"),), "1000")
    assert resolve([only], {}) == ({"speed": ("1000",)}, ())
    many = Characteristic(code="tv", name="频道", minimum=1, maximum=2)
    assert resolve([many], {})[1] == (Problem("required", "tv"),)
    assert resolve([many], {"tv": ["a", "b", "c"]})[1] == (Problem("too_many", "tv", "2"),)


@pytest.mark.parametrize(
    ("kind", "value", "wrong"),
    [
        ("whole", "5", ""), ("whole", "5.5", "not_a_value"), ("whole", "11", "out_of_range"),
        ("number", "5.5", ""), ("number", "NaN", "not_a_value"), ("yes_no", "yes", ""),
        ("yes_no", "maybe", "not_a_value"), ("day", "2026-11-22", ""), ("day", "22/11", "not_a_value"),
    ],
)  # fmt: skip
def test_values_are_of_their_kind(kind, value, wrong):
    each = Characteristic(code="c", name="c", kind=kind, low=D(1), high=D(10))
    problems = resolve([each], {"c": value})[1]
    assert [problem.code for problem in problems] == ([wrong] if wrong else [])
    assert Characteristic.read(each.stored()) == each


BUYER = Buyer(
    kind="person", segment="gold", units=("RMR", "CITY"), channel="shop", birth_date=date(2004, 11, 23),
    joined_on=date(2025, 11, 23), held=frozenset({"B300"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        (Rule("customer_kind", ("person",)), True), (Rule("customer_kind", ("organisation",)), False),
        (Rule("segment", ("gold", "diamond")), True), (Rule("segment", ("diamond",)), False),
        (Rule("unit", ("CITY",)), True), (Rule("unit", ("OTHER",)), False),
        (Rule("channel", ("web",)), False), (Rule("holds", ("B300", "B1000")), True), (Rule("holds", ("M99",)), False),
        (Rule("age", low=18, high=21), True), (Rule("age", low=22), False), (Rule("age", high=20), False),
        (Rule("tenure", low=11), True), (Rule("tenure", low=12), False),
    ],
)  # fmt: skip
def test_who_may_buy(rule, met):
    assert eligibility.failing([rule], BUYER, START) == ([] if met else [Reason(rule.kind, rule)])


@pytest.mark.parametrize("kind", ["customer_kind", "segment", "unit", "channel", "age", "tenure", "holds"])
def test_a_missing_fact_is_told_apart_from_a_wrong_one(kind):
    rule = Rule(kind, ("x",), 1, 2)
    assert eligibility.failing([rule], Buyer(), START) == [Reason(kind, rule, unknown=True)]


def test_what_goes_together():
    tv = Fitting("TV", (Rule("requires", ("B300", "B1000")), Rule("excludes", ("OLD-TV",))))
    fibre, old = Fitting("B300"), Fitting("OLD-TV")
    assert eligibility.conflicts([fibre], [tv]) == []
    assert eligibility.conflicts([], [tv, fibre]) == []
    assert eligibility.conflicts([], [tv]) == [Conflict("requires", "TV", ("B300", "B1000"))]
    assert eligibility.conflicts([fibre, old], [tv]) == [Conflict("excludes", "TV", ("OLD-TV",))]
    guarded = Fitting("OLD-TV", (Rule("excludes", ("TV",)),))
    assert eligibility.conflicts([guarded], [Fitting("TV")]) == [Conflict("excludes", "OLD-TV", ("TV",))]


def test_what_is_replaced_stands_in_nobodys_way():
    old = Fitting("M59", (Rule("excludes", ("M99",)),))
    new = Fitting("M99", (Rule("replaces", ("M59", "P59")), Rule("excludes", ("M59",))))
    (told,) = eligibility.conflicts([old], [new])
    assert (told, told.blocking) == (Conflict("replaces", "M99", ("M59",)), False)


def test_the_steps_of_a_life():
    legal = {
        (before, after)
        for before in lifecycle.NEXT
        for after in lifecycle.NEXT
        if lifecycle.may_become(before, after)
    }
    assert legal == {
        ("in_study", "in_design"), ("in_design", "in_test"), ("in_design", "in_study"), ("in_test", "active"),
        ("in_test", "in_design"), ("active", "launched"), ("active", "in_design"), ("launched", "retired"),
        ("retired", "launched"), ("retired", "obsolete"),
    }  # fmt: skip


def test_the_check_list_names_what_is_missing():
    offer = Offer(
        code="x", name="中文", members=(Member(PLAN),), characteristics=(
            Characteristic(code="c", name="c", minimum=1, configurable=False),),
        prices=(Price(kind="discount", name="nothing"),),
    )  # fmt: skip
    subject = checklist.Subject(
        offer=offer, kind="plan", service="", specified=False, category=False, description=False,
        rules=[Rule("segment")], sold=frozenset(), valid_until=START,
    )  # fmt: skip
    checks = checklist.checklist(subject, START)
    assert [check.code for check in checks if not check.done] == [
        "names", "service", "category", "description", "discounts", "options", "members", "rules", "period",
    ]  # fmt: skip
    assert not checklist.is_ready(checks)
