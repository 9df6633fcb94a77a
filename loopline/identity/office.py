"""Administration: staff and their roles, the organisation tree, the audit."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loopline.identity import actions
from loopline.identity.models import Level, Role, Staff, Unit
from loopline.identity.permissions import PERMISSIONS
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.models import AccessRecord
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require

PAGE = 50

for _name, _item in {
    "identity.staff": MenuItem(
        "administration", gettext_lazy("Staff"), "identity:staff", "users-group", "administration.staff", "s"
    ),
    "identity.organisation": MenuItem(
        "administration",
        gettext_lazy("Organisation"),
        "identity:organisation",
        "sitemap",
        "administration.organisation",
        "o",
    ),
    "identity.audit": MenuItem(
        "administration", gettext_lazy("Audit"), "identity:audit", "shield-check", "administration.audit", "a"
    ),
}.items():
    menu.add(_name, _item)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff in the list."""

    url: str
    name: str
    user_name: str
    unit: str
    roles: str
    is_active: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class StaffList:
    """The list of staff; `more_url` leads on."""

    title: str
    rows: list[StaffRow]
    query: str
    count: str
    next_url: str
    add_url: str


@dataclass(frozen=True, slots=True)
class StaffForm:
    """Adding or changing a member of staff."""

    title: str
    action: str
    cancel_url: str
    is_new: bool
    values: dict[str, Any]
    units: list[tuple[str, str]]
    roles: list[tuple[str, str, str]]
    errors: dict[str, str]


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


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One look or sign-in."""

    what: str
    who: str
    about: str
    reason: str
    address: str
    ago: str
    exact: str
    tone: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Sign-ins and looks at personal data, newest first."""

    title: str
    rows: list[AuditRow]
    kinds: list[dict[str, Any]]
    next_url: str


@require_safe
def staff_list(request: Request) -> HttpResponse:
    """Everybody who works here, searched by name, sign-in or unit."""
    require(request.actor, "administration.staff")
    query = request.GET.get("q", "").strip()
    found = Staff.objects.select_related("unit").prefetch_related("roles").order_by("user_name")
    if query:
        found = found.filter(
            Q(name__icontains=query) | Q(user_name__icontains=query) | Q(unit__name__icontains=query)
        )
    total = found.count()
    after = request.GET.get("after", "")
    rows = list(found.filter(user_name__gt=after)[: PAGE + 1])
    next_url = f"?q={query}&after={rows[PAGE - 1].user_name}" if len(rows) > PAGE else ""
    page = StaffList(
        _("Staff"),
        [_staff_row(staff) for staff in rows[:PAGE]],
        query,
        _("%(count)s people") % {"count": formats.number(total)},
        next_url,
        reverse("identity:staff_add"),
    )
    return render(request, "identity/staff.html", page)


def _staff_row(staff: Staff) -> StaffRow:
    now = clock.now()
    return StaffRow(
        reverse("identity:staff_edit", kwargs={"public_id": staff.public_id}),
        formats.named(staff),
        staff.user_name,
        formats.named(staff.unit),
        ", ".join(formats.named(role) for role in staff.roles.all()),
        staff.is_active,
        bool(staff.locked_until and staff.locked_until > now),
    )


@require_http_methods(["GET", "POST"])
def staff_add(request: Request) -> HttpResponse:
    """Add a member of staff."""
    require(request.actor, "administration.staff")
    if request.method == "GET":
        return _staff_form(request, None, {"roles": [], "is_active": True}, {})
    values = _staff_values(request)
    try:
        actions.add_staff(
            actor=request.actor,
            user_name=_filled(values, "user_name"),
            name=_filled(values, "name"),
            unit=_unit(values["unit"]),
            roles=values["roles"],
            password=values["password"],
        )
    except Refusal as refusal:
        return _staff_refused(request, None, values, refusal)
    return HttpResponseRedirect(reverse("identity:staff"))


@require_http_methods(["GET", "POST"])
def staff_edit(request: Request, public_id: str) -> HttpResponse:
    """Change a member of staff, or give him a new password."""
    require(request.actor, "administration.staff")
    staff = Staff.objects.select_related("unit").filter(public_id=public_id).first()
    if staff is None:
        raise NotFound
    if request.method == "GET":
        values: dict[str, Any] = {
            "user_name": staff.user_name,
            "name": staff.name,
            "unit": staff.unit_id,
            "roles": [role.code for role in staff.roles.all()],
            "is_active": staff.is_active,
        }
        return _staff_form(request, staff, values, {})
    values = _staff_values(request)
    try:
        actions.change_staff(
            actor=request.actor,
            staff=staff,
            name=_filled(values, "name"),
            unit=_unit(values["unit"]),
            roles=values["roles"],
            is_active=values["is_active"],
        )
        if values["password"]:
            actions.reset_password(actor=request.actor, staff=staff, new=values["password"])
    except Refusal as refusal:
        return _staff_refused(request, staff, values, refusal)
    return HttpResponseRedirect(reverse("identity:staff"))


