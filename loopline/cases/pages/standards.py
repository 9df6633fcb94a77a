"""The standards of service: categories, service levels, alarms, calendars, special days, periods, skills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loopline.cases import api, wording
from loopline.cases.models import Category, Kind, Priority, Skill, SpecialDay, Step, Target, WorkCalendar
from loopline.cases.pages.new import duration
from loopline.cases.queries import people, standards
from loopline.cases.rules import levels
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.errors import Invalid
from loopline.kernel.pages import Crumb, Request, render, with_toast
from loopline.kernel.permission import Actor, require

PERMISSION = "cases.configure"
TIERS = ("diamond", "gold", "silver", "standard")


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A node of the tree with its own settings, ready for its form."""

    code: str
    name: str
    name_zh: str
    name_en: str
    depth: int
    kind: str
    kind_label: str
    parent: str
    priority: str
    priority_label: str
    unit: str
    unit_name: str
    calendar: str
    to_person: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A service level in words."""

    id: int
    category: str
    priority: str
    tier: str
    answer: str
    solution: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A working calendar, its hours as they are typed."""

    code: str
    name: str
    name_zh: str
    name_en: str
    hours: list[tuple[str, str]]
    observes: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class StandardsPage:
    """Everything an administrator sets about service."""

    title: str
    subtitle: str
    is_empty: bool
    categories: list[CategoryRow]
    targets: list[TargetRow]
    steps: str
    calendars: list[CalendarRow]
    weekdays: list[str]
    days: str
    terms: list[tuple[str, str, int]]
    skills: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    priorities: list[tuple[str, str]]
    parents: list[tuple[str, str]]
    units: list[tuple[int, str]]
    calendar_choices: list[tuple[int, str]]
    tiers: list[tuple[str, str]]
    staff: list[tuple[str, str]]


@require_safe
def page(request: Request) -> HttpResponse:
    """Look at the standards."""
    require(request.actor, PERMISSION)
    tree = {row.pk: row for row in standards.categories(active=False)}
    calendars = list(WorkCalendar.objects.order_by("-is_default", "code"))
    shown = StandardsPage(
        title=_("Service standards"),
        subtitle=_("By what tickets are sorted, given to somebody, and hurried."),
        is_empty=not tree,
        categories=[_category(row) for row in tree.values()],
        targets=[_target(row, tree) for row in _targets()],
        steps="\n".join(f"{row.clock} {row.percent} {row.to}" for row in Step.objects.order_by("clock", "percent")),
        calendars=[_calendar(row) for row in calendars],
        weekdays=_weekdays(),
        days="\n".join(_day(row) for row in SpecialDay.objects.order_by("on")),
        terms=_terms(),
        skills=_skills(tree),
        kinds=[(code, str(label)) for code, label in Kind.choices],
        priorities=[(code, str(label)) for code, label in Priority.choices],
        parents=[(row.code, wording.path_of(row, tree)) for row in tree.values()],
        units=[(unit.pk, formats.named(unit)) for unit, _people in people.receivers()],
        calendar_choices=[(row.pk, formats.named(row)) for row in calendars],
        tiers=[(tier, _tier(tier)) for tier in TIERS],
        staff=[(one.user_name, formats.named(one)) for _unit, many in people.receivers() for one in many],
    )  # fmt: skip
    return render(request, "cases/standards.html", shown, breadcrumbs=[Crumb(shown.title)])


@require_POST
def save(request: Request, what: str) -> HttpResponse:
    """Change one part of the standards."""
    if what not in SAVE:
        raise Http404
    SAVE[what](request.actor, request.POST.dict())
    answer = HttpResponseRedirect(reverse("cases:standards") + f"#{what}")
    return with_toast(answer, _("Saved"))


def _save_category(actor: Actor, given: Mapping[str, str]) -> None:
    api.set_category(
        actor=actor,
        code=given.get("code", "").strip(),
        name=given.get("name", ""),
        name_en=given.get("name_en", ""),
        kind=given.get("kind", ""),
        parent=given.get("parent", ""),
        priority=given.get("priority", ""),
        unit=_key(given, "unit"),
        calendar=_key(given, "calendar"),
        to_person=given.get("to_person") == "on",
        is_active=given.get("is_active", "on") == "on",
    )


def _save_target(actor: Actor, given: Mapping[str, str]) -> None:
    api.set_target(
        actor=actor,
        category=given.get("category", ""),
        priority=given.get("priority", ""),
        tier=given.get("tier", ""),
        answer_minutes=_key(given, "answer") or 0,
        solution_minutes=_key(given, "solution") or 0,
    )


def _save_steps(actor: Actor, given: Mapping[str, str]) -> None:
    steps = []
    for line in filter(None, map(str.split, given.get("steps", "").splitlines())):
        if len(line) != 3 or not line[1].isdecimal() or len(line[1]) > 3:
            raise Invalid(field="steps", reason=_("An alarm reads like: solution 80 unit"))
        steps.append(levels.Step(line[0], int(line[1]), line[2]))
    api.set_steps(actor=actor, steps=steps)


