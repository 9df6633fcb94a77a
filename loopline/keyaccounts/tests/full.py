"""A row in each of this module's tables that hang on a customer."""

from datetime import UTC, date, datetime
from decimal import Decimal

from loopline.keyaccounts.models import (
    CareStep,
    Charge,
    Group,
    GroupContract,
    GroupProduct,
    KeyPerson,
    Member,
    Post,
    Visit,
)
from loopline.testing import Operator

DAY = date(2026, 3, 1)


def full_key_account(operator: Operator, customer: int, branch: int) -> None:
    """In an open door of the system."""
    own = {"branch_id": branch, "customer_id": customer}
    post = Post.objects.filter(staff_id=operator.staff["admin"]).first() or Post.objects.create(
        level="director", staff_id=operator.staff["admin"], unit_id=operator.units["company"], since=DAY
    )
    Post.objects.filter(pk=post.pk).update(path=f"/{post.pk}/")
    Charge.objects.create(post=post, staff_id=post.staff_id, since=DAY, until=DAY, **own)
    CareStep.objects.create(what="call", way="call", due_on=DAY, done_on=DAY, **own)
    Visit.objects.create(
        staff_id=post.staff_id, state="done", planned_at=datetime(2026, 3, 1, tzinfo=UTC), **own
    )
    group = Group.objects.create(number=f"JT{customer}", grade="C", **own)
    Group.objects.filter(pk=group.pk).update(path=f"/{group.pk}/")
    Member.objects.create(group=group, since=DAY, until=DAY, **own)
    KeyPerson.objects.create(group=group, name="何总", ended_on=DAY, **own)
    contract = GroupContract.objects.create(
        group=group, number=f"HT{customer}", name="专线", starts_on=DAY, ends_on=DAY, value=Decimal(1), **own
    )
    GroupProduct.objects.create(
        group=group, contract=contract, name="专线", monthly_fee=Decimal(1), since=DAY, **own
    )
