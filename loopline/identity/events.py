"""What happens to operators, units and staff."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffJoined(Happened):
    """A member of staff was added."""

    name = "identity.staff_joined"
    user_name: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChanged(Happened):
    """Name, unit, roles or state of a member of staff changed."""

    name = "identity.staff_changed"
    changes: dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Happened):
    """A member of staff has a new password."""

    name = "identity.password_changed"
    by_himself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAdded(Happened):
    """The organisation tree has grown."""

    name = "identity.unit_added"
    unit: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged(Happened):
    """A unit was renamed, moved or closed."""

    name = "identity.unit_changed"
    changes: dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAdded(Happened):
    """There is another role."""

    name = "identity.role_added"
    role: str
    permissions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Happened):
    """A role has another name or other permissions."""

    name = "identity.role_changed"
    changes: dict[str, list[object]]
