"""What can be done with operators, units, staff and sign-ins."""

import re
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from loopline.identity import queries
from loopline.identity.door import TOKEN_PREFIX
from loopline.identity.events import PasswordChanged, StaffChanged, StaffJoined, UnitAdded, UnitChanged
from loopline.identity.models import Role, Session, Staff, StaffRole, Tenant, Token, Unit, WalkIn
from loopline.identity.permissions import ROLES
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.events import announce, record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, change, current


class WrongSignIn(Refusal):
    """Operator, name or password is wrong; which of them is not told."""

    code = "wrong_sign_in"
    status = 401
    sentence = _("The operator code, user name or password is wrong.")


class Locked(Refusal):
    """Too many failures for this name."""

    code = "locked"
    status = 429
    sentence = _("After too many failures this sign-in is locked for %(minutes)s minutes.")


class TooManyTries(Refusal):
    """Too many failures from one address."""

    code = "too_many_tries"
    status = 429
    sentence = _("Too many failed sign-ins from your address. Please wait a quarter of an hour.")


class WeakPassword(Refusal):
    """The new password does not meet the rules."""

    code = "weak_password"
    sentence = _("%(reason)s")


class NameTaken(Refusal):
    """The user name or code is in use."""

    code = "name_taken"
    status = 409
    sentence = _("“%(name)s” is already in use.")


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


def sign_in(*, tenant_id: int, user_name: str, password: str, address: str, agent: str) -> str:
    """Check the password and open a session; returns its key. Failures are counted, recorded and lock.

    Raises WrongSignIn, Locked or TooManyTries; the caller keeps what was written (the failure itself).
    """
    now = clock.now()
    _check_address(address)
    staff = (
        Staff.objects.select_for_update()
        .filter(user_name__iexact=user_name.replace("\0", ""), is_active=True)
        .first()
    )
    if staff is None:
        make_password(password)  # the same work as for a name that exists
        _record_access("sign_in_failed", address, name=user_name[:80])
        raise WrongSignIn
    if staff.locked_until and staff.locked_until > now:
        raise Locked(minutes=settings.SIGN_IN_LOCK_MINUTES)
    if not check_password(password, staff.password):
        _count_failure(staff, address)
        raise WrongSignIn
    staff.failures, staff.locked_until = 0, None
    staff.save(update_fields=["failures", "locked_until"])
    _record_access("sign_in", address, staff)
    key = secrets.token_urlsafe(32)
    Session.objects.create(
        key_digest=queries.digest(key),
        staff=staff,
        expires_at=now + timedelta(hours=settings.SESSION_HOURS),
        address=address,
        agent=agent[:200],
    )
    return key


def sign_out(*, actor: Actor, key: str) -> None:
    """End a session."""
    Session.objects.filter(key_digest=queries.digest(key)).delete()
    AccessRecord.objects.create(kind="sign_out", staff_id=actor.staff_id, staff_name=actor.name)
    announce("session", staff=actor.staff_id)


class UnknownScope(Invalid):
    """A scope that is not `api:right`."""

    code = "unknown_scope"
    sentence = _("A scope is an API or * and read, write or clear, such as *:read. This is none: %(scope)s")


def issue_token(*, staff: Staff, label: str, scopes: Sequence[str] = ()) -> str:
    """A bearer token that carries its tenant; only its digest is kept. `scopes`: see Token. Raises UnknownScope."""
    for scope in scopes:
        if not re.fullmatch(r"(\*|[A-Za-z0-9]+):(read|write|clear)", scope):
            raise UnknownScope(field="scopes", scope=scope)
    token = f"{TOKEN_PREFIX}_{staff.tenant_id}_{secrets.token_urlsafe(32)}"
    Token.objects.create(key_digest=queries.digest(token), staff=staff, label=label, scopes=list(scopes))
    return token


