"""The door of this module for other modules."""

from loopline.identity.actions import (
    Locked,
    TooManyTries,
    WrongSignIn,
    add_role,
    add_staff,
    add_unit,
    change_password,
    change_role,
    found_tenant,
    issue_token,
    live_ahead,
    open_for_the_day,
    sign_in,
)
from loopline.identity.door import COOKIE, LANGUAGE_COOKIE, Ticket, staff_of, ticket_of_cookie
from loopline.identity.models import Role, Staff, Tenant, Unit
from loopline.identity.permissions import PERMISSIONS
from loopline.identity.queries import (
    actor_of,
    colleagues,
    current_tenant,
    find_tenant,
    platform_actor,
    roles,
    subtree,
    tenant_ids,
)

__all__ = [
    "COOKIE",
    "LANGUAGE_COOKIE",
    "PERMISSIONS",
    "Locked",
    "Role",
    "Staff",
    "Tenant",
    "Ticket",
    "TooManyTries",
    "Unit",
    "WrongSignIn",
    "actor_of",
    "add_role",
    "add_staff",
    "add_unit",
    "change_password",
    "change_role",
    "colleagues",
    "current_tenant",
    "find_tenant",
    "found_tenant",
    "issue_token",
    "live_ahead",
    "open_for_the_day",
    "platform_actor",
    "roles",
    "sign_in",
    "staff_of",
    "subtree",
    "tenant_ids",
    "ticket_of_cookie",
]
