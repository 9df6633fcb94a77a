"""Secondary cards and family sharing: added by an order, paid by whom it says, ended with the primary line."""

import pytest
from django.test import Client

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.customers.panels import Subject, gather
from loopline.identity.models import WalkIn
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.models import Event
from loopline.orders.actions import NotPossible, WantedItem
from loopline.subscriptions.models import Sharing, Subscription

PRIMARY, SECOND, THIRD = "+8613805350017", "+8613805350018", "+8613805350019"


def share(shop, primary, member, payer="primary", kind="share"):
    detail = {"member": member, "payer": payer}
    return shop.accept(WantedItem(kind, subscription=primary, detail=detail))


def line(number):
    return Subscription.objects.select_related("account").get(number=number)


def another(shop):
    """A line of another customer of the branch, with an account of his own."""
    first = shop.customer
    with shop.operator.door("clerk1") as clerk:
        shop.customer = customers.create_customer(actor=clerk, name="李小妹")
    made = shop.line(SECOND, "M59")
    sister, shop.customer = shop.customer, first
    return made, sister


def test_a_family_member_shares_and_the_primary_line_pays_until_it_closes(shop):
    primary = shop.line(PRIMARY)
    _, sister = another(shop)
    order = share(shop, primary, "138 0535 0018")
    assert order.agreement.splitlines()[1] == (
        "The line shares the allowance of the primary line; the primary line pays for it."
    )
    assert shop.drive(order).state == "completed"
    with shop.operator.door("clerk1") as clerk:
        row = Sharing.objects.get()
        assert (row.role, row.payer, row.started_on.isoformat()) == ("family", "primary", "2026-07-10")
        assert line(SECOND).account_id == line(PRIMARY).account_id
        for who, told in [
            (shop.customer, {"as": "primary", "other": "138 **** 0018", "payer": "primary"}),
            (sister, {"as": "family", "other": "138 **** 0017", "payer": "primary"}),
        ]:
            found = {each.name: each.facts for each in gather(Subject(who, clerk))}
            assert [shared for each in found["have"].lines for shared in each.shares] == [told]
    closing = shop.accept(WantedItem("close", subscription=primary))
    assert "1 secondary line loses the shared allowance and pays for itself." in closing.agreement
    shop.drive(closing)
    with shop.operator.door():
        row.refresh_from_db()
        assert row.ended_on.isoformat() == "2026-07-10"
        member = line(SECOND)
        assert (member.state, member.account.customer_id) == ("active", sister.pk)
        told = Event.objects.filter(about_id=member.pk, name__startswith="subscriptions.sharing")
        assert list(told.order_by("id").values_list("name", flat=True)) == [
            "subscriptions.sharing_began",
            "subscriptions.sharing_ended",
        ]


def test_a_secondary_card_of_the_same_customer_is_removed_again(shop):
    primary = shop.line(PRIMARY)
    shop.line(SECOND)
    shop.drive(share(shop, primary, SECOND, payer="own"))
    with shop.operator.door():
        assert Sharing.objects.get().role == "secondary"
    removed = share(shop, primary, SECOND, kind="unshare")
    assert shop.drive(removed).state == "completed"
    with shop.operator.door():
        assert not Sharing.objects.filter(ended_on=None).exists()
    with pytest.raises(NotPossible, match="no secondary line"):
        share(shop, primary, SECOND, kind="unshare")
    with pytest.raises(NotPossible, match="no secondary line"):
        share(shop, primary, THIRD, kind="unshare")


def test_the_plan_says_how_many_and_a_line_shares_once(shop):
    with shop.operator.door():
        Offering.objects.filter(code="M239").update(
            characteristics=[{"code": "secondary_lines", "name": "副卡数", "kind": "whole", "default": "1"}]
        )
    primary, other = shop.line(PRIMARY, "M239"), shop.line(THIRD)
    shop.line(SECOND)
    with pytest.raises(Invalid, match="walk-in first"):
        share(shop, primary, "+8613805350099")
    with pytest.raises(NotPossible, match="shares already"):
        share(shop, primary, PRIMARY)
    shop.drive(share(shop, primary, SECOND))
    with pytest.raises(NotPossible, match="at most 1 secondary"):
        share(shop, primary, THIRD)
    with pytest.raises(NotPossible, match="shares already"):
        share(shop, other, SECOND)
    with pytest.raises(NotPossible, match="shares already"):
        share(shop, other, PRIMARY)


