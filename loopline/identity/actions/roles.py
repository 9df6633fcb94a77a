"""Roles as an operator wants them."""

from django.db.models import Q

from loopline.identity.events import RoleAdded, RoleChanged, RoleRemoved
from loopline.identity.models import Role, Staff, StaffRole
from loopline.identity.permissions import PERMISSIONS
from loopline.identity.refusals import LastAdministrator, NameTaken, RoleInUse
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require

MANAGES = "administration.staff"


def add_role(*, actor: Actor, code: str, name: str, name_en: str, permissions: list[str]) -> Role:
    """Make a role. Raises NameTaken."""
    require(actor, MANAGES)
    if Role.objects.filter(Q(code=code) | Q(name=name)).exists():
        raise NameTaken(field="name", name=name)
    kept = _known(permissions)
    role = Role.objects.create(code=code, name=name, name_en=name_en, permissions=kept)
    record(RoleAdded(code=code, permissions=kept), about=role, by=actor)
    return role


def change_role(
    *, actor: Actor, role: Role, name: str, name_en: str, permissions: list[str], needs_second_step: bool
) -> None:
    """Give a role another name or other permissions; whoever has it feels it with his next click.

    Raises NameTaken, and LastAdministrator where nobody could manage staff any more.
    """
    require(actor, MANAGES)
    if Role.objects.filter(name=name).exclude(pk=role.pk).exists():
        raise NameTaken(field="name", name=name)
    before = [role.name, role.name_en, sorted(role.permissions), role.needs_second_step]
    after = [name, name_en, _known(permissions), needs_second_step]
    keys = ["name", "name_en", "permissions", "needs_second_step"]
    changes = {key: [old, new] for key, old, new in zip(keys, before, after, strict=True) if old != new}
    if not changes:
        return
    role.name, role.name_en = name, name_en
    role.permissions, role.needs_second_step = _known(permissions), needs_second_step
    role.save(update_fields=keys)
    keep_an_administrator()
    for holder in StaffRole.objects.filter(role=role).values_list("staff_id", flat=True):
        announce("session", staff=holder)
    record(RoleChanged(code=role.code, changes=changes), about=role, by=actor)


def remove_role(*, actor: Actor, role: Role) -> None:
    """Take a role away that nobody has. Raises RoleInUse."""
    require(actor, MANAGES)
    holders = StaffRole.objects.filter(role=role).count()
    if holders:
        raise RoleInUse(count=holders)
    record(RoleRemoved(code=role.code), about=role, by=actor)
    role.delete()


def keep_an_administrator() -> None:
    """Refuse what would leave an operator with nobody who manages staff and roles. Raises LastAdministrator."""
    managers = Staff.objects.filter(is_active=True, roles__permissions__contains=MANAGES)
    if not managers.exists():
        raise LastAdministrator(field="roles")


def _known(permissions: list[str]) -> list[str]:
    return sorted(set(permissions) & set(PERMISSIONS))
