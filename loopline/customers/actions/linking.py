"""Who lives together or belongs together: proposed links accepted or declined, households and groups."""

from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.actions import inputs
from loopline.customers.events import HouseholdJoined, HouseholdLeft, ToldApart
from loopline.customers.models import Customer, DeclinedLink, Household, HouseholdMember
from loopline.kernel import clock, series
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

ROLES = ("head", "member")
HOUSEHOLD, GROUP, DOUBLE = "household", "group", "double"
"""Ways in which two files can belong together; a double is one for `merge_customers`."""


class InTwoHouseholds(Refusal):
    """The two customers are members of different households."""

    code = "in_two_households"
    status = 409
    sentence = _("Both belong to a household already. Let one of them leave his first.")


def link_customers(*, actor: Actor, customer: Customer, other: Customer) -> Household:
    """Put two customers into one household, or one group where one of them is an organisation."""
    require(actor, "customers.edit")
    first, second = sorted((customer, other), key=lambda row: row.pk)
    rows = {row.pk: row for row in (queries.locked(first), queries.locked(second))}
    if len(rows) == 1:
        raise Refusal
    members = {
        row.customer_id: row.household
        for row in HouseholdMember.objects.filter(customer__in=rows).select_related("household")
    }
    if len({home.pk for home in members.values()}) > 1:
        raise InTwoHouseholds
    home = next(iter(members.values()), None) or _found(rows[customer.pk], rows[other.pk])
    for key in (customer.pk, other.pk):
        if key not in members:
            _join(actor, rows[key], home, "head" if not members and key == customer.pk else "member")
    DeclinedLink.objects.filter(customer__in=rows, other__in=rows, kind__in=[HOUSEHOLD, GROUP]).delete()
    return home


def leave_household(*, actor: Actor, customer: Customer) -> None:
    """The customer is no longer a member; the last but one to leave dissolves the household."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    member = HouseholdMember.objects.filter(customer=row).select_related("household").first()
    if member is None:
        return
    home = member.household
    member.delete()
    record(HouseholdLeft(household=home.number, kind=home.kind), about=row, by=actor)
    alone = list(HouseholdMember.objects.filter(household=home).select_related("customer")[:2])
    if len(alone) == 1:
        record(HouseholdLeft(household=home.number, kind=home.kind), about=alone[0].customer, by=actor)
        alone[0].delete()


def decline_link(*, actor: Actor, customer: Customer, other: str, kind: str) -> None:
    """Say that a customer and another (public id) do not belong together in this way; it is not proposed again."""
    require(actor, "customers.edit")
    inputs.choice("kind", kind, [HOUSEHOLD, GROUP, DOUBLE])
    row = queries.locked(customer)
    second = _other(row, other)
    _link, created = DeclinedLink.objects.get_or_create(
        customer=row,
        other_id=second.id,
        kind=kind,
        defaults={"branch_id": row.branch_id, "by": actor.name, "at": clock.now()},
    )
    if created:
        record(ToldApart(other=second.number, kind=kind), about=row, by=actor)


def propose_again(*, actor: Actor, customer: Customer, other: str, kind: str) -> None:
    """Take back `decline_link`."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    DeclinedLink.objects.filter(customer=row, other_id=_other(row, other).id, kind=kind).delete()


def _other(customer: Customer, public_id: str) -> Customer | queries.Match:
    """Another customer: one that is visible, or that a match key has shown masked. Raises NotFound."""
    matches = queries.find_matches(queries.known_of(customer), besides=[customer.pk])
    hidden = next((match for match in matches if str(match.public_id) == public_id), None)
    return hidden or queries.visible(public_id)


def _found(customer: Customer, other: Customer) -> Household:
    (running,) = series.take("household", prefix="H")
    kind = GROUP if "organisation" in (customer.kind, other.kind) else HOUSEHOLD
    return Household.objects.create(number=f"H{running:08d}", kind=kind)


def _join(actor: Actor, customer: Customer, home: Household, role: str) -> None:
    HouseholdMember.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        household=home,
        role=role,
        since=clock.today(actor.zone),
    )
    event = HouseholdJoined(household=home.number, kind=home.kind, role=role)
    record(event, about=customer, by=actor)
