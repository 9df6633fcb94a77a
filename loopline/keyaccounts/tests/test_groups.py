"""A group customer: its tree without circles, members, contracts that follow one another, value and weighted risk."""

from datetime import date
from decimal import Decimal

import pytest

from loopline.documents import api as documents
from loopline.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from loopline.kernel.models import AccessRecord
from loopline.keyaccounts import api
from loopline.keyaccounts.queries import groups as queries
from loopline.keyaccounts.refusals import (
    AlreadyAGroup,
    AlreadyAMember,
    NotAnOrganisation,
    NumberTaken,
    WouldCircle,
)
from loopline.keyaccounts.rules import groupvalue
from loopline.keyaccounts.tests.ground import TODAY, Desk, account, found_desk
from loopline.subscriptions import api as subscriptions


@pytest.fixture
def desk(operator) -> Desk:
    return found_desk(operator)


def test_the_risk_of_a_group_is_weighted_by_value():
    # A line worth 900 at 10 % and one worth 100 at 60 %: 150 of 1000 are expected to leave.
    assert groupvalue.weighed(
        [(0.1, Decimal(900)), (0.6, Decimal(100)), (0.9, Decimal(-5))]
    ) == groupvalue.Weighed(pytest.approx(0.15), Decimal(1000), Decimal("150.00"))
    assert groupvalue.weighed([]) == groupvalue.NOTHING


def test_a_group_is_worth_what_it_and_its_members_pay(desk):
    operator = desk.operator
    with operator.door():
        house = account(
            operator, "north-1", "机械厂", kind="organisation", bills=(1000, 1200), risk=0.1, value=900
        )
        one = account(operator, "north-1", "工一", bills=(100, 100), risk=0.6, value=100)
        two = account(operator, "north-2", "工二", bills=(50, 80))
    with operator.door("dept_north") as actor:
        group = api.make_group(actor=actor, customer=house, grade="A", industry="制造", staff_count=800)
        api.add_members(actor=actor, group=group, chosen=[one, two], since=date(2026, 1, 1), role="员工")
        worth = api.worth_of([group.pk], TODAY)[group.pk]
        assert (worth.members, worth.lines, worth.own, worth.members_revenue) == (
            2,
            3,
            Decimal(1200),
            Decimal(180),
        )
        assert (worth.revenue, worth.at_risk) == (Decimal(1380), 1)
        assert worth.weighed == groupvalue.Weighed(pytest.approx(0.15), Decimal(1000), Decimal("150.00"))
        assert api.trend_of(group, TODAY) == [
            (date(2026, 4, 1), Decimal(1000), Decimal(150)),
            (date(2026, 5, 1), Decimal(1200), Decimal(180)),
        ]
        assert [(row.name, row.revenue, row.risk) for row in queries.members_of(group, TODAY)] == [
            ("工一", Decimal(100), 0.6),
            ("工二", Decimal(80), None),
        ]
        with pytest.raises(AlreadyAMember, match="机械厂"):
            api.add_members(actor=actor, group=group, chosen=[one], since=TODAY)
        member = api.Member.objects.get(customer=one)
        with pytest.raises(Invalid):
            api.end_membership(actor=actor, member=member, on=date(2025, 12, 31))
        api.end_membership(actor=actor, member=member, on=TODAY)
        with pytest.raises(Conflict):
            api.end_membership(actor=actor, member=member, on=TODAY)
        assert api.worth_of([group.pk], TODAY)[group.pk].members_revenue == Decimal(80)
    with operator.door("am1") as actor:  # who sees one hall only counts what he sees
        assert api.worth_of([group.pk], TODAY)[group.pk].members == 0


def test_one_line_alone_can_be_a_member(desk):
    operator = desk.operator
    with operator.door() as system:
        house = account(operator, "north-1", "机械厂", kind="organisation")
        one, other = account(operator, "north-1", "工一", bills=(100,)), account(operator, "north-1", "工二")
        line = subscriptions.Subscription.objects.get(customer=one)
        group = api.make_group(actor=system, customer=house, grade="C")
        api.add_members(actor=system, group=group, chosen=[one], since=TODAY, line=line)
        assert api.worth_of([group.pk], TODAY)[group.pk].members_revenue == Decimal(100)
        with pytest.raises(NotFound):
            api.add_members(actor=system, group=group, chosen=[other], since=TODAY, line=line)
        with pytest.raises(AlreadyAMember):
            api.add_members(actor=system, group=group, chosen=[one], since=TODAY)


