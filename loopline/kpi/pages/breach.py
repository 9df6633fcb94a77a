"""Breaches: the list, and the story of one."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Crumb, Request, address_of, render
from loopline.kpi import wording
from loopline.kpi.models import BreachStep, Indicator, StepKind
from loopline.kpi.pages import parts
from loopline.kpi.pages.board import BreachRow, breach_row
from loopline.kpi.queries import breaches
from loopline.worklist import api as worklist

STEP_ICONS = {
    StepKind.SEEN: ("alert-circle", "bad"),
    StepKind.GIVEN: ("user", "info"),
    StepKind.ESCALATED: ("arrow-up", "warn"),
    StepKind.MEASURE: ("tool", "info"),
    StepKind.TAKEN_BACK: ("arrow-back-up", "neutral"),
    StepKind.RECOVERED: ("circle-check", "good"),
    StepKind.AGAIN: ("alert-circle", "bad"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A step of the story."""

    icon: str
    title: str
    detail: str
    ago: str
    exact: str
    tone: str


@dataclass(frozen=True, slots=True)
class BreachesPage:
    """Breaches of a unit and all below it."""

    title: str
    subtitle: str
    tabs: list[parts.Link]
    rows: list[BreachRow]


@dataclass(frozen=True, slots=True)
class BreachPage:
    """The story of a breach."""

    title: str
    subtitle: str
    state: str
    tone: str
    sentence: str
    facts: list[tuple[str, str]]
    story: list[Entry]
    tasks: list[parts.Link]
    indicator_url: str


@require_safe
def listing(request: Request) -> HttpResponse:
    """Breaches, what is still breached first."""
    place = parts.place_of(request)
    only = request.GET.get("only", "")
    here = reverse("kpi:breaches")
    rows = breaches.latest(
        request.actor, place.tree, place.unit.pk, only=only if only in ("open", "over") else ""
    )
    page = BreachesPage(
        title=_("Breached indicators"),
        subtitle=formats.named(place.unit),
        tabs=[
            parts.Link(label, here + place.query(only=code), only == code)
            for code, label in (("", _("All")), ("open", _("Still breached")), ("over", _("Recovered")))
        ],
        rows=[breach_row(row) for row in rows],
    )
    crumbs = [Crumb(_("Performance"), parts.board_url(place)), Crumb(page.title)]
    return render(request, "kpi/breaches.html", page, breadcrumbs=crumbs)


@require_safe
def breach(request: Request, public_id: UUID) -> HttpResponse:
    """One breach: what happened, who was told, what was done, whether it came right."""
    told = breaches.get(request.actor, public_id)
    row, indicator = told.breach, told.breach.indicator
    at_unit = f"?unit={row.branch.code}"
    url = address_of("kpi:indicator", indicator.public_id) + at_unit
    page = BreachPage(
        title=wording.breach_title(indicator, row.branch),
        subtitle=wording.period_of(indicator.period, row.period),
        state=wording.breach_state(row),
        tone=wording.breach_tone(row),
        sentence=wording.breach_sentence(row),
        facts=[
            (
                _("First seen"),
                f"{wording.value_of(indicator, row.value)} · {formats.moment(row.first_seen_at)}",
            ),
            (_("Worst"), wording.value_of(indicator, row.worst)),
            (_("Latest"), wording.value_of(indicator, row.latest)),
            (_("Bound"), wording.value_of(indicator, row.bound)),
            (_("Goes up next"), formats.moment(row.due_at)),
            (_("Recovered"), formats.moment(row.recovered_at)),
        ],
        story=[_entry(step, indicator) for step in told.steps],
        tasks=_tasks(request, row.pk),
        indicator_url=url,
    )
    crumbs = [
        Crumb(_("Performance"), reverse("kpi:board") + at_unit),
        Crumb(formats.named(indicator), url),
        Crumb(_("Breach")),
    ]
    return render(request, "kpi/breach.html", page, breadcrumbs=crumbs)


def _entry(step: BreachStep, indicator: Indicator) -> Entry:
    icon, tone = STEP_ICONS[StepKind(step.kind)]
    return Entry(
        icon, str(step.get_kind_display()), wording.step_detail(step, indicator), formats.ago(step.at),
        formats.moment(step.at), tone,
    )  # fmt: skip


def _tasks(request: Request, key: int) -> list[parts.Link]:
    """The tasks of a breach that the reader may see."""
    rows = (
        worklist.Task.objects.filter(source=f"kpi.breach:{key}")
        .select_related("assignee", "branch")
        .order_by("pk")
    )
    return [
        parts.Link(
            formats.named(row.assignee) if row.assignee else formats.named(row.branch),
            address_of("worklist:one", row.public_id),
            note=str(row.get_status_display()),
        )
        for row in rows
    ]
