"""TMF672: roles with their entitlements, and grants to users.

A user role is a role of ours; an entitlement that names one of our permissions takes effect, any other is kept. A
permission records that somebody was granted something elsewhere; nobody may do more here because of one.
"""

from typing import Any

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.tmf.engine import (
    CHANGED,
    CREATED,
    Attribute,
    Resource,
    View,
    keep,
    kept,
    moment_of,
    register,
)

API = "rolesAndPermissions"


def _code(entitlement: dict[str, Any]) -> str | None:
    """The permission of ours that an entitlement names."""
    by_id = str(entitlement.get("id", ""))
    by_words = f"{entitlement.get('function', '')}.{entitlement.get('action', '')}"
    return next((code for code in (by_id, by_words) if code in identity.PERMISSIONS), None)


def _entitlements(role: identity.Role, view: View) -> list[dict[str, str]]:
    parts = [(code, *code.split(".", 1)) for code in role.permissions]
    return [{"id": code, "function": area, "action": verb} for code, area, verb in parts]


def _known(sent: list[dict[str, Any]]) -> list[str]:
    return [code for each in sent if (code := _code(each))]


def _create(actor: Actor, body: dict[str, Any]) -> identity.Role:
    name = body.get("involvementRole", "")
    return identity.add_role(
        actor=actor, name=name, permissions=_known(body["entitlement"]), name_may_repeat=True
    )


def _patch(actor: Actor, role: identity.Role, changes: dict[str, Any]) -> None:
    permissions = _known(changes["entitlement"]) if "entitlement" in changes else role.permissions
    name = changes.get("involvementRole") or role.name
    identity.change_role(actor=actor, role=role, name=name, permissions=permissions, name_may_repeat=True)


register(
    Resource(
        api=API,
        name="userRole",
        about="A named set of entitlements.",
        model=identity.Role,
        rows=identity.roles,
        key="code",
        see="administration.staff",
        create=_create,
        patch=_patch,
        events={
            "identity.role_added": CREATED,
            "identity.role_changed": CHANGED,
            "tmf.attributes_changed": CHANGED,
        },
        attributes=(
            Attribute(name="involvementRole", column="name"),
            Attribute(
                name="entitlement",
                kind="object[]",
                required=True,
                read=_entitlements,
                keeps=lambda sent: [each for each in sent if _code(each) is None],
            ),
        ),
    )
)

keep(
    API,
    "permission",
    Attribute(name="user", kind="reference", required=True),
    Attribute(name="validFor", kind="period", required=True),
    Attribute(
        name="creationDate",
        kind="date-time",
        kept=True,
        settable=False,
        changeable=False,
        default=lambda view: moment_of(clock.now(), view.actor.zone),
    ),
    *kept("string", "description"),
    *kept("reference", "granter"),
    *kept("object[]", "assetUserRole privilege"),
    see="administration.staff",
    edit="administration.staff",
    delete=False,
    about="What a user was granted, and for how long.",
)
