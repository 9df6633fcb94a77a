"""Group customers: made of an organisation, put into their hierarchy, with members and key persons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.kernel import numbers, series
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import GroupChanged, GroupMade, KeyPersonSet, MemberJoined, MemberLeft
from loopline.keyaccounts.models import Group, KeyPerson, Member, PersonRole
from loopline.keyaccounts.queries.groups import GRADES
from loopline.keyaccounts.queries.whole import whole_operator
from loopline.keyaccounts.refusals import AlreadyAGroup, AlreadyAMember, NotAnOrganisation, WouldCircle
from loopline.keyaccounts.rules.words import clean
from loopline.subscriptions import api as subscriptions

MOST_STAFF = 10_000_000
REVEALED = ("name", "telephone", "birth_date")


def make_group(
    *,
    actor: Actor,
    customer: customers.Customer,
    grade: str,
    industry: str = "",
    staff_count: int | None = None,
    parent: Group | None = None,
) -> Group:
    """An organisation becomes a group customer. Raises NotAnOrganisation, AlreadyAGroup, Invalid."""
    require(actor, "keyaccounts.work")
    _check(grade, staff_count)
    if customer.kind != customers.Kind.ORGANISATION:
        raise NotAnOrganisation(field="customer")
    there = Group.objects.filter(customer=customer).first()
    if there is not None:
        raise AlreadyAGroup(field="customer", number=there.number)
    made = Group.objects.create(
        customer=customer, branch_id=customer.branch_id, number=f"JT{series.take('group')[0]:06d}", grade=grade,
        industry=clean(industry, 100), staff_count=staff_count, parent=parent,
    )  # fmt: skip
    made.path = f"{parent.path if parent else '/'}{made.pk}/"
    made.save(update_fields=["path"])
    record(GroupMade(number=made.number, grade=grade), about=made, by=actor)
    return made


def change_group(
    *,
    actor: Actor,
    group: Group,
    grade: str,
    industry: str,
    staff_count: int | None,
    parent: Group | None,
    version: int,
) -> Group:
    """Change a group or put it under another head, with all below it. Raises WouldCircle, Conflict, Invalid."""
    require(actor, "keyaccounts.work")
    _check(grade, staff_count)
    # One move at a time: two at once could close a circle that neither of them sees.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('keyaccounts.tree'), %s)", [actor.tenant_id])
    found = Group.objects.select_for_update(of=("self",)).select_related("parent__customer").get(pk=group.pk)
    if found.version != version:
        raise Conflict
    above = Group.objects.select_related("customer").get(pk=parent.pk) if parent else None
    if above is not None and above.path.startswith(found.path):
        raise WouldCircle(field="parent", name=above.customer.name)
    wanted = {"grade": grade, "industry": clean(industry, 100), "staff_count": staff_count}
    changes: dict[str, list[object]] = {
        name: [getattr(found, name), value] for name, value in wanted.items() if getattr(found, name) != value
    }
    for name, value in wanted.items():
        setattr(found, name, value)
    if found.parent_id != (above.pk if above else None):
        before = found.parent.customer.name if found.parent else ""
        changes["parent"] = [before, above.customer.name if above else ""]
        _move(found, f"{above.path if above else '/'}{found.pk}/")
        found.parent = above
    found.version = version + 1
    found.save(update_fields=[*wanted, "parent", "version"])
    if changes:
        record(GroupChanged(changes=changes), about=found, by=actor)
    return found


def add_members(
    *,
    actor: Actor,
    group: Group,
    chosen: Iterable[customers.Customer],
    since: date,
    role: str = "",
    line: subscriptions.Subscription | None = None,
) -> list[Member]:
    """Customers (or one line alone) belong to the group from a day on. Raises AlreadyAMember, NotFound."""
    require(actor, "keyaccounts.work")
    made = []
    for customer in chosen:
        if line is not None and line.customer_id != customer.pk:
            raise NotFound
        there = Member.objects.filter(customer=customer, until=None).select_related("group__customer")
        clash = there.filter(subscription=line).first() or (
            there.filter(subscription=None).first() if line else there.first()
        )
        if clash is not None:
            raise AlreadyAMember(field="customer", group=clash.group.customer.name)
        member = Member.objects.create(
            group=group, customer=customer, branch_id=customer.branch_id, subscription=line, since=since,
            role=clean(role, 100),
        )  # fmt: skip
        record(
            MemberJoined(group=group.number, line=numbers.mask_number(line.number) if line else ""),
            about=member,
            by=actor,
        )
        made.append(member)
    return made


def end_membership(*, actor: Actor, member: Member, on: date) -> None:
    """A member leaves on a day."""
    require(actor, "keyaccounts.work")
    found = Member.objects.select_for_update(of=("self",)).select_related("group").get(pk=member.pk)
    if found.until is not None:
        raise Conflict
    if on < found.since:
        raise Invalid(field="on", reason=_("Nobody leaves before he came."))
    found.until = on
    found.save(update_fields=["until"])
    record(MemberLeft(group=found.group.number), about=found, by=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a key person."""

    name: str
    role: str
    position: str = ""
    telephone: str = ""
    birth_date: date | None = None
    note: str = ""


