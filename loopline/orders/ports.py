"""The port to billing and provisioning: what the outside is asked for, and what it may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from loopline.kernel.registry import Registry

DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be done outside. Asked again with the same key, it is done once.

    `undoes` is the key of an earlier request that is to be taken back, whether it has been done, waits or never came.
    """

    key: UUID
    operation: str
    subject: str
    payload: Mapping[str, str] = field(default_factory=dict)
    undoes: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: done or refused, with the reason in the other side's words.

    `told` is what the work brought forth: `activation_code` of an eSIM profile that was prepared.
    """

    key: UUID
    outcome: str
    reason: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


class Unreachable(Exception):
    """The other side cannot be reached; it may or may not have heard."""


class Fulfilment(Protocol):
    """Billing and provisioning. Answers may come at once, twice, later or never."""

    def send(self, request: Request) -> list[Answer]:
        """Ask for something; the answers that come at once."""

    def ask(self, key: UUID) -> list[Answer]:
        """What has become of an earlier request; empty as long as it is not known."""


adapters: Registry[Callable[[int], Fulfilment]] = Registry("fulfilment adapter")
"""Makes the port of a tenant; the first in order serves."""


def fulfilment(tenant: int) -> Fulfilment:
    """The port that serves a tenant."""
    return adapters[adapters.names()[0]](tenant)
