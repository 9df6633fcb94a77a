"""Which state of a number follows which, and by what."""

from collections.abc import Mapping

NUMBER: Mapping[tuple[str, str], str] = {
    ("available", "hold"): "held",
    ("held", "release"): "available",
    ("held", "hold"): "held",
    ("available", "reserve"): "reserved",
    ("held", "reserve"): "reserved",
    ("reserved", "release"): "available",
    ("reserved", "assign"): "in_use",
    ("reserved", "return"): "away",
    ("in_use", "retire"): "cooling",
    ("in_use", "return"): "away",
    ("cooling", "recycle"): "available",
    ("cooling", "revive"): "in_use",
    ("available", "block"): "blocked",
    ("blocked", "unblock"): "available",
    ("away", "adopt"): "reserved",
}
"""(state, what is done) → the state after it. What is not here is refused."""

ITEM: Mapping[tuple[str, str], str] = {
    ("available", "reserve"): "reserved",
    ("reserved", "release"): "available",
    ("reserved", "assign"): "in_use",
    ("in_use", "retire"): "spent",
    ("in_use", "unassign"): "reserved",
    ("available", "block"): "blocked",
    ("blocked", "unblock"): "available",
}
"""The same for SIM cards and devices; a card that was in use is spent for good."""


def follows(table: Mapping[tuple[str, str], str], state: str, done: str) -> str | None:
    """The state after it, or None where that cannot be done."""
    return table.get((state, done))
