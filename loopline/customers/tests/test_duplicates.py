"""Two files of one customer are noticed before there are two: over the whole operator, and told in masks."""

from datetime import date

import pytest

from loopline.customers import actions, queries
from loopline.customers import api as customers
from loopline.customers.models import Customer
from loopline.kernel.errors import NotAllowed
from loopline.kernel.models import AccessRecord, Event

CARD = "11010519491231002X"
BORN = date(1985, 6, 1)


def _open(operator, who="clerk1", **given):
    with operator.door(who) as actor:
        return actions.create_customer(actor=actor, **({"name": "张三丰"} | given))


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"telephone": "138 0013 8000"}, {"name": "李四", "telephone": "+8613800138000"}, ["number"]),
        ({"email": "Zhang@Example.cn"}, {"name": "李四", "email": "zhang@example.cn"}, ["email"]),
        ({"birth_date": BORN}, {"name": " 张三丰 ", "birth_date": BORN}, ["birthday"]),
        ({"street": "和平路 12号"}, {"street": "和平路１２号。"}, ["address"]),
        (
            {"document_kind": "identity_card", "document": CARD, "birth_date": BORN},
            {"document_kind": "identity_card", "document": CARD, "birth_date": BORN},
            ["document", "birthday"],
        ),
    ],
)
def test_each_key_finds_a_double_in_another_branch(operator, first, second, why):
    known = _open(operator, **first)
    with operator.door("southerner") as elsewhere, pytest.raises(actions.PossibleDuplicate) as refused:
        actions.create_customer(actor=elsewhere, **({"name": "张三丰"} | second))
    (candidate,) = refused.value.facts["candidates"]
    assert candidate == {
        "id": str(known.public_id),
        "number": "C00000001",
        "name": "张**",
        "branch": "North One",
        "reasons": why,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"name": "张三", "birth_date": BORN},
        {"birth_date": date(1985, 6, 2)},
        {"name": "李四", "street": "和平路12号"},
        {"street": "和平路13号"},
        {},
    ],
)
def test_who_only_looks_alike_is_let_in(operator, other):
    _open(operator, birth_date=BORN, street="和平路12号")
    assert _open(operator, **other).number == "C00000002"


def test_a_second_file_needs_the_permission_and_a_reason_and_is_audited(operator):
    _open(operator, telephone="13800138000")
    again = {"name": "李四", "telephone": "13800138000", "sure": True}
    with operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        actions.create_customer(actor=clerk, reason="Another person", **again)
    with operator.door("north") as supervisor:
        with pytest.raises(actions.SecondFileNeedsReason):
            actions.create_customer(actor=supervisor, **again)
        made = actions.create_customer(actor=supervisor, reason="His wife uses his number", **again)
        event = Event.objects.get(name="customers.opened_beside", about_id=made.pk)
        assert event.payload == {"others": {"C00000001": ["number"]}, "reason": "His wife uses his number"}
        looked = AccessRecord.objects.get(kind="second_file")
        assert (looked.customer_id, looked.staff_name) == (made.pk, "赵北")


def test_an_operator_may_choose_to_be_warned_only(operator):
    with operator.door("admin") as admin:
        actions.set_policy(actor=admin, changes={"duplicates": "warn"})
    _open(operator, telephone="13800138000")
    with operator.door("clerk1") as clerk:
        opened = actions.open_file(actor=clerk, name="李四", telephone="13800138000")
        assert [(match.number, match.why) for match in opened.matches] == [("C00000001", ["number"])]
    with operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        actions.set_policy(actor=clerk, changes={"duplicates": "refuse"})


def test_keys_follow_changes_and_bulk_writers(operator):
    made = _open(operator, birth_date=BORN)
    with operator.door("clerk1") as clerk:
        actions.change_customer(
            actor=clerk, customer=made, version=1, changes={"name": "李四光", "birth_date": BORN}
        )
        assert _found("张三丰") == []
        assert _found("李四光") == ["C00000001"]
    with operator.door():
        bulk = customers.write_customers(
            {
                "branch_id": [operator.units["south-1"]],
                "name": ["王五"],
                "birth_date": [BORN],
                "street": ["和平路12号"],
            },
            source="boss",
        )
        assert _found("王五") == ["C00000002"]
        assert [m.why for m in queries.find_matches(queries.Known("王五", places=[("", "和平路12号")]))] == [
            ["address"]
        ]
        customers.amend_customers({bulk.customer_ids[0]: customers.Amendment(name="赵六")})
        assert (_found("王五"), _found("赵六")) == ([], ["C00000002"])
        Customer.objects.update(born_key=None)
        assert customers.fill_in_keys() == 2
        assert _found("赵六") == ["C00000002"]
        assert customers.fill_in_keys() == 0


def _found(name: str) -> list[str]:
    return [match.number for match in queries.find_matches(queries.Known(name, BORN))]


def test_who_is_not_to_be_served_gets_no_second_file(operator):
    known = _open(operator, document_kind="identity_card", document=CARD)
    with operator.door("north") as supervisor:
        actions.stop_service(actor=supervisor, customer=known, reason="fraud", note="Reported by the police")
    with operator.door("southerner") as elsewhere, pytest.raises(actions.NotToBeServed):
        actions.create_customer(
            actor=elsewhere,
            name="张三丰",
            document_kind="identity_card",
            document=CARD,
            sure=True,
            reason="He asks",
        )
    with operator.door("north") as supervisor:
        with pytest.raises(actions.NotToBeServed):
            actions.check_served(known)
        actions.resume_service(actor=supervisor, customer=known, reason="It was another person")
        actions.check_served(known)
