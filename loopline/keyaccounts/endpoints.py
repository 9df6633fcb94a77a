"""Key accounts and groups for programs: everything the screens do."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.permission import Actor, caller
from loopline.keyaccounts import api, running
from loopline.keyaccounts.models import CareStep, Group, Post, Run, Visit
from loopline.keyaccounts.queries import accounts, chain, figures
from loopline.keyaccounts.queries import groups as group_queries
from loopline.keyaccounts.queries import rules as rule_queries
from loopline.keyaccounts.queries import visits as visit_queries
from loopline.keyaccounts.schemas import (
    AccountOut,
    AccountPage,
    AccountQuery,
    Added,
    AssignmentRunOut,
    Cancelled,
    CarePlanIn,
    CareStepOut,
    ChargeIn,
    ContractIn,
    ContractOut,
    FiguresOut,
    GroupChange,
    GroupIn,
    GroupOut,
    GroupPage,
    GroupQuery,
    HandOverIn,
    MembersIn,
    PlacedOut,
    PostOut,
    Result,
    VisitIn,
    VisitOut,
    VisitResult,
)

router = Router()
PAGE = 50


def _today(actor: Actor) -> date:
    return clock.today(actor.zone)


@router.get("/team", response=list[PostOut])
def team(request: HttpRequest) -> list[PostOut]:
    """The posts of my team, from the top down, with their figures."""
    actor, now = caller(request), clock.now()
    posts = chain.visible(actor)
    own = figures.by_post(posts, _today(actor), now)
    sums = figures.rolled_up(posts, own)
    return [
        PostOut(
            id=post.public_id, level=post.level, staff=post.staff.user_name, unit=post.unit.code,
            above=post.parent.public_id if post.parent else None, load_limit=post.load_limit,
            own=_figures(own.get(post.pk, figures.Figures())), team=_figures(sums[post.pk]),
        )
        for post in posts
    ]  # fmt: skip


def _figures(found: figures.Figures) -> FiguresOut:
    return FiguresOut(**{name: getattr(found, name) for name in FiguresOut.model_fields})


@router.get("/accounts", response=AccountPage)
def list_accounts(request: HttpRequest, wanted: Query[AccountQuery]) -> AccountPage:
    """The customers in my charge, or in that of a post of my team."""
    actor = caller(request)
    posts = chain.visible(actor)
    post = next((one for one in posts if one.staff_id == actor.staff_id), None)
    if wanted.post is not None:
        post = chain.get_post(actor, wanted.post)
    mine = [
        one.pk
        for one in posts
        if post and (one.path.startswith(post.path) if wanted.team else one.pk == post.pk)
    ]
    asked = accounts.Wanted(
        tuple(mine), wanted.view, wanted.q.replace("\0", "").strip(), max(0, min(wanted.after, 2**60))
    )
    rows, after = accounts.page(actor, asked, clock.now(), _today(actor), PAGE)
    return AccountPage(items=[_account(row) for row in rows], next=after or None)


def _account(row: accounts.Account) -> AccountOut:
    same = (
        "number",
        "tier",
        "revenue",
        "arrears",
        "risk",
        "visited",
        "planned",
        "contract_ends",
        "complaints",
    )
    name = customers.masks.name(row.kind, row.name)
    return AccountOut(id=row.public_id, name=name, **{one: getattr(row, one) for one in same})


@router.post("/accounts/charge", response=AssignmentRunOut)
def put_in_charge(request: HttpRequest, wanted: ChargeIn) -> AssignmentRunOut:
    """Put customers in charge of a post, or of nobody."""
    actor = caller(request)
    if len(wanted.customers) > 1000:
        raise Invalid(field="customers", reason="At most 1000 customers in one call.")
    chosen = [customers.by_public_id(actor, key) for key in wanted.customers]
    if wanted.post is None:
        return _run(api.release(actor=actor, chosen=chosen, now=clock.now(), note=wanted.note))
    post = chain.get_post(actor, wanted.post)
    return _run(api.put_in_charge(actor=actor, post=post, chosen=chosen, now=clock.now(), note=wanted.note))


@router.post("/posts/{post}/hand-over", response=AssignmentRunOut)
def hand_over(request: HttpRequest, post: UUID, wanted: HandOverIn) -> AssignmentRunOut:
    """Hand all that a post has over to its successors."""
    actor = caller(request)
    heirs: list[Post] = [chain.get_post(actor, key) for key in wanted.successors]
    found = chain.get_post(actor, post)
    return _run(api.hand_over(actor=actor, post=found, successors=heirs, note=wanted.note, now=clock.now()))


@router.get("/rules/preview", response=list[PlacedOut])
def preview(request: HttpRequest) -> list[PlacedOut]:
    """What a run by the rules would do now."""
    actor = caller(request)
    placed = rule_queries.preview(actor, rule_queries.rules(actor))
    return [PlacedOut(rule=one.rule.name, fit=one.fit, given=one.given, left=one.left) for one in placed]


@router.post("/runs", response={202: AssignmentRunOut})
def start_run(request: HttpRequest) -> Status[AssignmentRunOut]:
    """Run the rules in the background."""
    return Status(202, _run(running.start_run(actor=caller(request))))


@router.get("/runs", response=list[AssignmentRunOut])
def list_runs(request: HttpRequest) -> list[AssignmentRunOut]:
    """The latest changes of hands."""
    return [_run(run) for run in rule_queries.runs(caller(request), PAGE)]


@router.post("/runs/{run}/undo", response=AssignmentRunOut)
def undo_run(request: HttpRequest, run: UUID) -> AssignmentRunOut:
    """Take the latest change of hands back."""
    found = Run.objects.filter(public_id=run).first()
    if found is None:
        raise NotFound
    return _run(api.undo_run(actor=caller(request), run=found, now=clock.now()))


def _run(run: Run) -> AssignmentRunOut:
    same = ("kind", "state", "total", "given", "note", "at")
    return AssignmentRunOut(id=run.public_id, by=run.by_name, **{name: getattr(run, name) for name in same})


@router.get("/visits", response=list[VisitOut])
def list_visits(request: HttpRequest, view: str = "planned") -> list[VisitOut]:
    """The visits of my team: planned, overdue, done or cancelled."""
    rows = visit_queries.visits(chain.visible(caller(request)), view, clock.now())[:PAGE]
    return [_visit(row) for row in rows]


@router.post("/visits", response={201: VisitOut})
def plan_visit(request: HttpRequest, wanted: VisitIn) -> Status[VisitOut]:
    """Plan a visit by myself."""
    actor = caller(request)
    customer = customers.by_public_id(actor, wanted.customer)
    made = api.plan_visit(actor=actor, customer=customer, at=_aware(wanted.at), purpose=wanted.purpose)
    return Status(201, _visit(made))


@router.post("/visits/{visit}/complete", response=VisitOut)
def complete_visit(request: HttpRequest, visit: UUID, wanted: VisitResult) -> VisitOut:
    """The visit has taken place; it becomes a contact of the customer too."""
    actor = caller(request)
    found = visit_queries.get_visit(actor, visit)
    given = wanted.model_dump() | {"at": _aware(wanted.at)}
    return _visit(api.complete_visit(actor=actor, visit=found, **given))


@router.post("/visits/{visit}/cancel", response=VisitOut)
def cancel_visit(request: HttpRequest, visit: UUID, wanted: Cancelled) -> VisitOut:
    """The visit will not take place."""
    actor = caller(request)
    found = visit_queries.get_visit(actor, visit)
    return _visit(api.cancel_visit(actor=actor, visit=found, reason=wanted.reason, version=wanted.version))


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise Invalid(field="at", reason="Give the moment with its offset from UTC.")
    return at


def _visit(row: Visit) -> VisitOut:
    same = (
        "state", "planned_at", "purpose", "done_at", "met", "result", "next_step", "next_on", "reason", "version",
    )  # fmt: skip
    return VisitOut(
        id=row.public_id,
        customer=row.customer.public_id,
        staff=row.staff.user_name,
        **{name: getattr(row, name) for name in same},
    )


@router.get("/customers/{customer}/care", response=list[CareStepOut])
def care(request: HttpRequest, customer: UUID) -> list[CareStepOut]:
    """The care plan of a customer: what is to come, then what was done."""
    actor = caller(request)
    found = customers.by_public_id(actor, customer)
    return [_step(row) for row in visit_queries.care_of(customers.together(found))]


@router.post("/customers/{customer}/care", response=list[CareStepOut])
def plan_care(request: HttpRequest, customer: UUID, wanted: CarePlanIn) -> list[CareStepOut]:
    """Put a usual plan in; what is open already is not put in again."""
    actor = caller(request)
    found = customers.by_public_id(actor, customer)
    made = api.plan_care(actor=actor, customer=found, plan=wanted.plan, today=_today(actor))
    return [_step(row) for row in made]


@router.post("/care/{step}/done", response=CareStepOut)
def do_step(request: HttpRequest, step: UUID, wanted: Result) -> CareStepOut:
    """A step is done; one that comes again is put in anew."""
    actor = caller(request)
    found = visit_queries.get_step(actor, step)
    api.do_step(actor=actor, step=found, result=wanted.result, today=_today(actor))
    return _step(visit_queries.get_step(actor, step))


def _step(row: CareStep) -> CareStepOut:
    same = ("what", "title", "way", "due_on", "every_months", "done_on", "result")
    return CareStepOut(id=row.public_id, **{name: getattr(row, name) for name in same})


@router.get("/groups", response=GroupPage)
def list_groups(request: HttpRequest, wanted: Query[GroupQuery]) -> GroupPage:
    """Group customers that I see."""
    actor = caller(request)
    asked = group_queries.Wanted(
        wanted.grade, wanted.q.replace("\0", "").strip(), max(0, min(wanted.after, 2**60))
    )
    rows = list(group_queries.groups(actor, asked)[: PAGE + 1])
    return GroupPage(items=_groups(rows[:PAGE], actor), next=rows[PAGE - 1].pk if len(rows) > PAGE else None)


@router.post("/groups", response={201: GroupOut})
def make_group(request: HttpRequest, wanted: GroupIn) -> Status[GroupOut]:
    """Make a group customer of an organisation."""
    actor = caller(request)
    made = api.make_group(
        actor=actor, customer=customers.by_public_id(actor, wanted.customer), grade=wanted.grade,
        industry=wanted.industry, staff_count=wanted.staff_count,
        parent=group_queries.get_group(actor, wanted.parent) if wanted.parent else None,
    )  # fmt: skip
    return Status(201, _groups([made], actor)[0])


@router.get("/groups/{group}", response=GroupOut)
def get_group(request: HttpRequest, group: UUID) -> GroupOut:
    """One group."""
    actor = caller(request)
    return _groups([group_queries.get_group(actor, group)], actor)[0]


@router.put("/groups/{group}", response=GroupOut)
def change_group(request: HttpRequest, group: UUID, wanted: GroupChange) -> GroupOut:
    """Change a group, or put it under another head."""
    actor = caller(request)
    parent = group_queries.get_group(actor, wanted.parent) if wanted.parent else None
    found = group_queries.get_group(actor, group)
    given = wanted.model_dump(exclude={"parent"})
    changed = api.change_group(actor=actor, group=found, parent=parent, **given)
    return _groups([changed], actor)[0]


@router.post("/groups/{group}/members", response=Added)
def add_members(request: HttpRequest, group: UUID, wanted: MembersIn) -> Added:
    """Customers become members."""
    actor = caller(request)
    found = group_queries.get_group(actor, group)
    chosen = [customers.by_public_id(actor, key) for key in wanted.customers[:1000]]
    made = api.add_members(actor=actor, group=found, chosen=chosen, since=wanted.since, role=wanted.role)
    return Added(count=len(made))


@router.get("/groups/{group}/contracts", response=list[ContractOut])
def contracts(request: HttpRequest, group: UUID) -> list[ContractOut]:
    """The contracts of a group."""
    found = group_queries.get_group(caller(request), group)
    return [_contract(row) for row in group_queries.contracts_of(found)]


@router.post("/groups/{group}/contracts", response={201: ContractOut})
def sign_contract(request: HttpRequest, group: UUID, wanted: ContractIn) -> Status[ContractOut]:
    """Sign a contract."""
    actor = caller(request)
    found = group_queries.get_group(actor, group)
    renews = next((row for row in group_queries.contracts_of(found) if row.number == wanted.renews), None)
    if wanted.renews and renews is None:
        raise NotFound
    given = wanted.model_dump(exclude={"renews"})
    return Status(201, _contract(api.sign_contract(actor=actor, group=found, renews=renews, **given)))


def _contract(row: api.GroupContract) -> ContractOut:
    same = ("number", "name", "starts_on", "ends_on", "value", "notice_days", "terminated_on")
    return ContractOut(id=row.public_id, **{name: getattr(row, name) for name in same})


def _groups(rows: list[Group], actor: Actor) -> list[GroupOut]:
    worth = group_queries.worth_of([row.pk for row in rows], _today(actor))
    return [_group(row, worth.get(row.pk, group_queries.Worth())) for row in rows]


def _group(row: Group, worth: group_queries.Worth) -> GroupOut:
    return GroupOut(
        id=row.public_id, number=row.number, customer=row.customer.public_id, name=row.customer.name, grade=row.grade,
        industry=row.industry, parent=row.parent.public_id if row.parent else None, members=worth.members,
        lines=worth.lines, revenue=worth.revenue, own_revenue=worth.own, value=worth.weighed.value,
        risk=worth.weighed.risk, at_stake=worth.weighed.at_stake, members_at_risk=worth.at_risk, version=row.version,
    )  # fmt: skip