def set_key_person(*, actor: Actor, group: Group, person: Person, of: KeyPerson | None = None) -> KeyPerson:
    """Add a key person, or change one. A mask is no input: an empty telephone of one who has one is kept.

    Raises Invalid.
    """
    require(actor, "keyaccounts.work")
    name = clean(person.name, 100)
    if not name or "*" in name:
        raise Invalid(field="name", reason=_("Give the name in clear."))
    if person.role not in PersonRole.values:
        raise Invalid(field="role", reason=_("There is no such role."))
    row = of or KeyPerson(group=group, customer_id=group.customer_id, branch_id=group.branch_id)
    row.name, row.role, row.position = name, person.role, clean(person.position, 100)
    if person.telephone.strip():
        row.telephone = _number(person.telephone, actor.country)
    row.birth_date, row.note = person.birth_date or row.birth_date, clean(person.note, 2000)
    row.save()
    event = KeyPersonSet(
        masked=customers.masks.name("person", name), role=row.role, change="changed" if of else "added"
    )
    record(event, about=row, by=actor)
    return row


def end_key_person(*, actor: Actor, person: KeyPerson, on: date) -> None:
    """Somebody is a key person no longer."""
    require(actor, "keyaccounts.work")
    person.ended_on = on
    person.save(update_fields=["ended_on"])
    masked = customers.masks.name("person", person.name)
    record(KeyPersonSet(masked=masked, role=person.role, change="ended"), about=person, by=actor)


def reveal_key_person(*, actor: Actor, person: KeyPerson, field: str, address: str = "") -> str:
    """The clear value of a key person's name, telephone or birthday, written into the audit."""
    require(actor, "customers.reveal")
    if field not in REVEALED:
        raise NotFound
    AccessRecord.objects.create(
        kind="reveal",
        staff_id=actor.staff_id,
        staff_name=actor.name,
        customer_id=person.customer_id,
        field=f"key_person:{field}",
        address=address,
    )
    value = getattr(person, field)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _number(text: str, country: str) -> str:
    if "*" in text:
        raise Invalid(field="telephone", reason=_("Give the telephone number in clear."))
    return numbers.e164(clean(text, 40), country)


def _move(group: Group, path: str) -> None:
    with whole_operator():
        Group.objects.filter(path__gte=group.path, path__lt=group.path + "\uffff").update(
            path=Concat(Value(path), Substr(F("path"), len(group.path) + 1))
        )
    group.path = path


def _check(grade: str, staff_count: int | None) -> None:
    if grade not in GRADES:
        raise Invalid(field="grade", reason=_("The grade is A, B or C."))
    if staff_count is not None and not 0 <= staff_count <= MOST_STAFF:
        raise Invalid(field="staff_count", reason=_("Give a number between 0 and 10,000,000."))
