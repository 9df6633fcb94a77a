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
class SecondStepSet(Happened):
    """The second step of somebody's sign-in was set up."""

    name = "identity.second_step_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStepRemoved(Happened):
    """The second step was taken away, by himself or by an administrator."""

    name = "identity.second_step_removed"
    by_himself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Happened):
    """Somebody's sign-ins were ended from another place."""

    name = "identity.session_ended"
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Happened):
    """A bearer token was made."""

    name = "identity.token_issued"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Happened):
    """A bearer token is void."""

    name = "identity.token_revoked"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegated(Happened):
    """Somebody will be away, and a colleague stands in."""

    name = "identity.delegated"
    to: str
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(Happened):
    """A colleague stands in no longer, before the day that was planned."""

    name = "identity.delegation_ended"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAdded(Happened):
    """A role was made."""

    name = "identity.role_added"
    code: str
    permissions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Happened):
    """A role has another name or other permissions."""

    name = "identity.role_changed"
    code: str
    changes: dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRemoved(Happened):
    """A role that nobody had is gone."""

    name = "identity.role_removed"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRulesChanged(Happened):
    """What the operator asks of passwords changed."""

    name = "identity.sign_in_rules_changed"
    changes: dict[str, list[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSet(Happened):
    """A provider of sign-ins was set up or changed."""

    name = "identity.provider_set"
    provider: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRemoved(Happened):
    """One may no longer sign in through a provider."""

    name = "identity.provider_removed"
    provider: str
