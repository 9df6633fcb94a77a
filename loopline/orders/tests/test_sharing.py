"""Secondary cards and family sharing: added by an order, paid by whom it says, ended with the primary line."""

import pytest

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.customers.panels import Subject, gather
from loopline.kernel.errors import Invalid
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
    with pytest.raises(Invalid, match="number of a line"):
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
