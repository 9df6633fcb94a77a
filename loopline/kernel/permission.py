"""Who acts, and whether he may. A permission is the first line of an action, never an `if` in a template."""

from dataclasses import dataclass, field
from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from loopline.kernel.errors import NotAllowed
from loopline.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (or the system, `staff_id` 0) in whose name something is done."""

    tenant_id: int
    staff_id: int
    name: str
    permissions: frozenset[str]
    scope: Scope
    unit_id: int = 0
    unit_name: str = ""
    user_name: str = ""
    operator: str = ""
    operator_code: str = ""
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    country: str = "86"
    currency: str = "CNY"
    ahead_to: date | None = None
    is_system: bool = False
    platform: bool = False

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission` (`area.verb`)."""
        return self.is_system or permission in self.permissions


def caller(request: HttpRequest) -> Actor:
    """Who asks: the door has let him in, or the endpoint would not have been reached."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # the door puts it there
    return actor


def system(tenant_id: int, name: str = "system") -> Actor:
    """The actor of jobs and simulators: the whole tenant, every permission."""
    return Actor(
        tenant_id=tenant_id,
        staff_id=0,
        name=name,
        permissions=frozenset(),
        scope=Scope(tenant_id),
        is_system=True,
    )


def require(actor: Actor, permission: str) -> None:
    """Refuse by name unless the actor holds the permission."""
    if not actor.may(permission):
        raise NotAllowed(permission=permission)
