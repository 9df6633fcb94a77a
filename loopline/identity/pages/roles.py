"""Administration: roles, the matrix of what each may do, and the form of one."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loopline.identity import actions
from loopline.identity.models import Role
from loopline.identity.pages.forms import filled
from loopline.identity.permissions import AREAS, PERMISSIONS
from loopline.kernel import formats
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.pages import Crumb, MenuItem, Request, menu, render, undo
from loopline.kernel.permission import require

menu.add(
    "identity.roles",
    MenuItem(
        "administration", gettext_lazy("Roles"), "identity:roles", "user-shield", "administration.staff", "r"
    ),
)


@dataclass(frozen=True, slots=True)
class RoleHead:
    """A column of the matrix."""

    url: str
    name: str
    people: str
    needs_second_step: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A permission and, role by role, who has it; the first of an area carries the area's name."""

    area: str
    label: str
    code: str
    held: list[bool]


@dataclass(frozen=True, slots=True)
class RolesPage:
    """The matrix."""

    title: str
    roles: list[RoleHead]
    rows: list[MatrixRow]
    add_url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A permission in the form of a role."""

    code: str
    label: str
    held: bool


@dataclass(frozen=True, slots=True)
class RoleForm:
    """Making or changing a role."""

    title: str
    action: str
    cancel_url: str
    remove_url: str
    people: str
    name: str
    name_en: str
    needs_second_step: bool
    areas: list[tuple[str, list[Choice]]]
    errors: dict[str, str]


@require_safe
def roles(request: Request) -> HttpResponse:
    """Every role beside every permission."""
    require(request.actor, "administration.staff")
    found = list(Role.objects.annotate(people=Count("staffrole")).order_by("id"))
    heads = [
        RoleHead(
            reverse("identity:role", kwargs={"code": role.code}),
            formats.named(role),
            formats.number(role.people),
            role.needs_second_step,
        )
        for role in found
    ]
    rows = [
        MatrixRow(
            str(label) if place == 0 else "",
            str(PERMISSIONS[code]),
            code,
            [code in role.permissions for role in found],
        )
        for label, codes in _areas()
        for place, code in enumerate(codes)
    ]
    return render(
        request, "identity/roles.html", RolesPage(_("Roles"), heads, rows, reverse("identity:role_add"))
    )


@require_http_methods(["GET", "POST"])
def role_add(request: Request) -> HttpResponse:
    """Make a role, perhaps beginning with what another may."""
    require(request.actor, "administration.staff")
    if request.method == "GET":
        like = Role.objects.filter(code=request.GET.get("like", "").replace("\0", "")).first()
        return _form(request, None, "", "", like.permissions if like else [], second=False)
    values = {
        "name": request.POST.get("name", "").strip(),
        "name_en": request.POST.get("name_en", "").strip(),
    }
    permissions = request.POST.getlist("permissions")
    try:
        name = filled(values, "name")
        role = actions.add_role(
            actor=request.actor,
            name=name,
            name_en=values["name_en"],
            permissions=permissions,
        )
        if request.POST.get("needs_second_step") == "on":
            _change(request, role)
    except Refusal as refusal:
        undo(request)
        return _form(request, None, values["name"], values["name_en"], permissions, second=False, why=refusal)
    return HttpResponseRedirect(reverse("identity:roles"))


@require_http_methods(["GET", "POST"])
def role_edit(request: Request, code: str) -> HttpResponse:
    """Change a role."""
    require(request.actor, "administration.staff")
    role = _role(code)
    if request.method == "GET":
        return _form(request, role, role.name, role.name_en, role.permissions, second=role.needs_second_step)
    try:
        _change(request, role)
    except Refusal as refusal:
        undo(request)
        post = request.POST
        return _form(
            request,
            role,
            post.get("name", ""),
            post.get("name_en", ""),
            post.getlist("permissions"),
            second=post.get("needs_second_step") == "on",
            why=refusal,
        )
    return HttpResponseRedirect(reverse("identity:roles"))


@require_POST
def role_remove(request: Request, code: str) -> HttpResponse:
    """Take a role away that nobody has."""
    require(request.actor, "administration.staff")
    actions.remove_role(actor=request.actor, role=_role(code))
    return HttpResponseRedirect(reverse("identity:roles"))


def _role(code: str) -> Role:
    role = Role.objects.filter(code=code.replace("\0", "")).first()
    if role is None:
        raise NotFound
    return role


def _change(request: Request, role: Role) -> None:
    values = {"name": request.POST.get("name", "").strip()}
    actions.change_role(
        actor=request.actor,
        role=role,
        name=filled(values, "name"),
        name_en=request.POST.get("name_en", "").replace("\0", "").strip(),
        permissions=request.POST.getlist("permissions"),
        needs_second_step=request.POST.get("needs_second_step") == "on",
    )


def _areas() -> list[tuple[str, list[str]]]:
    areas: dict[str, list[str]] = {}
    for code in PERMISSIONS:
        areas.setdefault(code.partition(".")[0], []).append(code)
    return [(str(AREAS.get(area, area)), codes) for area, codes in areas.items()]


def _form(
    request: Request,
    role: Role | None,
    name: str,
    name_en: str,
    permissions: list[str],
    *,
    second: bool,
    why: Refusal | None = None,
) -> HttpResponse:
    where = {"code": role.code} if role else {}
    people = role.staffrole_set.count() if role else 0
    page = RoleForm(
        title=formats.named(role) if role else _("Add a role"),
        action=reverse("identity:role" if role else "identity:role_add", kwargs=where),
        cancel_url=reverse("identity:roles"),
        remove_url=reverse("identity:role_remove", kwargs=where) if role and not people else "",
        people=_("%(count)s people have this role") % {"count": formats.number(people)} if role else "",
        name=name,
        name_en=name_en,
        needs_second_step=second,
        areas=[
            (label, [Choice(code, str(PERMISSIONS[code]), code in permissions) for code in codes])
            for label, codes in _areas()
        ],
        errors={why.field or "name": why.message} if why else {},
    )
    crumbs = [Crumb(_("Roles"), reverse("identity:roles")), Crumb(page.title)]
    return render(
        request, "identity/role_form.html", page, status=why.status if why else 200, breadcrumbs=crumbs
    )


patterns = [
    path("roles", roles, name="roles"),
    path("roles/add", role_add, name="role_add"),
    path("roles/<slug:code>", role_edit, name="role"),
    path("roles/<slug:code>/remove", role_remove, name="role_remove"),
]
