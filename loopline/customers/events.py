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


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAdded(Happened):
    """A way to reach the customer was added."""

    name = "customers.contact_added"
    kind: str
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAdded(Happened):
    """An identity document was added; `fingerprint` is the keyed digest in hexadecimal."""

    name = "customers.document_added"
    kind: str
    masked: str
    fingerprint: str


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
