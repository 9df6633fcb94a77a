"""What happens to key accounts and groups."""

from dataclasses import dataclass, field

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilled(Happened):
    """Somebody was appointed to the chain."""

    name = "keyaccounts.post_filled"
    level: str
    staff: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChanged(Happened):
    """A post reports elsewhere, or may have more or fewer customers: field → [before, after]."""

    name = "keyaccounts.post_changed"
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEnded(Happened):
    """An appointment is over."""

    name = "keyaccounts.post_ended"
    staff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSet(Happened):
    """A rule of assignment was made, changed or removed."""

    name = "keyaccounts.rule_set"
    rule: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersGiven(Happened):
    """Customers came into other hands in one go."""

    name = "keyaccounts.customers_given"
    kind: str
    count: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeTaken(Happened):
    """A customer is in somebody's charge now (`to` empty: in nobody's)."""

    name = "keyaccounts.charge_taken"
    before: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUndone(Happened):
    """A run, a hand-over or an assignment by hand was taken back."""

    name = "keyaccounts.run_undone"
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlanned(Happened):
    """A visit was planned, or moved to another day."""

    name = "keyaccounts.visit_planned"
    at: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDone(Happened):
    """The customer was visited."""

    name = "keyaccounts.visit_done"
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCancelled(Happened):
    """A planned visit will not take place."""

    name = "keyaccounts.visit_cancelled"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlanned(Happened):
    """Steps were put into the customer's care plan."""

    name = "keyaccounts.care_planned"
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CareGiven(Happened):
    """A step of the care plan was done, or dropped."""

    name = "keyaccounts.care_given"
    step: str
    result: str
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindersSet(Happened):
    """The operator decided anew when account managers are reminded: field → [before, after]."""

    name = "keyaccounts.reminders_set"
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMade(Happened):
    """An organisation became a group customer."""

    name = "keyaccounts.group_made"
    number: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Happened):
    """A group was changed: field → [before, after]."""

    name = "keyaccounts.group_changed"
    changes: dict[str, list[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Happened):
    """A customer, or one line of his, belongs to a group."""

    name = "keyaccounts.member_joined"
    group: str
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Happened):
    """A member left a group."""

    name = "keyaccounts.member_left"
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPersonSet(Happened):
    """A key person of a group was added, changed or is one no longer; the name is masked."""

    name = "keyaccounts.key_person_set"
    masked: str
    role: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Happened):
    """A group contract was signed; `renews` is the number of the one it follows."""

    name = "keyaccounts.contract_signed"
    number: str
    value: str
    renews: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerminated(Happened):
    """A group contract ends before its day."""

    name = "keyaccounts.contract_terminated"
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSet(Happened):
    """A group has bought something, or gave it up."""

    name = "keyaccounts.product_set"
    product: str
    quantity: int
    change: str
