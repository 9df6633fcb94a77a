"""Roles as programs read and write them."""

import re
from collections.abc import Iterable

from django.db.models import QuerySet

from loopline.identity.events import RoleAdded, RoleChanged
from loopline.identity.models import Role
from loopline.identity.permissions import PERMISSIONS
from loopline.kernel.errors import NotAllowed
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require


def roles(actor: Actor) -> QuerySet[Role]:
    """Every role of the operator."""
    require(actor, "administration.staff")
    return Role.objects.all()


def add_role(*, actor: Actor, name: str, permissions: Iterable[str]) -> Role:
    """Add a role; its code is made from the name. Nobody gives what he does not hold himself: NotAllowed."""
    require(actor, "administration.staff")
    given = _grantable(actor, permissions, [])
    wanted = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "role"
    taken = set(Role.objects.filter(code__startswith=wanted).values_list("code", flat=True))
    code = (
        wanted
        if wanted not in taken
        else next(each for number in range(2, len(taken) + 3) if (each := f"{wanted}_{number}") not in taken)
    )
    role = Role.objects.create(code=code, name=name or code, permissions=given)
    record(RoleAdded(role=role.name, permissions=given), about=role, by=actor)
    return role


def change_role(*, actor: Actor, role: Role, name: str, permissions: Iterable[str]) -> None:
    """Give a role another name and other permissions."""
    require(actor, "administration.staff")
    row = Role.objects.select_for_update().get(pk=role.pk)
    given = _grantable(actor, permissions, row.permissions)
    before, after = [row.name, row.permissions], [name or row.name, given]
    if before == after:
        return
    changes = {
        key: [old, new]
        for key, old, new in zip(("name", "permissions"), before, after, strict=True)
        if old != new
    }
    if "name" in changes:
        row.name_en = ""
    row.name, row.permissions = name or row.name, given
    row.save(update_fields=["name", "name_en", "permissions"])
    record(RoleChanged(changes=changes), about=row, by=actor)


def _grantable(actor: Actor, permissions: Iterable[str], had: list[str]) -> list[str]:
    wanted = sorted({code for code in permissions if code in PERMISSIONS})
    for code in wanted:
        if code not in had and not actor.may(code):
            raise NotAllowed(permission=code)
    return wanted
