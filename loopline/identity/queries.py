"""Who somebody is and what he may see."""

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils import translation

from loopline.identity.models import (
    Delegation,
    Provider,
    Role,
    SecondStep,
    SignInRules,
    Staff,
    Tenant,
    Unit,
)
from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.compiled import Compiled, Given
from loopline.kernel.scope import Scope

SEES_WHOLE_TENANT = frozenset({"company", "province"})
"""Levels whose staff see every branch. Other staff see the subtree of their branch."""

OPENED = """
SELECT customer_key FROM identity_assignment WHERE staff_id = ANY (%s)
UNION SELECT customer_key FROM identity_walkin WHERE staff_id = ANY (%s) AND until > %s
"""


def digest(key: str) -> bytes:
    """What is kept of a session key or token."""
    return hashlib.sha256(key.encode()).digest()


def find_tenant(code: str) -> int | None:
    """The operator with this code, looked up before anybody is signed in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_find_tenant(%s)", [code.replace("\0", "")])
        row = cursor.fetchone()
    return int(row[0]) if row and row[0] is not None else None


def tenant_ids() -> list[int]:
    """Every active operator, for jobs that serve all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_tenant_ids()")
        return [int(tenant) for (tenant,) in cursor.fetchall()]


def current_tenant() -> Tenant:
    """The operator of the open door."""
    return Tenant.objects.get()


def actor_of(staff: Staff, now: datetime) -> Actor:
    """The actor that a member of staff is, with his permissions and his scope at this moment.

    Whoever stands in for colleagues sees what they see and may do what they may; what he does is in his own name.
    """
    tenant = current_tenant()
    zone = ZoneInfo(tenant.time_zone)
    people = [staff, *absent_colleagues(staff, now.astimezone(zone).date())]
    permissions = frozenset(
        permission for one in people for role in one.roles.all() for permission in role.permissions
    )
    scope = Scope(
        tenant=tenant.pk,
        branches=_branches_of(people),
        customers=_opened_to(people, now),
        staff=staff.pk,
    )
    return assembled(staff, tenant, permissions, scope)


def assembled(staff: Staff, tenant: Tenant, permissions: frozenset[str], scope: Scope) -> Actor:
    """The actor of a member of staff, whose permissions and scope are known."""
    return Actor(
        tenant_id=tenant.pk,
        staff_id=staff.pk,
        name=_named(staff),
        permissions=permissions,
        scope=scope,
        unit_id=staff.unit_id,
        unit_name=_named(staff.unit),
        user_name=staff.user_name,
        operator=_named(tenant),
        operator_code=tenant.code,
        zone=ZoneInfo(tenant.time_zone),
        country=tenant.country,
        currency=tenant.currency,
        ahead_to=tenant.ahead_to,
    )


def absent_colleagues(staff: Staff, day: date) -> list[Staff]:
    """Those for whom a member of staff stands in on a day of the operator's zone."""
    if not staff.may_stand_in:
        return []
    rows = Delegation.objects.filter(
        to=staff, first_day__lte=day, last_day__gte=day, ended_at=None, staff__is_active=True
    )
    rows = rows.select_related("staff__unit__parent").prefetch_related("staff__roles")
    return list({row.staff_id: row.staff for row in rows}.values())


def has_second_step(staff: Staff) -> bool:
    """Whether signing in takes a code besides the password."""
    return SecondStep.objects.filter(staff=staff, confirmed_at__isnull=False).exists()


def colleagues(actor: Actor, text: str, limit: int = 10) -> list[Staff]:
    """Colleagues whose name or sign-in contains a text."""
    named = Q(name__icontains=text) | Q(name_en__icontains=text) | Q(user_name__icontains=text)
    rows = Staff.objects.filter(named, is_active=True).exclude(pk=actor.staff_id)
    return list(rows.select_related("unit").order_by("name")[:limit])


def sign_in_rules() -> SignInRules:
    """What the operator of the open door asks of passwords."""
    return SignInRules.objects.first() or SignInRules()


def must_renew_password(staff: Staff) -> bool:
    """Whether somebody else chose the password, or it is too old."""
    days = sign_in_rules().days_valid
    too_old = bool(days) and staff.password_set_at + timedelta(days=days) < clock.now()
    return staff.must_change_password or too_old


def providers() -> list[Provider]:
    """The providers through which one may sign in."""
    return list(Provider.objects.filter(is_active=True).order_by("name"))


def minutes_until(moment: datetime) -> int:
    """Whole minutes from now, at least one."""
    return max(1, round((moment - clock.now()).total_seconds() / 60))


def platform_actor(tenant_id: int, name: str) -> Actor:
    """The system's actor inside a tenant, with the operator's zone and currency."""
    tenant = current_tenant()
    return replace(
        Actor(tenant_id, 0, name, frozenset(), Scope(tenant_id), is_system=True),
        zone=ZoneInfo(tenant.time_zone),
        country=tenant.country,
        currency=tenant.currency,
        ahead_to=tenant.ahead_to,
        operator=tenant.name,
        operator_code=tenant.code,
    )


def roles(actor: Actor) -> QuerySet[Role]:
    """Every role of the operator."""
    require(actor, "administration.staff")
    return Role.objects.all()


def subtree(unit: Unit) -> list[int]:
    """The ids of a unit and all below it."""
    rows = Unit.objects.filter(path__gte=unit.path, path__lt=unit.path + "\uffff")
    return list(rows.values_list("pk", flat=True))


def subtree_of(code: str) -> list[int]:
    """The ids of the unit with this code and all below it, in one query; none if there is no such unit."""
    return _subtree_of(code=code)


@Compiled
def _subtree_of() -> QuerySet[Unit, int]:
    top = Subquery(Unit.objects.filter(code=Given("code")).values("path"))
    below = Unit.objects.filter(path__gte=top, path__lt=Concat(top, Value("\uffff")))
    return below.order_by("path").values_list("pk", flat=True)


def _branches_of(people: list[Staff]) -> tuple[int, ...] | None:
    if any(one.unit.level in SEES_WHOLE_TENANT for one in people):
        return None
    units = {unit.pk: unit for unit in (_branch_or_above(one.unit) for one in people)}
    return tuple(dict.fromkeys(key for unit in units.values() for key in subtree(unit)))


def _branch_or_above(unit: Unit) -> Unit:
    """A team works for the customers of the unit it belongs to."""
    return unit.parent if unit.level == "team" and unit.parent is not None else unit


def _opened_to(people: list[Staff], now: datetime) -> tuple[int, ...]:
    keys = [one.pk for one in people]
    with connection.cursor() as cursor:
        cursor.execute(OPENED, [keys, keys, now])
        return tuple(key for (key,) in cursor.fetchall())


def _named(row: Staff | Unit | Tenant) -> str:
    english = not (translation.get_language() or "en").startswith("zh")
    return (english and row.name_en) or row.name
