"""Recorded work: the people of a unit, and one person, over a month or quarter."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loopline.identity.api import Role, Staff
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, Request, address_of, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.kpi import api
from loopline.kpi.models import PeriodKind
from loopline.kpi.pages import parts
from loopline.kpi.queries import work as queries
from loopline.kpi.queries.counts import look
from loopline.kpi.rules import periods, work
from loopline.kpi.rules.work import BEHAVIOUR, RESULTS


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in short."""

    url: str
    name: str
    unit: str
    role: str
    cells: list[str]
    score: str
    percent: int


@dataclass(frozen=True, slots=True)
class WorkPage:
    """The work of a unit's people."""

    title: str
    subtitle: str
    path: list[parts.Link]
    below: list[parts.Link]
    period: str
    before_url: str
    after_url: str
    tabs: list[parts.Link]
    columns: list[dict[str, object]]
    rows: list[PersonRow]
    mean: str
    weights_url: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A measure of a person."""

    label: str
    value: str
    full: str
    percent: int
    weight: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person's work."""

    title: str
    subtitle: str
    path: list[parts.Link]
    below: list[parts.Link]
    period: str
    before_url: str
    after_url: str
    score: str
    results: list[MarkRow]
    behaviour: list[MarkRow]


@dataclass(frozen=True, slots=True)
class WeightRow:
    """A measure with its weight for a role."""

    name: str
    label: str
    weight: str
    full: str
    is_share: bool


@dataclass(frozen=True, slots=True)
class WeightsPage:
    """How much each kind of work counts for a role."""

    title: str
    url: str
    tabs: list[parts.Link]
    rows: list[WeightRow]
    error: str


SHOWN = ("orders_completed", "tickets_solved", "tasks_done", "contacts", "tasks_in_time")


@require_safe
def team(request: Request) -> HttpResponse:
    """The people of a unit, the best first; whoever leads nobody sees himself."""
    actor, place = request.actor, parts.place_of(request)
    kind = _kind(request)
    here = reverse("kpi:work")
    period, before_url, after_url = parts.periods_around(place, kind, here)
    seen = look(actor, kind, periods.first_day(kind, place.day), clock.now())
    found = queries.worked(actor, place.tree, place.unit.pk, seen)
    mean = queries.mean_score(each.result for each in found)
    ordered = sorted(found, key=lambda each: -(each.result.score if each.result.score is not None else -1))
    labels = [str(queries.MEASURES[name].label) for name in SHOWN]
    page = WorkPage(
        title=_("Recorded work"),
        subtitle=formats.named(place.unit),
        path=parts.climb(place, here),
        below=parts.units_below(place, here),
        period=period,
        before_url=_with_kind(before_url, kind),
        after_url=_with_kind(after_url, kind),
        tabs=[
            parts.Link(str(PeriodKind(each).label), here + place.query(period=each), each == kind)
            for each in (PeriodKind.MONTH, PeriodKind.QUARTER)
        ],
        columns=[
            {"label": _("Person")},
            {"label": _("Score")},
            *({"label": label, "numeric": True, "wide": n > 1} for n, label in enumerate(labels)),
        ],
        rows=[_person_row(each, place, kind) for each in ordered],
        mean=_score(mean),
        weights_url=reverse("kpi:weights") if actor.may("kpi.manage") else "",
    )
    crumbs = [Crumb(_("Performance"), parts.board_url(place)), Crumb(page.title)]
    return render(request, "kpi/work.html", page, breadcrumbs=crumbs)


def _kind(request: Request) -> str:
    asked = request.GET.get("period", "")
    return asked if asked in (PeriodKind.MONTH, PeriodKind.QUARTER) else PeriodKind.MONTH.value


def _with_kind(url: str, kind: str) -> str:
    return url + f"&period={kind}" if url and kind != PeriodKind.MONTH else url


def _person_row(found: queries.Worked, place: parts.Place, kind: str) -> PersonRow:
    score = found.result.score
    return PersonRow(
        url=_with_kind(address_of("kpi:person", found.person.public_id) + place.query(), kind),
        name=formats.named(found.person),
        unit=formats.named(found.person.unit),
        role=_roles(found.person),
        cells=[_value(name, found) for name in SHOWN],
        score=_score(score),
        percent=min(100, round(score)) if score is not None else 0,
    )