def change_password(*, actor: Actor, old: str, new: str) -> None:
    """Give oneself a new password; every other session of the person ends."""
    staff = Staff.objects.select_for_update().get(pk=actor.staff_id)
    if not check_password(old, staff.password):
        raise WrongSignIn(field="old")
    _set_password(staff, new)
    record(PasswordChanged(by_himself=True), about=staff, by=actor)


def reset_password(*, actor: Actor, staff: Staff, new: str) -> None:
    """Give somebody else a new password, which he must change at his next sign-in."""
    require(actor, "administration.staff")
    _set_password(staff, new)
    staff.must_change_password, staff.failures, staff.locked_until = True, 0, None
    staff.save(update_fields=["must_change_password", "failures", "locked_until"])
    record(PasswordChanged(by_himself=False), about=staff, by=actor)


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
) -> Staff:
    """Add a member of staff."""
    require(actor, "administration.staff")
    if Staff.objects.filter(user_name__iexact=user_name).exists():
        raise NameTaken(field="user_name", name=user_name)
    staff = Staff.objects.create(
        user_name=user_name, name=name, name_en=name_en, unit=unit, language=language
    )
    _set_password(staff, password)
    _give_roles(staff, roles)
    record(StaffJoined(user_name=user_name, unit=unit.name), about=staff, by=actor)
    return staff


def change_staff(
    *, actor: Actor, staff: Staff, name: str, unit: Unit, roles: list[str], is_active: bool
) -> None:
    """Change a member of staff; one who is made inactive is signed out everywhere."""
    require(actor, "administration.staff")
    before = [staff.name, staff.unit.name, sorted(role.code for role in staff.roles.all()), staff.is_active]
    staff.name, staff.unit, staff.is_active = name, unit, is_active
    staff.save(update_fields=["name", "unit", "is_active"])
    _give_roles(staff, roles)
    if not is_active:
        Session.objects.filter(staff=staff).delete()
        Token.objects.filter(staff=staff).delete()
    # Open streams look at the rights again, which a new unit or other roles change too.
    announce("session", staff=staff.pk)
    after = [name, unit.name, sorted(roles), is_active]
    keys = ["name", "unit", "roles", "is_active"]
    changes = {key: [old, new] for key, old, new in zip(keys, before, after, strict=True) if old != new}
    record(StaffChanged(changes=changes), about=staff, by=actor)


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


def _set_password(staff: Staff, new: str) -> None:
    try:
        password_validation.validate_password(new)
    except ValidationError as error:
        raise WeakPassword(field="new", reason=" ".join(error.messages)) from error
    staff.password, staff.must_change_password = make_password(new), False
    staff.save(update_fields=["password", "must_change_password"])
    Session.objects.filter(staff=staff).delete()
    announce("session", staff=staff.pk)


def _give_roles(staff: Staff, codes: list[str]) -> None:
    StaffRole.objects.filter(staff=staff).delete()
    roles = Role.objects.filter(code__in=codes)
    StaffRole.objects.bulk_create([StaffRole(staff=staff, role=role) for role in roles])


def _count_failure(staff: Staff, address: str) -> None:
    staff.failures += 1
    if staff.failures >= settings.SIGN_IN_FAILURES_TO_LOCK:
        staff.failures = 0
        staff.locked_until = clock.now() + timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    staff.save(update_fields=["failures", "locked_until"])
    _record_access("sign_in_failed", address, staff)


def _check_address(address: str) -> None:
    since = clock.now() - timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    failed = AccessRecord.objects.filter(kind="sign_in_failed", address=address, at__gt=since).count()
    if failed >= settings.SIGN_IN_TRIES_PER_ADDRESS:
        raise TooManyTries


def _record_access(kind: str, address: str, staff: Staff | None = None, name: str = "") -> None:
    AccessRecord.objects.create(
        kind=kind,
        staff_id=staff.pk if staff else 0,
        staff_name=staff.name if staff else name,
        address=address,
    )
