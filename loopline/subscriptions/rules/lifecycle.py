"""The life of a subscription: what can be done in which state, and the state after it."""

from collections.abc import Mapping

ACTIVE, ARREARS, LOST = "active", "suspended_arrears", "suspended_lost"
ON_REQUEST, BY_OPERATOR = "suspended_request", "suspended_operator"
SUSPENDED = (ON_REQUEST, ARREARS, LOST, BY_OPERATOR)
LIVING = (ACTIVE, *SUSPENDED)

AFTER: Mapping[str, tuple[tuple[str, ...], str]] = {
    "activate": (("pre_provisioned",), ACTIVE),
    "void": (("pre_provisioned",), "terminated"),
    "suspend_request": ((ACTIVE,), ON_REQUEST),
    "suspend_lost": ((ACTIVE, ON_REQUEST), LOST),
    "suspend_arrears": ((ACTIVE, ON_REQUEST, LOST), ARREARS),
    "suspend_operator": ((ACTIVE, ON_REQUEST, LOST, ARREARS), BY_OPERATOR),
    "resume": (SUSPENDED, ACTIVE),
    "pre_terminate": (LIVING, "pre_terminated"),
    "restore": (("pre_terminated",), ACTIVE),
    "terminate": (("pre_terminated", *LIVING), "terminated"),
    "port_out": (LIVING, "ported_out"),
}
"""What is done → the states in which it can be done, and the state after it."""

CHANGEABLE = LIVING
"""The states in which plan, number, card and services of a subscription can be changed."""


def after(state: str, done: str) -> str | None:
    """The state after `done`, or None where it cannot be done in this state."""
    before, following = AFTER[done]
    return following if state in before else None