def _roles(person: Staff) -> str:
    return formats.listed(formats.named(role) for role in person.roles.all())


def _value(name: str, found: queries.Worked) -> str:
    value = found.values[name]
    if value is None:
        return "–"
    return formats.percent(value / 100, 0) if name in queries.SHARES else formats.number(value, 0)


def _score(score: Decimal | None) -> str:
    return "–" if score is None else formats.number(round(score))


@require_safe
def person(request: Request, public_id: UUID) -> HttpResponse:
    """One person: what he did, how, and how it is weighed."""
    actor, place = request.actor, parts.place_of(request)
    row = Staff.objects.select_related("unit").prefetch_related("roles").filter(public_id=public_id).first()
    if row is None or not queries.may_see(actor, row):
        raise NotFound
    kind = _kind(request)
    period, before_url, after_url = parts.periods_around(place, kind, address_of("kpi:person", row.public_id))
    found = queries.worked_by(actor, row, look(actor, kind, periods.first_day(kind, place.day), clock.now()))
    page = PersonPage(
        title=formats.named(row),
        subtitle=f"{_roles(row)} · {formats.named(row.unit)}",
        path=[],
        below=[],
        period=period,
        before_url=_with_kind(before_url, kind),
        after_url=_with_kind(after_url, kind),
        score=_score(found.result.score),
        results=_marks(found, RESULTS),
        behaviour=_marks(found, BEHAVIOUR),
    )
    crumbs = [
        Crumb(_("Performance"), parts.board_url(place)),
        Crumb(_("Recorded work"), reverse("kpi:work") + place.query()),
        Crumb(page.title),
    ]
    return render(request, "kpi/person.html", page, breadcrumbs=crumbs)


def _marks(found: queries.Worked, part: str) -> list[MarkRow]:
    weighed = {mark.measure: mark for mark in found.result.marks}
    rows = []
    for name, measure in queries.MEASURES.items():
        if measure.part != part or (name not in weighed and not found.values[name]):
            continue
        mark = weighed.get(name)
        share = mark.share if mark else None
        rows.append(
            MarkRow(
                label=str(measure.label),
                value=_value(name, found),
                full=formats.percent(share, 0) if share is not None else "–",
                percent=min(100, round(100 * share)) if share is not None else 0,
                weight=formats.number(mark.weight) if mark else "–",
            )
        )
    return rows


@require_http_methods(["GET", "POST"])
def weights(request: Request) -> HttpResponse:
    """Decide what counts how much for a role."""
    require(request.actor, "kpi.manage")
    roles = list(Role.objects.order_by("pk"))
    role = next((each for each in roles if each.code == request.GET.get("role")), roles[0])
    here, error = f"{reverse('kpi:weights')}?role={role.code}", ""
    if request.method == "POST":
        given = {
            name: (request.POST.get(f"weight_{name}", ""), request.POST.get(f"full_{name}", ""))
            for name in queries.MEASURES
        }
        try:
            api.set_work_weights(actor=request.actor, role=role.code, weights=given)
        except Refusal as refusal:
            undo(request)
            error = refusal.message
        else:
            return with_toast(HttpResponseRedirect(here), _("Saved."))
    held = queries.weights().get(role.code) or work.usual(role.code)
    page = WeightsPage(
        title=_("What counts"),
        url=here,
        tabs=[
            parts.Link(formats.named(each), f"{reverse('kpi:weights')}?role={each.code}", each == role)
            for each in roles
        ],
        rows=[_weight_row(name, held.get(name)) for name in queries.MEASURES],
        error=error,
    )
    crumbs = [Crumb(_("Performance"), reverse("kpi:board")), Crumb(_("Recorded work"), reverse("kpi:work"))]
    return render(
        request,
        "kpi/weights.html",
        page,
        status=422 if error else 200,
        breadcrumbs=[*crumbs, Crumb(page.title)],
    )


def _weight_row(name: str, held: work.Weight | None) -> WeightRow:
    is_share = name in queries.SHARES
    return WeightRow(
        name,
        str(queries.MEASURES[name].label),
        f"{held.weight.normalize():f}" if held else "",
        f"{held.full_marks.normalize():f}" if held else "",
        is_share,
    )