def _staff_values(request: Request) -> dict[str, Any]:
    known = set(Role.objects.values_list("code", flat=True))
    return {
        "user_name": request.POST.get("user_name", "").strip(),
        "name": request.POST.get("name", "").strip(),
        "unit": request.POST.get("unit", ""),
        "roles": [code for code in request.POST.getlist("roles") if code in known],
        "is_active": request.POST.get("is_active") == "on",
        "password": request.POST.get("password", ""),
    }


def _filled(values: dict[str, Any], field: str) -> str:
    text = str(values[field]).replace("\0", "")
    if not text:
        raise Empty(field=field)
    return text


class Empty(Refusal):
    """A field that must be filled is not."""

    code = "empty"
    sentence = gettext_lazy("Please fill this in.")


def _unit(key: str) -> Unit:
    unit = Unit.objects.filter(pk=int(key)).first() if str(key).isdigit() and len(str(key)) < 18 else None
    if unit is None:
        raise Empty(field="unit")
    return unit


def _staff_refused(
    request: Request, staff: Staff | None, values: dict[str, Any], refusal: Refusal
) -> HttpResponse:
    undo(request)
    field = "password" if refusal.field == "new" else refusal.field or "user_name"
    return _staff_form(request, staff, values, {field: refusal.message}, refusal.status)


def _staff_form(
    request: Request, staff: Staff | None, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    add_url = reverse("identity:staff_add")
    page = StaffForm(
        title=formats.named(staff) if staff else _("Add a member of staff"),
        action=reverse("identity:staff_edit", kwargs={"public_id": staff.public_id}) if staff else add_url,
        cancel_url=reverse("identity:staff"),
        is_new=staff is None,
        values=values,
        units=_unit_options(),
        roles=[
            (
                role.code,
                formats.named(role),
                "、".join(str(PERMISSIONS.get(p, p)) for p in role.permissions[:6]),
            )
            for role in Role.objects.order_by("id")
        ],
        errors=errors,
    )
    crumbs = [Crumb(_("Staff"), reverse("identity:staff")), Crumb(page.title)]
    return render(request, "identity/staff_form.html", page, status=status, breadcrumbs=crumbs)


def _unit_options() -> list[tuple[str, str]]:
    return [
        (str(unit.pk), "　" * (unit.path.count("/") - 2) + formats.named(unit))
        for unit in Unit.objects.filter(is_active=True).order_by("path")
    ]


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
            parent=_unit(values["parent"]),
            level=values["level"],
            code=_filled(values, "code"),
            name=_filled(values, "name"),
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
    page = OrganisationPage(_("Organisation"), rows, _unit_options(), levels, values, errors)
    return render(request, "identity/organisation.html", page, status=status)


KINDS = {
    "sign_in": gettext_lazy("Signed in"),
    "sign_in_failed": gettext_lazy("Failed sign-in"),
    "sign_out": gettext_lazy("Signed out"),
    "reveal": gettext_lazy("Personal data shown"),
    "walk_in": gettext_lazy("Customer of another branch opened"),
    "export": gettext_lazy("Export"),
}


@require_safe
def audit(request: Request) -> HttpResponse:
    """Who signed in and who looked at what."""
    require(request.actor, "administration.audit")
    kind, before = request.GET.get("kind", ""), request.GET.get("before", "")
    found = AccessRecord.objects.order_by("-id")
    if kind in KINDS:
        found = found.filter(kind=kind)
    if before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    next_url = f"?kind={kind}&before={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    kinds = [{"label": _("All"), "url": "?", "active": kind not in KINDS}] + [
        {"label": str(label), "url": f"?kind={code}", "active": code == kind} for code, label in KINDS.items()
    ]
    page = AuditPage(_("Audit"), [_audit_row(row) for row in rows[:PAGE]], kinds, next_url)
    return render(request, "identity/audit.html", page)


def _audit_row(row: AccessRecord) -> AuditRow:
    return AuditRow(
        what=str(KINDS.get(row.kind, row.kind)),
        who=row.staff_name or "–",
        about=row.field or "",
        reason=row.reason,
        address=row.address,
        ago=formats.ago(row.at),
        exact=formats.moment(row.at),
        tone={"sign_in_failed": "bad", "reveal": "warn", "walk_in": "warn"}.get(row.kind, "neutral"),
    )


patterns = [
    path("staff", staff_list, name="staff"),
    path("staff/add", staff_add, name="staff_add"),
    path("staff/<uuid:public_id>", staff_edit, name="staff_edit"),
    path("organisation", organisation, name="organisation"),
    path("audit", audit, name="audit"),
]
