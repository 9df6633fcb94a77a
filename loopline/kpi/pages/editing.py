"""Setting indicators, targets and thresholds on screen, with their history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity.api import Staff
from loopline.kernel import formats
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.pages import Crumb, Request, address_of, again, render, undo, with_toast
from loopline.kernel.permission import require
from loopline.kpi import api, wording
from loopline.kpi.actions import defining
from loopline.kpi.models import Basis, Indicator, PeriodKind, Perspective, Spread
from loopline.kpi.pages.indicator import get_indicator
from loopline.kpi.queries.book import indicators
from loopline.kpi.queries.terms import terms
from loopline.kpi.queries.tree import tree

FIELDS = (
    "name", "name_en", "about", "about_en", "numerator", "denominator", "factor", "filters", "unit", "decimals",
    "lag",
    "period", "perspective", "weight", "hours_to_answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListRow:
    """An indicator in the list."""

    url: str
    name: str
    formula: str
    perspective: str
    period: str
    owner: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """Every indicator of the operator."""

    title: str
    rows: list[ListRow]
    new_url: str


@dataclass(frozen=True, slots=True)
class Set:
    """A target or threshold that is set."""

    id: str
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Past:
    """A change that was made."""

    event: int
    title: str
    detail: str
    by: str
    ago: str
    exact: str


@dataclass(frozen=True, slots=True)
class EditPage:
    """The form of an indicator, with what is set about it."""

    title: str
    url: str
    values: dict[str, str]
    errors: dict[str, str]
    is_new: bool
    options: dict[str, list[tuple[str, str]]]
    targets: list[Set] = field(default_factory=list)
    thresholds: list[Set] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    target_url: str = ""
    threshold_url: str = ""
    drop_url: str = ""
    take_back_url: str = ""
    indicator_url: str = ""


@require_safe
def listing(request: Request) -> HttpResponse:
    """Every indicator, those no longer used as well."""
    require(request.actor, "kpi.manage")
    page = ListPage(
        title=_("Indicators"),
        rows=[
            ListRow(
                address_of("kpi:edit", row.public_id), formats.named(row), wording.about(row),
                str(row.get_perspective_display()) if row.perspective else "–", str(row.get_period_display()),
                formats.named(row.owner) if row.owner else "–", row.is_active,
            )
            for row in indicators(request.actor, all_of_them=True)
        ],
        new_url=reverse("kpi:new"),
    )  # fmt: skip
    return render(request, "kpi/indicators.html", page, breadcrumbs=[*_crumbs(), Crumb(page.title)])


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Add an indicator."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: Request, public_id: UUID) -> HttpResponse:
    """Change an indicator."""
    require(request.actor, "kpi.manage")
    return _form(request, get_indicator(request.actor, public_id))


def _form(request: Request, row: Indicator | None) -> HttpResponse:
    require(request.actor, "kpi.manage")
    values, errors = _values(row), {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "").strip() for name in (*values, "code")}
        try:
            saved = _save(request, row, values)
        except Refusal as refusal:
            undo(request)
            errors[refusal.field or "name"] = refusal.message
        else:
            return with_toast(HttpResponseRedirect(address_of("kpi:edit", saved.public_id)), _("Saved."))
    page = _page(row, values, errors)
    crumbs = [*_crumbs(), Crumb(_("Indicators"), reverse("kpi:indicators")), Crumb(page.title)]
    return render(request, "kpi/edit.html", page, status=422 if errors else 200, breadcrumbs=crumbs)


def _save(request: Request, row: Indicator | None, values: dict[str, str]) -> Indicator:
    changes: dict[str, object] = {name: values[name] for name in FIELDS}
    changes |= {name: values[name] == "on" for name in ("adds_up", "is_active")}
    changes["higher_is_better"] = values["better"] == "higher"
    changes["owner_id"] = _person(values["owner"])
    changes["parent_id"] = _parent(values["parent"])
    code = row.code if row else values["code"]
    if row is None and Indicator.objects.filter(code=code).exists():
        raise Invalid(field="code", reason=_("This code is taken."))
    saved = api.save_indicator(actor=request.actor, code=code, changes=changes)
    saved.refresh_from_db()
    return saved


def _person(user_name: str) -> int | None:
    if not user_name:
        return None
    found = Staff.objects.filter(user_name=user_name, is_active=True).first()
    if found is None:
        raise Invalid(field="owner", reason=_("There is no such member of staff."))
    return found.pk


def _parent(code: str) -> int | None:
    return Indicator.objects.filter(code=code).values_list("pk", flat=True).first() if code else None


def _values(row: Indicator | None) -> dict[str, str]:
    held = row or Indicator(numerator="work.orders_completed")
    told = {name: getattr(held, name) for name in FIELDS}
    told |= {"factor": f"{held.factor:f}".rstrip("0").rstrip(".") if row else "1", "code": held.code}
    told |= {"adds_up": "on" if held.adds_up else "", "is_active": "on" if held.is_active else ""}
    told["better"] = "higher" if held.higher_is_better else "lower"
    told["owner"] = held.owner.user_name if held.owner else ""
    told["parent"] = held.parent.code if held.parent else ""
    return {name: str(value) for name, value in told.items()}


def _page(row: Indicator | None, values: dict[str, str], errors: dict[str, str]) -> EditPage:
    every = Indicator.objects.exclude(pk=row.pk if row else 0).order_by("place")
    known, units = terms(), tree()
    options = {
        "numerator": known,
        "period": [(code, str(label)) for code, label in PeriodKind.choices],
        "perspective": [(code, str(label)) for code, label in Perspective.choices],
        "parent": [(each.code, formats.named(each)) for each in every],
        "unit": [
            (unit.code, f"{formats.named(unit)} · {unit.get_level_display()}")
            for unit in units.units.values()
        ],
        "spread": [(code, str(label)) for code, label in Spread.choices],
        "basis": [(code, str(label)) for code, label in Basis.choices],
    }
    if row is None:
        return EditPage(_("New indicator"), reverse("kpi:new"), values, errors, True, options)
    return EditPage(
        title=formats.named(row),
        url=address_of("kpi:edit", row.public_id),
        values=values,
        errors=errors,
        is_new=False,
        options=options,
        targets=[
            Set(
                str(each.public_id), formats.named(each.unit),
                _("%(value)s from %(since)s on; %(spread)s") % {
                    "value": wording.value_of(row, each.value), "since": wording.period_of(row.period, each.since),
                    "spread": each.get_spread_display(),
                },
            )
            for each in row.targets.select_related("unit").order_by("unit__path", "-since")
        ],
        thresholds=[
            Set(
                str(each.public_id), formats.named(each.unit) if each.unit else _("All units"),
                wording.threshold_words(row, each),
            )
            for each in row.thresholds.select_related("unit").order_by("unit__path")
        ],
        past=_past(row),
        target_url=address_of("kpi:target", row.public_id),
        threshold_url=address_of("kpi:threshold", row.public_id),
        drop_url=address_of("kpi:drop", row.public_id),
        take_back_url=address_of("kpi:take_back", row.public_id),
        indicator_url=address_of("kpi:indicator", row.public_id),
    )  # fmt: skip


def _past(row: Indicator) -> list[Past]:
    kinds = {
        "indicator": _("Definition"),
        "target": pgettext("indicator", "Target"),
        "threshold": _("Threshold"),
    }
    return [
        Past(
            event.pk, kinds[event.payload["what"]],
            wording.changed_words(event.payload["before"], event.payload["after"]),
            formats.author(event.actor_name, event.actor_id), formats.ago(event.at), formats.moment(event.at),
        )
        for event in defining.definition_changes(row)
    ]  # fmt: skip


@require_POST
def target(request: Request, public_id: UUID) -> HttpResponse:
    """Set a target."""
    given = request.POST

    def act() -> None:
        try:
            since = date.fromisoformat(f"{given.get('since', '')[:7]}-01")
        except ValueError:
            raise Invalid(field="since", reason=_("Please give the month.")) from None
        owner = Staff.objects.filter(user_name=given.get("owner", "").strip()).first()
        if given.get("owner", "").strip() and owner is None:
            raise Invalid(field="owner", reason=_("There is no such member of staff."))
        api.set_target(
            actor=request.actor, indicator=public_id, unit=given.get("unit", ""), since=since,
            value=given.get("value", ""), spread=given.get("spread", ""), owner=owner.public_id if owner else None,
        )  # fmt: skip

    return _acted(request, public_id, act)


@require_POST
def threshold(request: Request, public_id: UUID) -> HttpResponse:
    """Set a threshold; shares are typed in per cent."""
    given = request.POST
    scale = "" if given.get("basis") == Basis.ABSOLUTE else "E-2"
    return _acted(
        request,
        public_id,
        lambda: api.set_threshold(
            actor=request.actor, indicator=public_id, unit=given.get("unit", ""), basis=given.get("basis", ""),
            warn=f"{given.get('warn', '')}{scale}", breach=f"{given.get('breach', '')}{scale}",
            minutes_to_answer=_minutes(given.get("minutes_to_answer", "").strip()),
        ),
    )  # fmt: skip


def _minutes(given: str) -> int | None:
    return int(defining.number(given, "minutes_to_answer")) if given else None


@require_POST
def drop(request: Request, public_id: UUID) -> HttpResponse:
    """Drop a target or threshold."""
    what, row = request.POST.get("what", ""), request.POST.get("row", "")

    def act() -> None:
        try:
            key = UUID(row)
        except ValueError:
            raise Invalid(field="row", reason=_("Please choose one of the list.")) from None
        api.drop_definition(actor=request.actor, what=what, row=key)

    return _acted(request, public_id, act)


@require_POST
def take_back(request: Request, public_id: UUID) -> HttpResponse:
    """Take a change back."""
    event = request.POST.get("event", "")
    return _acted(
        request,
        public_id,
        lambda: api.take_back_change(
            actor=request.actor, indicator=public_id, event=int(event) if event.isdecimal() else 0
        ),
    )


def _acted(request: Request, public_id: UUID, act: Callable[[], object]) -> HttpResponse:
    require(request.actor, "kpi.manage")
    back = address_of("kpi:edit", public_id)
    try:
        act()
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return again(request, back, refusal)
    return with_toast(HttpResponseRedirect(back), _("Saved."))


def _crumbs() -> list[Crumb]:
    return [Crumb(_("Performance"), reverse("kpi:board"))]