def _save_calendar(actor: Actor, given: Mapping[str, str]) -> None:
    api.set_calendar(
        actor=actor,
        code=given.get("code", "").strip(),
        name=given.get("name", ""),
        name_en=given.get("name_en", ""),
        hours=[given.get(f"hours{day}", "") for day in range(7)],
        observes=given.get("observes") == "on",
        is_default=given.get("is_default") == "on",
    )


def _save_terms(actor: Actor, given: Mapping[str, str]) -> None:
    names = [name for name, _label, _value in _terms()]
    api.set_terms(actor=actor, **{name: _whole(given, name) for name in names})


def _save_skills(actor: Actor, given: Mapping[str, str]) -> None:
    codes = given.get("categories", "").replace("，", ",").replace(",", " ").split()
    api.set_skills(actor=actor, staff=given.get("staff", ""), categories=codes)


SAVE: dict[str, Callable[[Actor, Mapping[str, str]], object]] = {
    "usual": lambda actor, given: api.set_up(actor=actor),
    "category": _save_category,
    "target": _save_target,
    "drop-target": lambda actor, given: api.drop_target(actor=actor, target=_key(given, "target") or 0),
    "alarms": _save_steps,
    "calendar": _save_calendar,
    "days": lambda actor, given: api.set_special_days(actor=actor, text=given.get("days", "")),
    "terms": _save_terms,
    "skills": _save_skills,
}
"""Part of the address → what it saves."""


def _key(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _whole(given: Mapping[str, str], name: str) -> int:
    value = _key(given, name)
    if value is None:
        raise Invalid(field=name, reason=_("Please write a whole number."))
    return value


def _category(row: Category) -> CategoryRow:
    return CategoryRow(
        code=row.code,
        name=formats.named(row),
        name_zh=row.name,
        name_en=row.name_en,
        depth=row.path.count("/") - 2,
        kind=row.kind,
        kind_label=str(Kind(row.kind).label),
        parent=row.parent.code if row.parent else "",
        priority=row.priority,
        priority_label=str(Priority(row.priority).label) if row.priority else "",
        unit=str(row.unit_id or ""),
        unit_name=formats.named(row.unit) if row.unit else "",
        calendar=str(row.calendar_id or ""),
        to_person=row.to_person,
        is_active=row.is_active,
    )


def _targets() -> list[Target]:
    rows = Target.objects.select_related("category")
    return sorted(rows, key=lambda row: (row.category.path if row.category else "", row.priority, row.tier))


def _target(row: Target, tree: dict[int, Category]) -> TargetRow:
    return TargetRow(
        id=row.pk,
        category=wording.path_of(row.category, tree) if row.category else _("all"),
        priority=str(Priority(row.priority).label) if row.priority else _("all"),
        tier=_tier(row.tier) if row.tier else _("all"),
        answer=duration(row.answer_minutes),
        solution=duration(row.solution_minutes),
    )


def _tier(code: str) -> str:
    words = {
        "diamond": _("Diamond"), "gold": _("Gold"), "silver": _("Silver"), "standard": _("Standard"),
    }  # fmt: skip
    return words.get(code, code)


def _calendar(row: WorkCalendar) -> CalendarRow:
    hours = [" ".join("-".join(span) for span in row.hours.get(str(day), [])) for day in range(7)]
    return CalendarRow(
        row.code, formats.named(row), row.name, row.name_en,
        list(zip(_weekdays(), hours, strict=True)), row.observes, row.is_default,
    )  # fmt: skip


def _weekdays() -> list[str]:
    return [
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    ]  # fmt: skip


def _day(row: SpecialDay) -> str:
    return f"{row.on} {'off' if row.hours_of is None else 'work'} {row.name}".strip()


def _terms() -> list[tuple[str, str, int]]:
    terms = standards.terms()
    return [
        ("regulator_days", _("Days until the regulator must have our answer"), terms.regulator_days),
        ("reopen_days", _("Days in which a closed ticket may be reopened"), terms.reopen_days),
        ("confirm_days", _("Days after which a solved ticket closes by itself"), terms.confirm_days),
        ("first_contact_minutes", _("Minutes that count as the first contact"), terms.first_contact_minutes),
    ]


def _skills(tree: dict[int, Category]) -> list[tuple[str, str]]:
    found: dict[int, list[str]] = {}
    for skill in Skill.objects.all():
        if skill.category_id in tree:
            found.setdefault(skill.staff_id, []).append(formats.named(tree[skill.category_id]))
    people_known = identity.Staff.objects.filter(pk__in=found).order_by("name")
    return [(formats.named(one), "、".join(found[one.pk])) for one in people_known]