def test_the_tree_never_closes_a_circle(desk):
    operator = desk.operator
    with operator.door():
        houses = [account(operator, "north-1", name, kind="organisation") for name in ("总", "分", "支")]
        person = account(operator, "north-1", "王一")
    with operator.door("am1") as actor:
        head = api.make_group(actor=actor, customer=houses[0], grade="A")
        part = api.make_group(actor=actor, customer=houses[1], grade="B", parent=head)
        leaf = api.make_group(actor=actor, customer=houses[2], grade="C", parent=part)
        with pytest.raises(AlreadyAGroup):
            api.make_group(actor=actor, customer=houses[0], grade="A")
        with pytest.raises(NotAnOrganisation):
            api.make_group(actor=actor, customer=person, grade="A")
        same = {"industry": "", "staff_count": None}
        for parent in (head, part, leaf):
            with pytest.raises(WouldCircle):
                api.change_group(actor=actor, group=head, grade="A", parent=parent, version=1, **same)
        api.change_group(actor=actor, group=leaf, grade="C", parent=head, version=1, **same)
        api.change_group(actor=actor, group=part, grade="B", parent=leaf, version=1, **same)
        assert [row.customer.name for row in queries.family(head)] == ["总", "支", "分"]
        with pytest.raises(Conflict):
            api.change_group(actor=actor, group=part, grade="B", parent=None, version=1, **same)
        alone = api.change_group(actor=actor, group=leaf, grade="C", parent=None, version=2, **same)
        assert [row.customer.name for row in queries.family(alone)] == ["支", "分"]


def test_a_contract_is_signed_filed_and_renewed_once(desk):
    operator = desk.operator
    with operator.door():
        house = account(operator, "north-1", "机械厂", kind="organisation")
    days = {"starts_on": date(2025, 7, 1), "ends_on": date(2026, 6, 30)}
    with operator.door("am1") as actor:
        group = api.make_group(actor=actor, customer=house, grade="A")
        first = api.sign_contract(
            actor=actor, group=group, name="框架", value=Decimal(120000), number="a-1", **days
        )
        assert first.number == "A-1"
        with pytest.raises(NumberTaken):
            api.sign_contract(actor=actor, group=group, name="又一", value=Decimal(1), number="A-1", **days)
        with pytest.raises(Invalid):
            api.sign_contract(
                actor=actor,
                group=group,
                name="x",
                value=Decimal(1),
                starts_on=TODAY,
                ends_on=date(2026, 1, 1),
            )
        api.attach_file(actor=actor, contract=first, name="合同.txt", content="甲方乙方".encode())
        assert [file.name for file in documents.documents_of(first)] == ["合同.txt"]
        following = api.sign_contract(
            actor=actor, group=group, name="框架二期", value=Decimal(150000), starts_on=date(2026, 7, 1),
            ends_on=date(2027, 6, 30), renews=first,
        )  # fmt: skip
        with pytest.raises(Conflict):
            api.sign_contract(actor=actor, group=group, name="x", value=Decimal(1), renews=first, **days)
        product = api.add_product(
            actor=actor, group=group, name="集团V网", quantity=200, monthly_fee=Decimal(1000), since=TODAY,
            contract=following,
        )  # fmt: skip
        api.end_product(actor=actor, product=product, on=TODAY)
        api.terminate_contract(actor=actor, contract=following, on=TODAY, reason="改制")
        with pytest.raises(Conflict):
            api.terminate_contract(actor=actor, contract=following, on=TODAY, reason="改制")
        (file,) = documents.documents_of(first)
    assert operator.client("am1").get(f"/documents/{file.public_id}").status_code == 200
    assert operator.client("am3").get(f"/documents/{file.public_id}").status_code == 404
    assert operator.client("clerk1").get(f"/documents/{file.public_id}").status_code == 403


def test_a_key_person_is_masked_and_each_look_is_kept(desk):
    operator = desk.operator
    with operator.door():
        house = account(operator, "north-1", "机械厂", kind="organisation")
    with operator.door("am1") as actor:
        group = api.make_group(actor=actor, customer=house, grade="A")
        person = api.Person(name="何启明", role="decides", position="厂长", telephone="139 0571 0001")
        with pytest.raises(Invalid):
            api.set_key_person(actor=actor, group=group, person=api.Person(name="何**", role="decides"))
        made = api.set_key_person(actor=actor, group=group, person=person)
        assert made.telephone == "+861390571" + "0001"
    browser = operator.client("am1")
    page = browser.get(f"/groups/{group.public_id}").content.decode()
    assert "何**" in page
    assert "何启明" not in page
    shown = browser.post(f"/groups/people/{made.public_id}/reveal/name").content.decode()
    assert shown == "何启明"
    with operator.door():
        (look,) = AccessRecord.objects.filter(kind="reveal")
        assert (look.staff_name, look.customer_id, look.field) == ("客一", house.pk, "key_person:name")
    assert operator.client("am3").post(f"/groups/people/{made.public_id}/reveal/name").status_code == 404
    with operator.door("clerk1") as actor, pytest.raises(NotAllowed):
        api.end_key_person(actor=actor, person=made, on=TODAY)
