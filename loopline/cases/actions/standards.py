"""Setting the rules of work: categories, service levels, alarms, working calendars, special days, periods, skills."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.cases.actions.keeping import words
from loopline.cases.events import StandardsChanged
from loopline.cases.models import (
    Category,
    Kind,
    Priority,
    Skill,
    SpecialDay,
    Step,
    Target,
    Terms,
    WorkCalendar,
)
from loopline.cases.refusals import CalendarWithoutHours
from loopline.cases.rules import levels
from loopline.identity import api as identity
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

CONFIGURES = "cases.configure"
CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*[-–—~]\s*([01]\d|2[0-4]):([0-5]\d)")
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\s*(休|班|off|work)?\s*(.*)")
MINUTES_IN_YEAR = 366 * 24 * 60


def set_category(
    *,
    actor: Actor,
    code: str,
    name: str,
    kind: str = "",
    name_en: str = "",
    parent: str = "",
    priority: str = "",
    unit: int | None = None,
    calendar: int | None = None,
    to_person: bool = False,
    is_active: bool = True,
) -> Category:
    """Add a category, or change the one of this code. What hangs below another one has its kind."""
    require(actor, CONFIGURES)
    if not CODE.fullmatch(code):
        raise Invalid(field="code", reason=_("A code has small letters, digits, dots and hyphens."))
    above = Category.objects.filter(code=parent).first() if parent else None
    if parent and above is None:
        raise Invalid(field="parent", reason=_("There is no such category."))
    chosen = above.kind if above else kind
    if chosen not in Kind.values:
        raise Invalid(field="kind", reason=_("Please choose what it is about."))
    if priority and priority not in Priority.values:
        raise Invalid(field="priority", reason=_("Please choose how soon."))
    found = Category.objects.select_for_update().filter(code=code).first() or Category(code=code)
    if found.pk and above and (above.path + "/").startswith(found.path):
        raise Invalid(field="parent", reason=_("A category cannot hang below itself."))
    before = found.path
    found.name, found.name_en = words(name, field="name")[:80], name_en.strip()[:80]
    found.parent, found.kind, found.priority = above, chosen, priority
    found.unit_id, found.calendar_id = unit, calendar
    found.to_person, found.is_active = to_person, is_active
    found.save()
    _place(found, before)
    _told(actor, found, "category", f"{code} {found.name}")
    return found


def _place(category: Category, before: str) -> None:
    path = f"{category.parent.path if category.parent else '/'}{category.pk}/"
    if path == before:
        return
    category.path = path
    category.save(update_fields=["path"])
    if before:
        for row in Category.objects.filter(path__startswith=before).exclude(pk=category.pk):
            row.path, row.kind = path + row.path.removeprefix(before), category.kind
            row.save(update_fields=["path", "kind"])


def set_target(
    *,
    actor: Actor,
    answer_minutes: int,
    solution_minutes: int,
    category: str = "",
    priority: str = "",
    tier: str = "",
) -> Target:
    """Set the service level of a category, priority and tier; empty parts hold for all."""
    require(actor, CONFIGURES)
    if not 0 < answer_minutes <= solution_minutes <= MINUTES_IN_YEAR:
        raise Invalid(
            field="solution_minutes", reason=_("The solution takes at least as long as the first answer.")
        )
    if priority and priority not in Priority.values:
        raise Invalid(field="priority", reason=_("Please choose how soon."))
    found = Category.objects.filter(code=category).first() if category else None
    if category and found is None:
        raise Invalid(field="category", reason=_("There is no such category."))
    row, _made = Target.objects.update_or_create(
        category=found,
        priority=priority,
        tier=tier,
        defaults={"answer_minutes": answer_minutes, "solution_minutes": solution_minutes},
    )
    _told(actor, row, "target", f"{category or '*'} {priority or '*'} {tier or '*'} {solution_minutes}")
    return row


def drop_target(*, actor: Actor, target: int) -> None:
    """A service level no longer holds."""
    require(actor, CONFIGURES)
    row = Target.objects.filter(pk=target).first()
    if row is None:
        raise NotFound
    _told(actor, row, "target", "–")
    row.delete()


def set_steps(*, actor: Actor, steps: Sequence[levels.Step]) -> None:
    """Replace the alarms. Shares are percent of the time, 1 to 500."""
    require(actor, CONFIGURES)
    receivers = {"person", "unit", "above"}
    for step in steps:
        known = step.clock in (levels.ANSWER, levels.SOLUTION) and step.to in receivers
        if not known or not 1 <= step.percent <= 500:
            raise Invalid(
                field="steps", reason=_("An alarm is a clock, a share of 1 to 500 percent and whom to tell.")
            )
    Step.objects.all().delete()
    rows = [Step(clock=step.clock, percent=step.percent, to=step.to) for step in dict.fromkeys(steps)]
    Step.objects.bulk_create(rows)
    if rows:
        _told(actor, rows[0], "alarms", "、".join(f"{row.clock} {row.percent}% {row.to}" for row in rows))


def set_calendar(
    *,
    actor: Actor,
    code: str,
    name: str,
    hours: Sequence[str],
    name_en: str = "",
    observes: bool = True,
    is_default: bool = False,
) -> WorkCalendar:
    """Add or change a working calendar; `hours` are seven texts such as `09:00-12:00 13:30-18:00`, Monday first."""
    require(actor, CONFIGURES)
    if not CODE.fullmatch(code):
        raise Invalid(field="code", reason=_("A code has small letters, digits, dots and hyphens."))
    week = {str(day): spans_of(text) for day, text in enumerate(hours)}
    if not any(week.values()) or (observes and not any(week[str(day)] for day in range(5))):
        raise CalendarWithoutHours(field="hours")
    if is_default:
        WorkCalendar.objects.exclude(code=code).update(is_default=False)
    row, _made = WorkCalendar.objects.update_or_create(
        code=code,
        defaults={
            "name": words(name, field="name")[:80],
            "name_en": name_en.strip()[:80],
            "hours": {day: pairs for day, pairs in week.items() if pairs},
            "observes": observes,
            "is_default": is_default,
        },
    )
    _told(actor, row, "calendar", f"{code} {row.name}")
    return row


def spans_of(text: str) -> list[list[str]]:
    """The spans of a day as they are written; they follow one another. Raises Invalid."""
    found = [
        [f"{begin_hour}:{begin}", f"{end_hour}:{end}"]
        for begin_hour, begin, end_hour, end in SPAN.findall(text)
    ]
    rest = SPAN.sub("", text).strip(" ,;，；、")
    flat = [moment for pair in found for moment in pair]
    if rest or flat != sorted(set(flat)) or any(moment > "24:00" for moment in flat):
        raise Invalid(
            field="hours", reason=_("Hours read like 09:00-12:00 13:30-18:00, one after the other.")
        )
    return found


def set_special_days(*, actor: Actor, text: str) -> int:
    """Replace the operator's holidays and make-up working days; returns how many there are.

    One day a line: `2026-10-01 off 国庆节`, `2026-10-10 work 国庆节调休` (with Monday's hours).
    """
    require(actor, CONFIGURES)
    days: dict[date, SpecialDay] = {}
    for line in filter(None, map(str.strip, text.replace("\0", "").splitlines())):
        fits = DAY.fullmatch(line)
        try:
            on = date(*map(int, fits.group(1, 2, 3))) if fits else None
        except ValueError:
            on = None
        if fits is None or on is None:
            raise Invalid(field="days", reason=_("This line is not a day: %(line)s") % {"line": line[:60]})
        works = fits.group(4) in ("班", "work")
        days[on] = SpecialDay(on=on, name=fits.group(5)[:80], hours_of=0 if works else None)
    SpecialDay.objects.all().delete()
    rows = SpecialDay.objects.bulk_create(days.values())
    if rows:
        _told(actor, rows[0], "days", str(len(rows)))
    return len(rows)


def set_terms(*, actor: Actor, **days: int) -> Terms:
    """Set the operator's periods (fields of Terms), each 0 to 365 days; the first contact in minutes."""
    require(actor, CONFIGURES)
    for field, value in days.items():
        most = 1440 if field == "first_contact_minutes" else 365
        if not 0 <= value <= most or (field == "regulator_days" and value == 0):
            raise Invalid(field=field, reason=_("This number is out of reach."))
    row, _made = Terms.objects.update_or_create(defaults=days)
    _told(actor, row, "terms", " ".join(f"{field}={value}" for field, value in sorted(days.items())))
    return row


def set_skills(*, actor: Actor, staff: str, categories: Sequence[str]) -> None:
    """Which categories a member of staff (user name) knows, each with all below it; none: everything alike."""
    require(actor, CONFIGURES)
    person = identity.Staff.objects.filter(user_name__iexact=staff).first()
    if person is None:
        raise Invalid(field="staff", reason=_("There is no such member of staff."))
    known = list(Category.objects.filter(code__in=categories))
    Skill.objects.filter(staff=person).delete()
    Skill.objects.bulk_create(Skill(staff=person, category=category) for category in known)
    _told(actor, person, "skills", "、".join(category.name for category in known))


def _told(actor: Actor, row: Any, what: str, text: str) -> None:
    record(StandardsChanged(what=what, text=text), about=row, by=actor)
