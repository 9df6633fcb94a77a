"""What happens to indicators."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionChanged(Happened):
    """A definition was set, changed or dropped. `before` and `after` are empty where it was not."""

    name = "kpi.definition_changed"
    what: str
    row: str
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdPassed(Happened):
    """An indicator is worse than its threshold allows."""

    name = "kpi.threshold_passed"
    indicator: str
    value: str
    bound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachEscalated(Happened):
    """Nobody answered in time: it went up."""

    name = "kpi.breach_escalated"
    indicator: str
    to: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachAnswered(Happened):
    """Somebody said what was done."""

    name = "kpi.breach_answered"
    indicator: str
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRecovered(Happened):
    """A breached indicator is as it should be again."""

    name = "kpi.indicator_recovered"
    indicator: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsChanged(Happened):
    """What counts for people of a role was decided anew."""

    name = "kpi.weights_changed"
    of: str
    before: dict[str, str]
    after: dict[str, str]
