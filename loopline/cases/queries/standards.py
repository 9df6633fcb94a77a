"""The operator's rules of work: categories, calendars, service levels, alarms, periods."""

from dataclasses import dataclass
from datetime import tzinfo

from loopline.cases.models import Category, SpecialDay, Step, Target, Terms, WorkCalendar
from loopline.cases.rules import levels
from loopline.cases.rules.calendar import Calendar, Span

WORKDAY: tuple[Span, ...] = ((9 * 60, 18 * 60),)
TERMS = Terms(regulator_days=10, reopen_days=7, confirm_days=3, first_contact_minutes=60, tenant_id=0)


@dataclass(frozen=True, slots=True)
class Calendars:
    """Every working calendar of the operator, ready to compute with."""

    by_id: dict[int, Calendar]
    default: Calendar
    always: Calendar

    def of(self, calendar_id: int | None, *, regulator: bool = False) -> Calendar:
        """The calendar of a ticket: the regulator counts every hour."""
        if regulator:
            return self.always
        return self.by_id.get(calendar_id or 0, self.default)


def calendars(zone: tzinfo) -> Calendars:
    """In two queries. Without any calendar: Monday to Friday, nine to six."""
    special = {day.on: day.hours_of for day in SpecialDay.objects.all()}
    made, default = {}, Calendar((WORKDAY,) * 5 + ((), ()), zone, special)
    for row in WorkCalendar.objects.all():
        week = tuple(_spans(row.hours.get(str(day), [])) for day in range(7))
        made[row.pk] = Calendar(week, zone, special if row.observes else {})
        if row.is_default:
            default = made[row.pk]
    return Calendars(made, default, Calendar.always(zone))


def _spans(pairs: list[list[str]]) -> tuple[Span, ...]:
    return tuple((_minute(begin), _minute(end)) for begin, end in pairs)


def _minute(text: str) -> int:
    hours, _colon, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def targets() -> list[levels.Target]:
    """Every service level."""
    return [
        levels.Target(row.category_id, row.priority, row.tier, row.answer_minutes, row.solution_minutes)
        for row in Target.objects.all()
    ]


def steps() -> list[levels.Step]:
    """Every alarm."""
    return [levels.Step(row.clock, row.percent, row.to) for row in Step.objects.order_by("percent", "id")]


def terms() -> Terms:
    """The operator's periods, or the usual ones."""
    return Terms.objects.first() or TERMS


def categories(*, active: bool = True) -> list[Category]:
    """The tree in its order, parents before children."""
    rows = Category.objects.select_related("unit", "calendar")
    return list((rows.filter(is_active=True) if active else rows).order_by("path"))


def line_of(category: Category | None) -> list[int]:
    """A category with those above it, the nearest first."""
    return [int(part) for part in category.path.strip("/").split("/")][::-1] if category else []


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a category after looking up the tree."""

    priority: str
    unit: int | None
    calendar: int | None
    to_person: bool


def standing(category: Category | None) -> Standing:
    """The nearest setting of each kind, in one query."""
    line = line_of(category)
    rows = {row.pk: row for row in Category.objects.filter(pk__in=line)} if line else {}
    above = [rows[key] for key in line if key in rows]
    return Standing(
        priority=next((row.priority for row in above if row.priority), "normal"),
        unit=next((row.unit_id for row in above if row.unit_id), None),
        calendar=next((row.calendar_id for row in above if row.calendar_id), None),
        to_person=any(row.to_person for row in above),
    )
