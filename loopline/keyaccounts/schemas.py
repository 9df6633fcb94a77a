"""What programs send and get about key accounts and groups."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema


class FiguresOut(Schema):
    """What a team stands for: revenue is that of the last complete month."""

    customers: int
    revenue: Decimal
    arrears: Decimal
    owing: int
    at_risk: int
    overdue: int
    complaints: int


class PostOut(Schema):
    """A post with its own figures and those of all below it; `above` is the post that it reports to."""

    id: UUID
    level: str
    staff: str
    unit: str
    above: UUID | None
    load_limit: int
    own: FiguresOut
    team: FiguresOut


class AccountOut(Schema):
    """A customer in charge; the name is masked."""

    id: UUID
    number: str
    name: str
    tier: str
    revenue: Decimal | None
    arrears: Decimal
    risk: float | None
    visited: datetime | None
    planned: datetime | None
    contract_ends: date | None
    complaints: int


class AccountPage(Schema):
    """Accounts in the order of their keys; `next` is the `after` of the following page."""

    items: list[AccountOut]
    next: int | None


class AccountQuery(Schema):
    """Whose accounts (`post`, with `team` those below it too), and which: all, risk, arrears, overdue …"""

    post: UUID | None = None
    team: bool = False
    view: str = "all"
    q: str = ""
    after: int = 0


class ChargeIn(Schema):
    """Customers to be put in charge of a post; without one nobody looks after them by name."""

    customers: list[UUID]
    post: UUID | None = None
    note: str = ""


class HandOverIn(Schema):
    """Who gets what a post has: one, or several who share it evenly."""

    successors: list[UUID]
    note: str = ""


class AssignmentRunOut(Schema):
    """A change of hands: `kind` is hand, rules or hand_over, `state` waiting, running, done, stopped or undone."""

    id: UUID
    kind: str
    state: str
    total: int
    given: int
    note: str
    by: str
    at: datetime


class PlacedOut(Schema):
    """What a run would do by a rule now."""

    rule: str
    fit: int
    given: int
    left: int


class VisitIn(Schema):
    """A visit to be planned."""

    customer: UUID
    at: datetime
    purpose: str


class VisitResult(Schema):
    """What came of a visit."""

    version: int
    at: datetime
    met: str
    result: str
    next_step: str = ""
    next_on: date | None = None


class Cancelled(Schema):
    """Why it will not take place."""

    version: int
    reason: str


class VisitOut(Schema):
    """A visit."""

    id: UUID
    customer: UUID
    staff: str
    state: str
    planned_at: datetime
    purpose: str
    done_at: datetime | None
    met: str
    result: str
    next_step: str
    next_on: date | None
    reason: str
    version: int


class CareStepOut(Schema):
    """A step of a care plan: a usual one (`what`) or one's own (`title`)."""

    id: UUID
    what: str
    title: str
    way: str
    due_on: date
    every_months: int
    done_on: date | None
    result: str


class CarePlanIn(Schema):
    """The usual plan to be put in: a tier, `group`, or empty."""

    plan: str


class Result(Schema):
    """What came of it."""

    result: str = ""


class GroupOut(Schema):
    """A group customer with what it stands for; `risk` is weighted by value."""

    id: UUID
    number: str
    customer: UUID
    name: str
    grade: str
    industry: str
    parent: UUID | None
    members: int
    lines: int
    revenue: Decimal
    own_revenue: Decimal
    value: Decimal
    risk: float | None
    at_stake: Decimal
    members_at_risk: int
    version: int


class GroupPage(Schema):
    """Groups in the order in which they were made."""

    items: list[GroupOut]
    next: int | None


class GroupQuery(Schema):
    """Which groups."""

    grade: str = ""
    q: str = ""
    after: int = 0


class GroupIn(Schema):
    """An organisation that becomes a group customer."""

    customer: UUID
    grade: str = "C"
    industry: str = ""
    staff_count: int | None = None
    parent: UUID | None = None


class GroupChange(Schema):
    """What a group shall be."""

    grade: str
    industry: str = ""
    staff_count: int | None = None
    parent: UUID | None = None
    version: int


class MembersIn(Schema):
    """Customers who become members from a day on."""

    customers: list[UUID]
    since: date
    role: str = ""


class ContractIn(Schema):
    """A contract to be signed; `renews` is the number of the one that it follows."""

    name: str
    starts_on: date
    ends_on: date
    value: Decimal
    notice_days: int = 60
    number: str = ""
    renews: str = ""


class ContractOut(Schema):
    """A contract with a group."""

    id: UUID
    number: str
    name: str
    starts_on: date
    ends_on: date
    value: Decimal
    notice_days: int
    terminated_on: date | None


class Added(Schema):
    """How many."""

    count: int
