"""Administration: staff."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import actions, queries
from loopline.identity.models import Role, Staff
from loopline.identity.pages.forms import filled, password_help, unit_of, unit_options
from loopline.identity.permissions import PERMISSIONS
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require

PAGE = 50

menu.add(
    "identity.staff",
    MenuItem(
        "administration", gettext_lazy("Staff"), "identity:staff", "users-group", "administration.staff", "s"
    ),
)


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
    second_step_url: str
    password_help: str
    errors: dict[str, str]


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
            user_name=filled(values, "user_name"),
            name=filled(values, "name"),
            unit=unit_of(values["unit"]),
            roles=values["roles"],
            password=values["password"],
            must_change_password=True,
            email=values["email"],
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
            "email": staff.email,
            "roles": [role.code for role in staff.roles.all()],
            "is_active": staff.is_active,
        }
        return _staff_form(request, staff, values, {})
    values = _staff_values(request)
    try:
        actions.change_staff(
            actor=request.actor,
            staff=staff,
            name=filled(values, "name"),
            unit=unit_of(values["unit"]),
            roles=values["roles"],
            is_active=values["is_active"],
            email=values["email"],
        )
        if values["password"]:
            actions.reset_password(actor=request.actor, staff=staff, new=values["password"])
    except Refusal as refusal:
        return _staff_refused(request, staff, values, refusal)
    return HttpResponseRedirect(reverse("identity:staff"))


@require_POST
def second_step_remove(request: Request, public_id: str) -> HttpResponse:
    """Take the second step away from somebody who has lost his device."""
    staff = Staff.objects.filter(public_id=public_id).first()
    if staff is None:
        raise NotFound
    require(request.actor, "administration.staff")
    actions.remove_second_step(actor=request.actor, staff=staff)
    return HttpResponseRedirect(reverse("identity:staff_edit", kwargs={"public_id": public_id}))


def _staff_values(request: Request) -> dict[str, Any]:
    known = set(Role.objects.values_list("code", flat=True))
    return {
        "user_name": request.POST.get("user_name", "").strip(),
        "name": request.POST.get("name", "").strip(),
        "unit": request.POST.get("unit", ""),
        "roles": [code for code in request.POST.getlist("roles") if code in known],
        "is_active": request.POST.get("is_active") == "on",
        "password": request.POST.get("password", ""),
        "email": request.POST.get("email", "").replace("\0", "").strip()[:254],
    }


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
        units=unit_options(),
        roles=[
            (
                role.code,
                formats.named(role),
                formats.listed(PERMISSIONS.get(p, p) for p in role.permissions[:6]),
            )
            for role in Role.objects.order_by("id")
        ],
        second_step_url=reverse("identity:staff_second_step_remove", kwargs={"public_id": staff.public_id})
        if staff and queries.has_second_step(staff)
        else "",
        password_help=password_help(),
        errors=errors,
    )
    crumbs = [Crumb(_("Staff"), reverse("identity:staff")), Crumb(page.title)]
    return render(request, "identity/staff_form.html", page, status=status, breadcrumbs=crumbs)


patterns = [
    path("staff", staff_list, name="staff"),
    path("staff/add", staff_add, name="staff_add"),
    path("staff/<uuid:public_id>", staff_edit, name="staff_edit"),
    path("staff/<uuid:public_id>/second-step/remove", second_step_remove, name="staff_second_step_remove"),
]
