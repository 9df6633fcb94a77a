"""What programs are told of indicators, and what they may set."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema


class IndicatorOut(Schema):
    """An indicator as it is defined."""

    id: UUID
    code: str
    name: str
    name_en: str
    about: str
    about_en: str
    numerator: str
    denominator: str
    factor: Decimal
    filters: str
    unit: str
    decimals: int
    higher_is_better: bool
    adds_up: bool
    period: str
    perspective: str
    parent: str | None
    owner: str | None
    hours_to_answer: int
    is_active: bool


class StandingOut(Schema):
    """How an indicator stands for a unit in a period.

    `status` is good, warn, breach or open (not judged). `forecast` is null with the reason in `no_forecast`:
    too_soon or too_little_history.
    """

    indicator: str
    unit: str
    period: date
    value: Decimal | None
    target: Decimal | None
    attained: Decimal | None
    status: str
    warn: Decimal | None
    breach: Decimal | None
    before: Decimal | None
    year_before: Decimal | None
    forecast: Decimal | None
    forecast_low: Decimal | None
    forecast_high: Decimal | None
    no_forecast: str


class TrendPoint(Schema):
    """The value of a period."""

    period: date
    value: Decimal


class IndicatorStandingOut(Schema):
    """One indicator: its definition, how it stands for a unit and the units right below, its trend."""

    indicator: IndicatorOut
    standing: StandingOut
    below: list[StandingOut]
    trend: list[TrendPoint]


class BreachStepOut(Schema):
    """A step in the story of a breach."""

    kind: str
    text: str
    person: str | None
    unit: str | None
    value: Decimal | None
    at: datetime


class BreachOut(Schema):
    """A breach with its story, oldest step first."""

    id: UUID
    indicator: str
    unit: str
    period: date
    state: str
    first_seen_at: datetime
    value: Decimal
    worst: Decimal
    latest: Decimal
    bound: Decimal
    level: int
    due_at: datetime | None
    answered_at: datetime | None
    recovered_at: datetime | None
    steps: list[BreachStepOut]


class TargetIn(Schema):
    """A target of a unit from the period of a day on. `spread`: same, share or none; `owner` a sign-in name's id."""

    unit: str
    since: date
    value: Decimal
    spread: str = "same"
    owner: UUID | None = None


class ThresholdIn(Schema):
    """A threshold. `basis`: absolute, of_target (0.9 is 90 %) or change (-0.1 is a fall by 10 %).

    A breach that nobody answers within `minutes_to_answer` goes up; null: within the indicator's hours.
    """

    unit: str = ""
    basis: str
    warn: Decimal
    breach: Decimal
    minutes_to_answer: int | None = None


class DefinitionSet(Schema):
    """What was set."""

    id: UUID
