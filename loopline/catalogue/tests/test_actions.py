"""An offering is designed, tested, launched, replaced by a version and retired; each step is refused out of turn."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Buyer, MemberDesign, Offering, Price, PriceDesign, PriceFact, Rule, Use
from loopline.catalogue.tests.ground import design, fee, launched, specification
from loopline.kernel import clock
from loopline.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from loopline.kernel.events import history


def step(actor, offering, to):
    return catalogue.change_state(actor=actor, offering=offering.public_id, to=to, now=clock.now())


def test_a_plan_is_designed_and_launched(door):
    with door("marketer") as actor:
        made = launched(actor)
        assert (made.state, made.is_sold, made.revision, made.monthly_fee) == (
            "launched",
            True,
            1,
            Decimal(99),
        )
        told = [(event.name, event.payload.get("to")) for event in reversed(history(made))]
        assert told == [
            ("catalogue.offering_designed", None),
            ("catalogue.offering_state_changed", "in_test"),
            ("catalogue.offering_state_changed", "active"),
            ("catalogue.offering_state_changed", "launched"),
        ]
        assert catalogue.sold_named("M99") == made


def test_a_launched_offering_is_changed_by_a_new_version_and_subscribers_keep_theirs(door):
    with door("marketer") as actor:
        first = launched(actor, prices=(fee("99"), fee("5", when=(("x", "y"),))))
        with pytest.raises(catalogue.NotADraft):
            catalogue.change_offering(actor=actor, offering=first.public_id, design=design(name="new"))
        second = catalogue.begin_version(actor=actor, offering=first.public_id)
        assert (second.revision, second.state, second.is_sold) == (2, "in_design", False)
        assert set(second.prices.values_list("pk")).isdisjoint(first.prices.values_list("pk"))
        with pytest.raises(catalogue.DraftExists):
            catalogue.begin_version(actor=actor, offering=first.public_id)
        dearer = replace(catalogue.design_of(second), prices=(fee("109"),))
        catalogue.change_offering(actor=actor, offering=second.public_id, design=dearer)
        assert catalogue.keys_by_code()["M99"] == first.pk
        for state in ("in_test", "active", "launched"):
            second = step(actor, second, state)
        first.refresh_from_db()
        assert (first.state, first.is_sold, first.monthly_fee) == ("retired", False, Decimal(99))
        assert (second.is_sold, second.monthly_fee, second.prices.count()) == (True, Decimal(109), 1)
        assert catalogue.keys_by_code()["M99"] == second.pk
        (changed,) = [e for e in history(second) if e.name == "catalogue.offering_changed"]
        assert changed.payload == {"changes": {"prices": ["月租 99.0000; 月租 5.0000", "月租 109"]}}


def test_prices_keep_their_ids_while_a_draft_is_changed(door):
    with door("marketer") as actor:
        made = catalogue.design_offering(actor=actor, design=design())
        before = catalogue.design_of(made)
        kept = before.prices[0].id
        now = replace(before, prices=(replace(before.prices[0], fact=fee("79").fact), fee("20", months=6)))
        catalogue.change_offering(actor=actor, offering=made.public_id, design=now)
        after = catalogue.design_of(made)
        assert [(each.id == kept, each.fact.amount) for each in after.prices] == [
            (True, Decimal(79)),
            (False, Decimal(20)),
        ]
        with pytest.raises(Conflict):
            catalogue.change_offering(actor=actor, offering=made.public_id, design=now, version=1)
        unchanged = catalogue.change_offering(actor=actor, offering=made.public_id, design=after, version=2)
        assert unchanged.version == 2


def test_steps_out_of_turn_and_unready_offerings_are_refused(door):
    with door("marketer") as actor:
        made = catalogue.design_offering(actor=actor, design=design(name_en="", prices=()))
        with pytest.raises(catalogue.IllegalStep):
            step(actor, made, "launched")
        step(actor, made, "in_test")
        with pytest.raises(catalogue.NotReady) as refused:
            step(actor, made, "active")
        assert refused.value.message == (
            "Not everything that is needed is there: "
            "Names in both languages, Specification or members, A price."
        )
        assert Offering.objects.get(pk=made.pk).state == "in_test"


def test_who_may_what(door):
    with door("marketer") as actor:
        made = launched(actor)
    with door("clerk1") as actor:
        assert catalogue.get_offering(actor, made.public_id) == made
        for refused in (
            lambda: catalogue.design_offering(actor=actor, design=design("X")),
            lambda: catalogue.begin_version(actor=actor, offering=made.public_id),
            lambda: catalogue.change_offering(actor=actor, offering=made.public_id, design=design()),
            lambda: catalogue.remove_offering(actor=actor, offering=made.public_id),
            lambda: step(actor, made, "retired"),
            lambda: specification(actor, "Z"),
            lambda: catalogue.remove_entry(actor=actor, entry=made.prices.get()),
        ):
            with pytest.raises(NotAllowed):
                refused()
        assert Offering.objects.get().state == "launched"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "with space"}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "nothing"}, "kind"),
        ({"term_months": 999}, "term_months"),
        ({"specification": uuid4()}, "specification"),
        ({"uses": (Use("speed", ("1",)),)}, "uses.0"),
        ({"prices": (fee("-1"),)}, "prices.0.amount"),
        ({"prices": (PriceDesign(PriceFact(kind="usage", name="u")),)}, "prices.0.unit"),
        (
            {"prices": (PriceDesign(PriceFact(kind="discount", name="d", percent=Decimal(101))),)},
            "prices.0.percent",
        ),
        ({"members": (MemberDesign(uuid4()),)}, "members.0.offering"),
        ({"rules": (Rule("requires", ("NONE",)),)}, "rules.0.values"),
        ({"rules": (Rule("age", low=30, high=20),)}, "rules.0.high"),
        ({"rules": (Rule("requires", ("M99",)),)}, "rules.0.values"),
    ],
)
def test_a_wrong_design_is_refused_with_the_field(door, change, field):
    with door("marketer") as actor:
        with pytest.raises(Invalid) as refused:
            catalogue.design_offering(actor=actor, design=replace(design(), **change))
        assert refused.value.field == field
        assert Offering.objects.count() == 0


def test_a_code_belongs_to_one_offering_and_a_bundle_never_contains_itself(door):
    with door("marketer") as actor:
        plan = launched(actor)
        with pytest.raises(catalogue.CodeTaken):
            catalogue.design_offering(actor=actor, design=design())
        bundle = catalogue.design_offering(
            actor=actor, design=design("FAM", members=(MemberDesign(plan.public_id, 1, 4, 2),), prices=())
        )
        outer = design("OUTER", members=(MemberDesign(bundle.public_id),), prices=())
        outer = catalogue.design_offering(actor=actor, design=outer)
        circle = replace(catalogue.design_of(bundle), members=(MemberDesign(outer.public_id),))
        with pytest.raises(Invalid) as refused:
            catalogue.change_offering(actor=actor, offering=bundle.public_id, design=circle)
        assert refused.value.field == "members"
        with pytest.raises(catalogue.StillInUse):
            catalogue.remove_offering(actor=actor, offering=bundle.public_id)
        catalogue.remove_offering(actor=actor, offering=outer.public_id)
        with pytest.raises(NotFound):
            catalogue.get_offering(actor, outer.public_id)


def test_a_bundle_is_priced_with_the_version_of_its_member_that_is_sold(door):
    with door("marketer") as actor:
        plan = launched(actor)
        bundle = launched(actor, "FAM", members=(MemberDesign(plan.public_id, 1, 4, 2),), prices=())
        quote = catalogue.price_of(bundle, start_on=date(2026, 12, 1))
        assert quote.monthly == Decimal(198)
        second = catalogue.begin_version(actor=actor, offering=plan.public_id)
        cheaper = replace(catalogue.design_of(second), prices=(fee("89"),))
        catalogue.change_offering(actor=actor, offering=second.public_id, design=cheaper)
        for state in ("in_test", "active", "launched"):
            step(actor, second, state)
        quote = catalogue.price_of(bundle, start_on=date(2026, 12, 1), counts={"M99": 1})
        assert (quote.monthly, quote.problems) == (Decimal(89), ())


def test_qualification_tells_each_reason(door):
    with door("marketer") as actor:
        rules = (Rule("age", high=25), Rule("channel", ("counter",)), Rule("excludes", ("P19",)))
        old = launched(actor, "P19")
        youth = launched(actor, "YOUTH", rules=rules)
        buyer = Buyer(birth_date=date(1990, 1, 1), channel="counter")
        reasons = catalogue.qualify(buyer, youth, date(2026, 11, 22))
        assert [catalogue.reason_text(reason) for reason in reasons] == ["Only for: Age: up to 25 years."]
        step(actor, youth, "retired")
        youth.refresh_from_db()
        assert [reason.code for reason in catalogue.qualify(buyer, youth)] == ["not_sold", "age"]
        (conflict,) = catalogue.check_compatibility([old], [youth])
        assert catalogue.conflict_text(conflict) == "YOUTH does not go with P19."


def test_nothing_that_somebody_has_becomes_obsolete(door):
    with door("marketer") as actor:
        made = launched(actor)
        step(actor, made, "retired")
    catalogue.holders.add("test", lambda keys: dict.fromkeys(keys, 1))
    try:
        with door("marketer") as actor, pytest.raises(catalogue.StillInUse):
            step(actor, made, "obsolete")
    finally:
        del catalogue.holders._entries["test"]
    with door("marketer") as actor:
        assert step(actor, made, "obsolete").state == "obsolete"


def test_categories_form_a_tree(door):
    with door("marketer") as actor:
        root = catalogue.add_category(actor=actor, given=catalogue.CategoryInput(name="套餐"))
        child = catalogue.add_category(
            actor=actor, given=catalogue.CategoryInput(name="5G", parent=root.public_id)
        )
        plan = launched(actor, category=child.public_id)
        found = catalogue.offerings(actor, catalogue.Wanted(category=root.public_id))
        assert list(found) == [plan]
        with pytest.raises(Invalid) as refused:
            given = catalogue.CategoryInput(name="套餐", parent=child.public_id)
            catalogue.change_category(actor=actor, category=root.public_id, given=given)
        assert refused.value.field == "parent"
        with pytest.raises(catalogue.InUse):
            catalogue.remove_entry(actor=actor, entry=root)


def test_a_price_of_a_launched_offering_cannot_be_touched(door):
    with door("marketer") as actor:
        price = launched(actor).prices.get()
        with pytest.raises(catalogue.NotADraft):
            catalogue.remove_entry(actor=actor, entry=price)
        entry = catalogue.EntryInput(name="x")
        with pytest.raises(catalogue.NotADraft):
            catalogue.change_price(actor=actor, price=price.public_id, given=fee("1"), entry=entry)
        alone = catalogue.add_price(actor=actor, given=fee("1"), entry=entry)
        catalogue.change_price(actor=actor, price=alone.public_id, given=fee("2"), entry=entry)
        assert Price.objects.get(pk=alone.pk).amount == Decimal(2)
        catalogue.remove_entry(actor=actor, entry=alone)


def test_the_list_is_narrowed_and_paged_by_name(door):
    with door("marketer") as actor:
        made = [launched(actor, f"P{number}", name=f"套餐{number}") for number in range(3)]
        step(actor, made[0], "retired")
        names = [row.code for row in catalogue.offerings(actor, catalogue.Wanted())]
        assert names == ["P1", "P2"]
        after = catalogue.Wanted(after=("套餐1", made[1].pk))
        assert [row.code for row in catalogue.offerings(actor, after)] == ["P2"]
        assert [row.code for row in catalogue.offerings(actor, catalogue.Wanted(state="retired"))] == ["P0"]
        assert [row.code for row in catalogue.offerings(actor, catalogue.Wanted(text="p2"))] == ["P2"]
