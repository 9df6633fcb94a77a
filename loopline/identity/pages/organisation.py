"""Administration: the organisation tree."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from loopline.identity import actions
from loopline.identity.models import Level, Unit
from loopline.identity.pages.forms import Empty, filled, unit_of, unit_options
from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import MenuItem, Request, menu, render
from loopline.kernel.permission import require

menu.add(
    "identity.organisation",
    MenuItem(
        "administration",
        gettext_lazy("Organisation"),
        "identity:organisation",
        "sitemap",
        "administration.organisation",
        "u",
    ),
)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A node of the tree, indented by its depth."""

    id: int
    depth: int
    name: str
    code: str
    level: str
    staff: str


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """The tree and the form to let it grow."""

    title: str
    rows: list[UnitRow]
    parents: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    values: dict[str, str]
    errors: dict[str, str]


@require_http_methods(["GET", "POST"])
def organisation(request: Request) -> HttpResponse:
    """The organisation tree; a unit is added under another."""
    require(request.actor, "administration.organisation")
    values = {
        key: request.POST.get(key, "").strip() for key in ("parent", "level", "code", "name", "name_en")
    }
    if request.method == "GET":
        return _organisation(request, values, {})
    try:
        if values["level"] not in Level.values:
            raise Empty(field="level")
        actions.add_unit(
            actor=request.actor,
            parent=unit_of(values["parent"]),
            level=values["level"],
            code=filled(values, "code"),
            name=filled(values, "name"),
            name_en=values["name_en"],
        )
    except Refusal as refusal:
        field = "parent" if refusal.field == "unit" else refusal.field or "name"
        return _organisation(request, values, {field: refusal.message}, refusal.status)
    return HttpResponseRedirect(reverse("identity:organisation"))


def _organisation(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    units = Unit.objects.annotate(people=Count("staff")).order_by("path")
    rows = [
        UnitRow(
            unit.pk,
            unit.path.count("/") - 2,
            formats.named(unit),
            unit.code,
            str(Level(unit.level).label),
            formats.number(unit.people),
        )
        for unit in units
    ]
    levels = [(level.value, str(level.label)) for level in Level]
    page = OrganisationPage(_("Organisation"), rows, unit_options(), levels, values, errors)
    return render(request, "identity/organisation.html", page, status=status)


patterns = [path("organisation", organisation, name="organisation")]
