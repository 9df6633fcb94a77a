"""Roles as an operator wants them."""

import re
from collections.abc import Iterable, Sequence

from django.contrib.auth.hashers import is_password_usable
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from loopline.identity import queries
from loopline.identity.events import RoleAdded, RoleChanged, RoleRemoved
from loopline.identity.models import Provider, Role, SignInRules, Staff, StaffRole
from loopline.identity.permissions import PERMISSIONS
from loopline.identity.refusals import LastAdministrator, NameTaken, NoWayIn, RoleInUse
from loopline.kernel.errors import NotAllowed
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require

MANAGES = "administration.staff"


def add_role(
    *, actor: Actor, name: str, permissions: Iterable[str], name_en: str = "", name_may_repeat: bool = False
) -> Role:
    """Make a role; its code comes from its name. Raises NameTaken, and NotAllowed for what one does not hold oneself.

    Programs may send a name again: what they say twice is two roles.
    """
    require(actor, MANAGES)
    if not name_may_repeat and Role.objects.filter(name=name).exists():
        raise NameTaken(field="name", name=name)
    given = _grantable(actor, permissions, [])
    code = _code_of(name_en or name)
    role = Role.objects.create(code=code, name=name or code, name_en=name_en, permissions=given)
    record(RoleAdded(code=code, permissions=given), about=role, by=actor)
    return role


def change_role(
    *,
    actor: Actor,
    role: Role,
    name: str,
    permissions: Iterable[str],
    name_en: str | None = None,
    needs_second_step: bool | None = None,
    name_may_repeat: bool = False,
) -> None:
    """Give a role another name or other permissions; whoever has it feels it with his next click.

    None leaves as it is; another name without an English one takes the English one away. Raises NameTaken,
    NotAllowed, and LastAdministrator where nobody could manage staff any more.
    """
    require(actor, MANAGES)
    row = Role.objects.select_for_update().get(pk=role.pk)
    name = name or row.name
    if not name_may_repeat and Role.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise NameTaken(field="name", name=name)
    before = {key: getattr(row, key) for key in ("name", "name_en", "permissions", "needs_second_step")}
    row.permissions = _grantable(actor, permissions, row.permissions)
    row.name_en = name_en if name_en is not None else row.name_en if name == row.name else ""
    row.name = name
    if needs_second_step is not None:
        row.needs_second_step = needs_second_step
    changes = {key: [old, new] for key, old in before.items() if old != (new := getattr(row, key))}
    if not changes:
        return
    row.save(update_fields=list(before))
    keep_an_administrator()
    for holder in StaffRole.objects.filter(role=row).values_list("staff_id", flat=True):
        announce("session", staff=holder)
    record(RoleChanged(code=row.code, changes=changes), about=row, by=actor)


def remove_role(*, actor: Actor, role: Role) -> None:
    """Take a role away that nobody has. Raises RoleInUse."""
    require(actor, MANAGES)
    holders = StaffRole.objects.filter(role=role).count()
    if holders:
        raise RoleInUse(count=holders)
    record(RoleRemoved(code=role.code), about=role, by=actor)
    role.delete()


def administrators() -> QuerySet[Staff]:
    """Who manages staff and roles."""
    return Staff.objects.filter(is_active=True, roles__permissions__contains=MANAGES).distinct()


def keep_an_administrator() -> None:
    """Refuse what would leave an operator with nobody who manages staff and roles, or with nobody who gets in.

    Raises LastAdministrator, NoWayIn.
    """
    if not administrators().exists():
        raise LastAdministrator(field="roles")
    keep_a_way_in()


def keep_a_way_in(rules: SignInRules | None = None) -> None:
    """Where passwords are closed: refuse to be without a provider or an emergency administrator. Raises NoWayIn."""
    if rules is None:
        rules = queries.sign_in_rules()
        if not rules.only_providers:
            return
    if not Provider.objects.filter(is_active=True).exists():
        reason = _("People sign in through the provider only: one must stay active.")
        raise NoWayIn(field="only_providers", reason=reason)
    emergency = administrators().filter(pk=rules.emergency_id or 0).first()
    if emergency is None or not is_password_usable(emergency.password):
        reason = _(
            "People sign in through the provider only: an administrator must keep a password for emergencies."
        )
        raise NoWayIn(field="emergency", reason=reason)


def _grantable(actor: Actor, permissions: Iterable[str], had: Sequence[str]) -> list[str]:
    """What is known of it, in order. Nobody gives what he does not hold himself."""
    wanted = sorted(set(permissions) & set(PERMISSIONS))
    for code in wanted:
        if code not in had and not actor.may(code):
            raise NotAllowed(permission=code)
    return wanted


def _code_of(name: str) -> str:
    """A code that can stand in an address, made of the Latin letters of a name, and numbered where it is taken."""
    wanted = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:40] or "role"
    taken = set(Role.objects.filter(code__startswith=wanted).values_list("code", flat=True))
    numbered = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (wanted, *numbered) if code not in taken)
