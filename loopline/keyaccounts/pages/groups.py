"""Group customers: the list, a new one, and one with its value, risk, members, key persons and contracts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.customers import api as customers
from loopline.documents import api as documents
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts import wording
from loopline.keyaccounts.models import Group, GroupContract, GroupProduct, KeyPerson, PersonRole
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import groups as queries
from loopline.keyaccounts.rules import groupvalue

PAGE = 25
GRADE_TONES = {"A": "accent", "B": "info", "C": "neutral"}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in the list."""

    url: str
    number: str
    name: str
    grade: str
    grade_tone: str
    industry: str
    parent: str
    members: str
    revenue: str
    risk: str
    risk_tone: str
    stake: str


@dataclass(frozen=True, slots=True)
class GroupsPage:
    """The list of groups."""

    title: str
    tabs: list[dict[str, Any]]
    text: str
    grade: str
    rows: list[GroupRow]
    next_url: str
    first_url: str
    count: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """Making a group of an organisation."""

    title: str
    customer: str
    customer_id: str
    parents: list[tuple[str, str]]
    cancel_url: str


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A group in its family tree."""

    url: str
    name: str
    grade: str
    depth: int
    is_this: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member in words."""

    url: str
    name: str
    number: str
    line: str
    role: str
    since: str
    revenue: str
    risk: str
    risk_tone: str
    end_url: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A key person, masked."""

    name: str
    name_url: str
    role: str
    tone: str
    position: str
    telephone: str
    telephone_url: str
    birthday: str
    note: str
    end_url: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract."""

    id: str
    number: str
    name: str
    span: str
    value: str
    state: str
    tone: str
    files: list[tuple[str, str]]
    attach_url: str
    end_url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ProductView:
    """What the group has bought."""

    name: str
    quantity: str
    fee: str
    contract: str
    since: str
    end_url: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One group."""

    title: str
    number: str
    grade: str
    grade_tone: str
    industry: str
    staff_count: str
    branch: str
    customer_url: str
    care_url: str
    figures: list[parts.Figure]
    chart: dict[str, Any]
    chart_summary: str
    table_columns: list[str]
    table_rows: list[list[str]]
    tree: list[TreeRow]
    members: list[MemberView]
    members_next: str
    people: list[PersonView]
    contracts: list[ContractView]
    products: list[ProductView]
    roles: list[tuple[str, str]]
    renewable: list[tuple[str, str]]
    open_contracts: list[tuple[str, str]]
    parents: list[tuple[str, str]]
    parent: str
    values: dict[str, str]
    version: int
    today: str
    in_a_year: str
    may_work: bool
    act_urls: dict[str, str]


@require_safe
def group_list(request: Request) -> HttpResponse:
    """Groups by grade, number or name, page by page."""
    given = {name: str(value).replace("\0", "")[:100] for name, value in request.GET.items()}
    after = given.get("after", "")
    wanted = queries.Wanted(
        given.get("grade", "") if given.get("grade") in queries.GRADES else "",
        given.get("q", "").strip(),
        int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else 0,
    )
    found = list(queries.groups(request.actor, wanted)[: PAGE + 1])
    rows, more = found[:PAGE], len(found) > PAGE
    worth = queries.worth_of([row.pk for row in rows], clock.today(request.actor.zone))
    page = GroupsPage(
        title=_("Group customers"),
        tabs=[
            {"label": label, "url": _list_url(grade=grade, q=wanted.text), "active": grade == wanted.grade}
            for grade, label in [
                ("", _("All")),
                *((grade, _("Grade %(grade)s") % {"grade": grade}) for grade in queries.GRADES),
            ]
        ],
        text=wanted.text,
        grade=wanted.grade,
        rows=[_row(row, worth.get(row.pk, queries.Worth())) for row in rows],
        next_url=_list_url(grade=wanted.grade, q=wanted.text, after=str(rows[-1].pk)) if more else "",
        first_url=_list_url(grade=wanted.grade, q=wanted.text) if wanted.after else "",
        count=_("%(count)s on this page") % {"count": len(rows)},
    )
    return render(request, "keyaccounts/groups.html", page, breadcrumbs=[Crumb(page.title)])


def _list_url(**told: str) -> str:
    kept = urlencode({name: value for name, value in told.items() if value})
    return reverse("keyaccounts:groups") + (f"?{kept}" if kept else "")


def _url(group: Group) -> str:
    return reverse("keyaccounts:group", kwargs={"public_id": group.public_id})


def _row(group: Group, worth: queries.Worth) -> GroupRow:
    return GroupRow(
        url=_url(group),
        number=group.number,
        name=group.customer.name,
        grade=group.grade,
        grade_tone=GRADE_TONES[group.grade],
        industry=group.industry,
        parent=group.parent.customer.name if group.parent else "",
        members=formats.number(worth.members),
        revenue=formats.money(worth.revenue),
        risk=formats.percent(worth.weighed.risk),
        risk_tone=groupvalue.tone(worth.weighed.risk),
        stake=formats.money(worth.weighed.at_stake),
    )


@require_safe
def new_group(request: Request) -> HttpResponse:
    """A form that makes a group of an organisation."""
    require(request.actor, "keyaccounts.work")
    customer = customers.by_public_id(request.actor, parts.key_of(request.GET.get("customer", "")))
    page = NewPage(
        title=_("New group customer"),
        customer=customers.masks.name(customer.kind, customer.name),
        customer_id=str(customer.public_id),
        parents=_parents(request.actor, None),
        cancel_url=parts.customer_url(customer.public_id),
    )
    crumbs = [Crumb(_("Group customers"), reverse("keyaccounts:groups")), Crumb(page.title)]
    return render(request, "keyaccounts/new_group.html", page, breadcrumbs=crumbs)


def _parents(actor: Actor, group: Group | None) -> list[tuple[str, str]]:
    rows = queries.groups(actor, queries.Wanted())[:300]
    return [
        (str(row.public_id), f"{row.customer.name} · {row.number}")
        for row in rows
        if group is None or not row.path.startswith(group.path)
    ]


@require_safe
def group(request: Request, public_id: UUID) -> HttpResponse:
    """One group with all that belongs to it."""
    actor = request.actor
    found = queries.get_group(actor, public_id)
    today = clock.today(actor.zone)
    after = request.GET.get("members", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else 0
    members = queries.members_of(found, today, after=start, size=PAGE + 1)
    worth = queries.worth_of([found.pk], today).get(found.pk, queries.Worth())
    contracts = queries.contracts_of(found)
    trend = queries.trend_of(found, today)
    page = GroupPage(
        title=found.customer.name,
        number=found.number,
        grade=found.grade,
        grade_tone=GRADE_TONES[found.grade],
        industry=found.industry,
        staff_count=formats.number(found.staff_count) if found.staff_count else "",
        branch=formats.named(found.branch),
        customer_url=parts.customer_url(found.customer.public_id),
        care_url=reverse("keyaccounts:file", kwargs={"public_id": found.customer.public_id}),
        figures=_figures(worth),
        chart=_chart(trend),
        chart_summary=_("What the organisation and its members were billed in the last twelve months."),
        table_columns=[_("Month"), _("Own"), _("Members")],
        table_rows=[[formats.month(month), formats.money(own), formats.money(rest)] for month, own, rest in trend],
        tree=_tree(found),
        members=[_member(row, found) for row in members[:PAGE]],
        members_next=f"{_url(found)}?members={members[PAGE - 1].id}#members" if len(members) > PAGE else "",
        people=[_person(actor, row) for row in queries.key_persons(found)],
        contracts=[_contract(row, today) for row in contracts],
        products=[_product(row) for row in queries.products_of(found)],
        roles=[(code, str(label)) for code, label in PersonRole.choices],
        renewable=[(str(row.public_id), row.number) for row in contracts if row.renewed_by_id is None],
        open_contracts=[(str(row.public_id), f"{row.number} {row.name}") for row in contracts if row.ends_on >= today],
        parents=_parents(actor, found),
        parent=str(found.parent.public_id) if found.parent else "",
        values={
            "grade": found.grade,
            "industry": found.industry,
            "staff_count": str(found.staff_count or ""),
        },
        version=found.version,
        today=today.isoformat(),
        in_a_year=(today + timedelta(days=364)).isoformat(),
        may_work=actor.may("keyaccounts.work"),
        act_urls={
            act: reverse(f"keyaccounts:{act}", kwargs={"public_id": public_id})
            for act in ("change_group", "add_members", "add_person", "sign_contract", "add_product")
        },
    )  # fmt: skip
    crumbs = [Crumb(_("Group customers"), reverse("keyaccounts:groups")), Crumb(page.title)]
    return render(request, "keyaccounts/group.html", page, breadcrumbs=crumbs)


def _figures(worth: queries.Worth) -> list[parts.Figure]:
    weighed = worth.weighed
    return [
        parts.Figure(
            _("Revenue last month"), formats.compact(worth.revenue), formats.money(worth.revenue), "report-money",
            _("own %(own)s") % {"own": formats.money(worth.own)},
        ),
        parts.Figure(_("Members"), formats.number(worth.members), icon="users-group",
                     note=_("%(count)s lines in use") % {"count": formats.number(worth.lines)}),
        parts.Figure(_("Value a month"), formats.compact(weighed.value), formats.money(weighed.value), "cash"),
        parts.Figure(
            _("Group churn risk"), formats.percent(weighed.risk), icon="heart-broken",
            tone=groupvalue.tone(weighed.risk), note=_("weighted by value"),
        ),
        parts.Figure(
            _("At stake a month"), formats.compact(weighed.at_stake), formats.money(weighed.at_stake), "scale"
        ),
        parts.Figure(_("Members at risk"), formats.number(worth.at_risk), icon="user-question"),
    ]  # fmt: skip


def _chart(trend: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    series = [
        {
            "type": "bar", "stack": "all", "name": name, "barMaxWidth": 34,
            "data": [float(row[place]) for row in trend],
        }
        for place, name in ((1, _("Own")), (2, _("Members")))
    ]  # fmt: skip
    return {
        "grid": {"left": 8, "right": 12, "top": 34, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "right": 0},
        "xAxis": {"type": "category", "data": [formats.month(row[0]) for row in trend]},
        "yAxis": {"type": "value", "min": 0},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


def _tree(found: Group) -> list[TreeRow]:
    rows = queries.family(found)
    top = min((row.path.count("/") for row in rows), default=0)
    return [
        TreeRow(_url(row), row.customer.name, row.grade, row.path.count("/") - top, row.pk == found.pk)
        for row in rows
    ]


def _member(row: queries.MemberRow, found: Group) -> MemberView:
    risk, tone = parts.risk(row.risk)
    return MemberView(
        url=parts.customer_url(row.customer),
        name=customers.masks.name(row.kind, row.name),
        number=row.number,
        line=customers.masks.medium("telephone", row.line) if row.line else "",
        role=row.role,
        since=formats.day(row.since),
        revenue=formats.money(row.revenue),
        risk=risk,
        risk_tone=tone,
        end_url=reverse("keyaccounts:end_member", kwargs={"public_id": row.public_id}),
    )


def _person(actor: Actor, row: KeyPerson) -> PersonView:
    def reveal(field: str) -> str:
        if not actor.may("customers.reveal"):
            return ""
        return reverse("keyaccounts:reveal_person", kwargs={"public_id": row.public_id, "field": field})

    role = PersonRole(row.role)
    return PersonView(
        name=customers.masks.name("person", row.name),
        name_url=reveal("name"),
        role=str(role.label),
        tone=wording.ROLE_TONES.get(role, "neutral"),
        position=row.position,
        telephone=customers.masks.medium("telephone", row.telephone, actor.country) if row.telephone else "",
        telephone_url=reveal("telephone"),
        birthday=f"**-{row.birth_date:%m-%d}" if row.birth_date else "",
        note=row.note,
        end_url=reverse("keyaccounts:end_person", kwargs={"public_id": row.public_id}),
    )


def _contract(row: GroupContract, today: date) -> ContractView:
    state, tone = _state(row, today)
    own = {"public_id": row.public_id}
    files = [
        (reverse("document", kwargs={"public_id": file.public_id}), file.name)
        for file in documents.documents_of(row)
    ]
    return ContractView(
        id=str(row.public_id),
        number=row.number,
        name=row.name,
        span=f"{formats.day(row.starts_on)} – {formats.day(row.terminated_on or row.ends_on)}",
        value=formats.money(row.value),
        state=state,
        tone=tone,
        files=files,
        attach_url=reverse("keyaccounts:attach", kwargs=own),
        end_url=reverse("keyaccounts:end_contract", kwargs=own),
        is_open=row.terminated_on is None and row.ends_on >= today,
    )


def _state(row: GroupContract, today: date) -> tuple[str, str]:
    if row.terminated_on is not None:
        return _("Ended early"), "bad"
    if row.renewed_by_id is not None:
        return _("Renewed"), "info"
    if row.ends_on < today:
        return _("Expired"), "neutral"
    if row.ends_on - timedelta(days=row.notice_days) <= today:
        return _("Renew now"), "warn"
    return (_("Runs"), "good") if row.starts_on <= today else (_("Begins later"), "info")


def _product(row: GroupProduct) -> ProductView:
    return ProductView(
        name=row.name,
        quantity=formats.number(row.quantity),
        fee=formats.money(row.monthly_fee),
        contract=row.contract.number if row.contract else "",
        since=formats.day(row.since),
        end_url=reverse("keyaccounts:end_product", kwargs={"public_id": row.public_id}),
    )
