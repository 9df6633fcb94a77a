"""An operator whose indicators are watched, for the stories."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loopline.kernel import clock
from loopline.kpi import api as kpi
from loopline.testing import Operator

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A moment in the operator's zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


MORNING = at("2026-11-16 09:00")


def look(operator: Operator, now: datetime) -> None:
    """The watch has a look at a moment, as its job does each minute."""
    with clock.frozen(now), operator.door() as system:
        kpi.watch(actor=system, now=now)


def indicator(operator: Operator, code: str) -> kpi.Indicator:
    """An indicator by its code."""
    with operator.door():
        return kpi.Indicator.objects.get(code=code)
