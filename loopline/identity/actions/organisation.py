"""What can be done with operators, units and the staff in them."""

from datetime import date, datetime, time, timedelta

from django.db import connection

from loopline.identity import queries
from loopline.identity.actions.roles import keep_an_administrator
from loopline.identity.actions.signing_in import set_password
from loopline.identity.events import StaffChanged, StaffJoined, UnitAdded, UnitChanged
from loopline.identity.models import Role, Session, Staff, StaffRole, Tenant, Token, Unit, WalkIn
from loopline.identity.permissions import ROLES
from loopline.identity.refusals import NameTaken
from loopline.kernel import clock
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, change, current


def found_tenant(*, code: str, name: str, name_en: str = "", root: str = "") -> Tenant:
    """Create an operator with its first unit and the starting roles, and move the open door into it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('identity_tenant', 'id'))")
        (tenant_id,) = cursor.fetchone()
    if queries.find_tenant(code) is not None:
        raise NameTaken(field="code", name=code)
    change(Scope(tenant_id))
    tenant = Tenant.objects.create(id=tenant_id, code=code, name=name, name_en=name_en)
    unit = Unit.objects.create(level="company", code=root or code.upper(), name=name, name_en=name_en)
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    for role_code, (chinese, english, permissions) in ROLES.items():
        Role.objects.create(code=role_code, name=chinese, name_en=english, permissions=permissions)
    return tenant


def add_unit(*, actor: Actor, parent: Unit, level: str, code: str, name: str, name_en: str = "") -> Unit:
    """Add a unit under another."""
    require(actor, "administration.organisation")
    if Unit.objects.filter(code=code).exists():
        raise NameTaken(field="code", name=code)
    unit = Unit.objects.create(parent=parent, level=level, code=code, name=name, name_en=name_en)
    unit.path = f"{parent.path}{unit.pk}/"
    unit.save(update_fields=["path"])
    record(UnitAdded(unit=name, parent=parent.name), about=unit, by=actor)
    return unit


def rename_unit(*, actor: Actor, unit: Unit, name: str, name_en: str) -> None:
    """Give a unit another name."""
    require(actor, "administration.organisation")
    changes: dict[str, list[object]] = {"name": [unit.name, name], "name_en": [unit.name_en, name_en]}
    unit.name, unit.name_en = name, name_en
    unit.save(update_fields=["name", "name_en"])
    record(UnitChanged(changes=changes), about=unit, by=actor)


def add_staff(
    *,
    actor: Actor,
    user_name: str,
    name: str,
    unit: Unit,
    roles: list[str],
    password: str,
    name_en: str = "",
    language: str = "",
    must_change_password: bool = False,
    email: str = "",
) -> Staff:
    """Add a member of staff; where somebody else chose the password, he must change it when he first signs in."""
    require(actor, "administration.staff")
    _check_email(email)
    if Staff.objects.filter(user_name__iexact=user_name).exists():
        raise NameTaken(field="user_name", name=user_name)
    staff = Staff.objects.create(
        user_name=user_name, name=name, name_en=name_en, unit=unit, language=language, email=email
    )
    set_password(staff, password)
    if must_change_password:
        Staff.objects.filter(pk=staff.pk).update(must_change_password=True)
    _give_roles(staff, roles)
    record(StaffJoined(user_name=user_name, unit=unit.name), about=staff, by=actor)
    return staff


def change_staff(
    *,
    actor: Actor,
    staff: Staff,
    name: str,
    unit: Unit,
    roles: list[str],
    is_active: bool,
    email: str | None = None,
) -> None:
    """Change a member of staff; one who is made inactive is signed out everywhere."""
    require(actor, "administration.staff")
    email = staff.email if email is None else email
    _check_email(email, staff)
    roles_before = sorted(role.code for role in staff.roles.all())
    before = [staff.name, staff.unit.name, roles_before, staff.is_active, staff.email]
    staff.name, staff.unit, staff.is_active, staff.email = name, unit, is_active, email
    staff.save(update_fields=["name", "unit", "is_active", "email"])
    _give_roles(staff, roles)
    if not is_active:
        Session.objects.filter(staff=staff).delete()
        Token.objects.filter(staff=staff).delete()
    keep_an_administrator()
    # Open streams look at the rights again, which a new unit or other roles change too.
    announce("session", staff=staff.pk)
    after = [name, unit.name, sorted(roles), is_active, email]
    keys = ["name", "unit", "roles", "is_active", "email"]
    changes = {key: [old, new] for key, old, new in zip(keys, before, after, strict=True) if old != new}
    record(StaffChanged(changes=changes), about=staff, by=actor)


def open_for_the_day(*, actor: Actor, customer_key: int, reason: str) -> datetime:
    """Let a member of staff see a customer of another branch until the operator's day ends. Returns its end."""
    require(actor, "customers.walk_in")
    tomorrow = clock.today(actor.zone) + timedelta(days=1)
    until = datetime.combine(tomorrow, time.min, tzinfo=actor.zone)
    WalkIn.objects.create(staff_id=actor.staff_id, customer_key=customer_key, reason=reason, until=until)
    return until


def live_ahead(*, day: date) -> None:
    """Note the day that a simulated operator has reached; only days beyond the calendar matter."""
    Tenant.objects.filter(pk=current().tenant).update(ahead_to=day)


def set_language(*, actor: Actor, language: str) -> None:
    """Remember the language a person works in."""
    Staff.objects.filter(pk=actor.staff_id).update(language=language)


def _check_email(email: str, staff: Staff | None = None) -> None:
    """An e-mail is one person's: a provider vouches for him by it."""
    others = Staff.objects.filter(email__iexact=email).exclude(pk=staff.pk if staff else 0)
    if email and others.exists():
        raise NameTaken(field="email", name=email)


def _give_roles(staff: Staff, codes: list[str]) -> None:
    StaffRole.objects.filter(staff=staff).delete()
    roles = Role.objects.filter(code__in=codes)
    StaffRole.objects.bulk_create([StaffRole(staff=staff, role=role) for role in roles])
