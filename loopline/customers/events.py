"""What happens to customers. Personal values are masked here: history never holds them in clear."""

from dataclasses import dataclass, field

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(Happened):
    """A customer file was opened."""

    name = "customers.created"
    number: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Happened):
    """Fields of a customer changed: field → [before, after], personal ones masked."""

    name = "customers.changed"
    changes: dict[str, list[object]] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAdded(Happened):
    """A way to reach the customer was added."""

    name = "customers.contact_added"
    kind: str
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Happened):
    """A way to reach the customer was preferred, ended or taken up again: field → [before, after]."""

    name = "customers.contact_changed"
    kind: str
    masked: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAdded(Happened):
    """An address was added; `id` is its public key."""

    name = "customers.address_added"
    id: str
    kind: str
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged(Happened):
    """An address was corrected, ended or taken up again: field → [before, after], masked; `id` is its public key."""

    name = "customers.address_changed"
    id: str
    kind: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAdded(Happened):
    """An identity document was added; `fingerprint` is the keyed digest in hexadecimal."""

    name = "customers.document_added"
    kind: str
    masked: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChecked(Happened):
    """Somebody compared an identity document with its bearer."""

    name = "customers.document_checked"
    kind: str
    masked: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Happened):
    """The customer agreed to be contacted."""

    name = "customers.consent_given"
    purpose: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Happened):
    """The customer no longer wants to be contacted."""

    name = "customers.consent_withdrawn"
    purpose: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Happened):
    """An account that pays was opened."""

    name = "customers.account_opened"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Happened):
    """An account that pays was changed, closed or opened again: field → [before, after]."""

    name = "customers.account_changed"
    number: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCycleMoved(Happened):
    """A rule moved the customer to another status."""

    name = "customers.life_cycle_moved"
    rule: str
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBeside(Happened):
    """A file was opened although others may be of the same customer; `others` are their numbers with the reasons."""

    name = "customers.opened_beside"
    others: dict[str, list[str]]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(Happened):
    """Another file was merged into this one; `taken` are the fields whose values were taken from it."""

    name = "customers.merged"
    merged: str
    taken: list[str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedAway(Happened):
    """This file was merged into another."""

    name = "customers.merged_away"
    survivor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone(Happened):
    """A merge was taken back; `other` is the file that stands alone again."""

    name = "customers.merge_undone"
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdJoined(Happened):
    """The customer became a member of a household or group."""

    name = "customers.household_joined"
    household: str
    kind: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdLeft(Happened):
    """The customer left a household or group."""

    name = "customers.household_left"
    household: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldApart(Happened):
    """Somebody declined to link the customer with another: as a double or as a member of one household."""

    name = "customers.told_apart"
    other: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStopped(Happened):
    """The customer is not to be served."""

    name = "customers.service_stopped"
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResumed(Happened):
    """The customer may be served again."""

    name = "customers.service_resumed"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMoved(Happened):
    """The customer and all that hangs on him belong to another branch now."""

    name = "customers.moved"
    branch_from: str
    branch_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInOpened(Happened):
    """Staff of another branch opened the customer for the day."""

    name = "customers.walk_in_opened"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Happened):
    """The person's key and everything that names him are gone."""

    name = "customers.person_erased"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged(Happened):
    """The operator decided anew about customer files: field → [before, after]."""

    name = "customers.policy_changed"
    changes: dict[str, list[object]] = field(default_factory=dict)