def test_two_orders_for_one_member_end_with_one_sharing(shop):
    primary, other = shop.line(PRIMARY), shop.line(THIRD)
    shop.line(SECOND)
    first, second = share(shop, primary, SECOND), share(shop, other, SECOND)
    assert (shop.drive(first).state, shop.drive(second).state) == ("completed", "failed")
    with shop.operator.door():
        assert Sharing.objects.get(ended_on=None).primary.number == PRIMARY
    assert shop.performed().get("share_allowance") == 1


def walk_in(shop, who, number):
    """A clerk opens the customer of this number for the day."""
    with shop.operator.door(who) as clerk:
        (found,) = customers.find_walk_in(actor=clerk, text=number, reason="Stands at the counter")
        return customers.open_walk_in(actor=clerk, ticket=found.ticket, reason="Stands at the counter")


def lines_of(shop, who, customer):
    with shop.operator.door(who) as clerk:
        found = {each.name: each.facts for each in gather(Subject(customer, clerk))}
        return [shared for each in found["have"].lines for shared in each.shares]


def in_the_other_branch(shop):
    """A line of a customer of the second branch, who has no customer of the first one."""
    first = shop.customer
    with shop.operator.door("clerk2") as clerk:
        shop.customer = customers.create_customer(actor=clerk, name="李小妹")
    assert shop.customer.branch_id == shop.operator.units["north-2"]
    shop.drive(shop.accept(shop.opening(SECOND, "M59"), who="clerk2"))
    sister, shop.customer = shop.customer, first
    return sister


def test_the_main_line_is_of_a_walk_in_from_another_branch(shop):
    primary = shop.line(PRIMARY)
    sister = in_the_other_branch(shop)
    wanted = WantedItem("share", subscription=primary, detail={"member": SECOND, "payer": "primary"})
    with pytest.raises(NotFound):
        shop.accept(wanted, who="clerk2")
    with pytest.raises(Invalid, match="walk-in first"):
        shop.accept(wanted, who="clerk1")
    assert walk_in(shop, "clerk2", PRIMARY) == shop.customer
    order = shop.accept(wanted, who="clerk2")
    assert (shop.drive(order).state, order.branch_id) == ("completed", shop.operator.units["north-1"])
    with shop.operator.door():
        row = Sharing.objects.get()
        assert (row.role, row.branch_id) == ("family", shop.operator.units["north-1"])
        assert line(SECOND).account.customer_id == shop.customer.pk
    # Each branch sees its own end; the clerk who opened the other sees both for the day.
    assert lines_of(shop, "clerk1", shop.customer) == [{"as": "primary", "other": "", "payer": "primary"}]
    assert lines_of(shop, "clerk2", sister) == [
        {"as": "family", "other": "138 **** 0017", "payer": "primary"}
    ]
    with shop.operator.door():
        WalkIn.objects.all().delete()
    assert lines_of(shop, "clerk2", sister) == [{"as": "family", "other": "", "payer": "primary"}]


def test_programs_see_the_secondary_line_without_the_account_of_the_other_branch(shop):
    primary = shop.line(PRIMARY)
    sister = in_the_other_branch(shop)
    walk_in(shop, "clerk1", SECOND)
    shop.drive(share(shop, primary, SECOND))
    url = f"/tmf-api/productInventory/v4/product?relatedParty.id={sister.public_id}"
    for who, has_account in [("clerk2", False), ("north", True)]:
        (told,) = Client(headers={"authorization": f"Bearer {shop.operator.token(who)}"}).get(url).json()
        assert (told["status"], "billingAccount" in told) == ("active", has_account)
    removed = share(shop, primary, SECOND, kind="unshare")
    assert shop.drive(removed).state == "completed"
    with shop.operator.door("clerk2"):
        assert line(SECOND).account.customer_id == sister.pk


def test_the_page_says_that_the_other_line_is_of_another_branch(shop):
    primary = shop.line(PRIMARY)
    sister = in_the_other_branch(shop)
    walk_in(shop, "clerk1", SECOND)
    shop.drive(share(shop, primary, SECOND))
    page = shop.operator.client("clerk2").get(f"/customers/{sister.public_id}").content.decode()
    assert "Family member · a line of another branch · The primary line pays" in page
