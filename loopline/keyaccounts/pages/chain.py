"""Who holds which post of the chain; appointing, ending, handing over; and the rules with their runs."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.pages import Crumb, Request, render
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts import api, running, wording
from loopline.keyaccounts.models import Group, Level, Post, Rule, Run, RunKind, RunState, Terms
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import accounts
from loopline.keyaccounts.queries import chain as queries
from loopline.keyaccounts.queries import rules as rule_queries


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in the tree."""

    id: str
    depth: int
    name: str
    level: str
    unit: str
    load: str
    limit: int
    filled: int
    since: str
    above: str
    version: int
    may_hand_over: bool


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, a hand-over or an assignment by hand."""

    kind: str
    state: str
    tone: str
    given: str
    note: str
    by: str
    ago: str
    exact: str
    undo_url: str
    percent: int
    is_running: bool
    stop_url: str


@dataclass(frozen=True, slots=True)
class ChainPage:
    """The chain."""

    title: str
    rows: list[PostRow]
    runs: list[RunRow]
    may_appoint: bool
    levels: list[tuple[str, str]]
    staff: list[tuple[str, str]]
    units: list[tuple[str, str]]
    posts: list[tuple[str, str]]
    rules_url: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what a run would do by it."""

    id: str
    place: int
    name: str
    conditions: str
    post: str
    fit: str
    given: str
    left: str
    is_short: bool


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules, their preview, the run under way, and when account managers are reminded."""

    title: str
    rows: list[RuleRow]
    total: str
    run: RunRow | None
    may_run: bool
    posts: list[tuple[str, str]]
    units: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    tiers: list[tuple[str, str]]
    classes: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    terms: Terms
    poll_url: str


@dataclass(frozen=True, slots=True)
class AssignPage:
    """Putting chosen customers in somebody's charge."""

    title: str
    chosen: list[tuple[str, str]]
    posts: list[tuple[str, str]]
    back: str


@require_safe
def chain(request: Request) -> HttpResponse:
    """The tree of posts with their loads, and the latest changes of hands."""
    actor = request.actor
    require(actor, "keyaccounts.assign")
    posts = queries.visible(actor)
    loads = accounts.loads([post.pk for post in posts])
    may = actor.may("keyaccounts.chain")
    taken = {post.staff_id for post in queries.living()}
    people = (
        identity.Staff.objects.filter(is_active=True).exclude(pk__in=taken).select_related("unit")
        if may
        else []
    )
    units = identity.Unit.objects.filter(is_active=True).order_by("path") if may else []
    page = ChainPage(
        title=_("Chain of account managers"),
        rows=[_post_row(post, loads.get(post.pk, 0), posts) for post in posts],
        runs=[run_row(actor, run, first=place == 0) for place, run in enumerate(_runs(actor))],
        may_appoint=may,
        levels=[(code, str(label)) for code, label in Level.choices],
        staff=[(str(one.public_id), f"{formats.named(one)} · {formats.named(one.unit)}") for one in people],
        units=[
            (str(unit.public_id), "　" * (unit.path.count("/") - 2) + formats.named(unit)) for unit in units
        ],
        posts=parts.post_options(posts),
        rules_url=reverse("keyaccounts:rules") if may else "",
    )
    crumbs = [Crumb(_("Team board"), reverse("keyaccounts:team")), Crumb(page.title)]
    return render(request, "keyaccounts/chain.html", page, breadcrumbs=crumbs)


def _runs(actor: Actor) -> list[Run]:
    return [
        run
        for run in rule_queries.runs(actor, 20)
        if actor.may("keyaccounts.chain") or run.by_id == actor.staff_id
    ]


def _post_row(post: Post, load: int, posts: list[Post]) -> PostRow:
    depth = sum(post.path.startswith(one.path) for one in posts) - 1
    return PostRow(
        id=str(post.public_id),
        depth=depth,
        name=formats.named(post.staff),
        level=str(Level(post.level).label),
        unit=formats.named(post.unit),
        load=formats.number(load),
        limit=post.load_limit,
        filled=min(100, round(100 * load / post.load_limit)) if post.load_limit else 100,
        since=formats.day(post.since),
        above=str(post.parent.public_id) if post.parent else "",
        version=post.version,
        may_hand_over=load > 0,
    )


def run_row(actor: Actor, run: Run, *, first: bool) -> RunRow:
    """A run in words; the latest one that has ended can be taken back."""
    undoable = first and run.state in (RunState.DONE, RunState.STOPPED)
    undoable = undoable and (run.by_id == actor.staff_id or actor.may("keyaccounts.chain"))
    running_now = run.state in (RunState.WAITING, RunState.RUNNING)
    kind = str(wording.RUN_KINDS[RunKind(run.kind)])
    return RunRow(
        kind=f"{kind}: {formats.named(run.post.staff)}" if run.post else kind,
        state=str(RunState(run.state).label),
        tone=wording.RUN_TONES[RunState(run.state)],
        given=_("%(given)s of %(total)s customers")
        % {"given": formats.number(run.given), "total": formats.number(run.total)},
        note=run.note,
        by=run.by_name,
        ago=formats.ago(run.at),
        exact=formats.moment(run.at),
        undo_url=reverse("keyaccounts:undo", kwargs={"public_id": run.public_id}) if undoable else "",
        percent=round(100 * run.given / run.total) if run.total else 0,
        is_running=running_now,
        stop_url=reverse("keyaccounts:stop", kwargs={"public_id": run.public_id}) if running_now else "",
    )


@require_safe
def rules(request: Request) -> HttpResponse:
    """The rules in their order, with what a run would do now."""
    actor = request.actor
    require(actor, "keyaccounts.chain")
    found = rule_queries.rules(actor)
    placed = rule_queries.preview(actor, found)
    last = rule_queries.last_by_rules()
    groups = {group.pk: group for group in Group.objects.select_related("customer").order_by("id")[:200]}
    total = sum(one.given for one in placed)
    page = RulesPage(
        title=_("Rules of assignment"),
        rows=[_rule_row(one, groups) for one in placed],
        total=formats.number(total),
        run=run_row(actor, last, first=False) if last else None,
        may_run=total > 0 and not (last and last.state in (RunState.WAITING, RunState.RUNNING)),
        posts=parts.post_options(queries.visible(actor)),
        units=_units(),
        groups=[(str(group.public_id), group.customer.name) for group in groups.values()],
        tiers=[(code, str(label)) for code, label in wording.TIERS.items()],
        classes=[(code, str(label)) for code, label in wording.CLASSES.items()],
        kinds=[(code, str(label)) for code, label in wording.KINDS.items()],
        terms=Terms.objects.first() or Terms(tenant_id=actor.tenant_id),
        poll_url=reverse("keyaccounts:progress"),
    )
    crumbs = [Crumb(_("Team board"), reverse("keyaccounts:team")), Crumb(page.title)]
    return render(request, "keyaccounts/rules.html", page, breadcrumbs=crumbs)


@require_safe
def progress(request: Request) -> HttpResponse:
    """How far the run by rules has come: the part that asks for itself each second while it runs."""
    require(request.actor, "keyaccounts.chain")
    last = rule_queries.last_by_rules()
    if last is None:
        raise NotFound
    page = {"run": run_row(request.actor, last, first=False), "poll_url": reverse("keyaccounts:progress")}
    return render(request, "keyaccounts/progress.html", page)


def _units() -> list[tuple[str, str]]:
    rows = identity.Unit.objects.filter(is_active=True).exclude(level="team").order_by("path")
    return [(str(unit.public_id), "　" * (unit.path.count("/") - 2) + formats.named(unit)) for unit in rows]


def _rule_row(one: rule_queries.Placed, groups: dict[int, Group]) -> RuleRow:
    rule = one.rule
    told = [
        str(wording.KINDS.get(rule.kind, "")),
        str(wording.TIERS.get(rule.tier, "")),
        str(wording.CLASSES.get(rule.value_class, "")),
        formats.named(rule.unit) if rule.unit else "",
        groups[rule.group_id].customer.name if rule.group_id in groups else "",
    ]
    return RuleRow(
        id=str(rule.public_id),
        place=rule.place,
        name=rule.name,
        conditions=" · ".join(part for part in told if part) or _("everybody"),
        post=parts.post_label(rule.post),
        fit=formats.number(one.fit),
        given=formats.number(one.given),
        left=formats.number(one.left),
        is_short=one.left > 0,
    )


@require_safe
def assign(request: Request) -> HttpResponse:
    """A form for chosen customers: who shall look after them."""
    actor = request.actor
    require(actor, "keyaccounts.assign")
    chosen = _chosen(actor, request.GET.getlist("customer"))
    page = AssignPage(
        title=_("Who looks after them"),
        chosen=[(str(one.public_id), customers.masks.name(one.kind, one.name)) for one in chosen],
        posts=parts.post_options(queries.visible(actor)),
        back=reverse("keyaccounts:assign") + "?" + urlencode([("customer", one.public_id) for one in chosen]),
    )
    crumbs = [Crumb(_("My key accounts"), reverse("keyaccounts:mine")), Crumb(page.title)]
    return render(request, "keyaccounts/assign.html", page, breadcrumbs=crumbs)


def _chosen(actor: Actor, keys: list[str]) -> list[customers.Customer]:
    return [customers.by_public_id(actor, parts.key_of(key)) for key in keys[:200]]


def act_assign(request: Request) -> tuple[str, str]:
    """Put them in charge, or in nobody's."""
    actor, given = request.actor, request.POST
    chosen = _chosen(actor, given.getlist("customer"))
    note, now = given.get("note", ""), clock.now()
    if given.get("post") == "nobody":
        api.release(actor=actor, chosen=chosen, now=now, note=note)
    else:
        post = queries.get_post(actor, parts.key_of(given.get("post", "")))
        api.put_in_charge(actor=actor, post=post, chosen=chosen, now=now, note=note)
    target = (
        reverse("keyaccounts:file", kwargs={"public_id": chosen[0].public_id})
        if len(chosen) == 1
        else reverse("keyaccounts:chain")
    )
    return _("%(count)s customers are in other hands") % {"count": len(chosen)}, target


def act_appoint(request: Request) -> tuple[str, str]:
    """Give somebody a post."""
    actor, given = request.actor, request.POST
    staff = identity.Staff.objects.filter(
        public_id=parts.key_of(given.get("staff", "")), is_active=True
    ).first()
    unit = identity.Unit.objects.filter(public_id=parts.key_of(given.get("unit", ""))).first()
    if staff is None or unit is None:
        raise NotFound
    api.appoint(
        actor=actor, staff=staff, level=given.get("level", ""), unit=unit, above=_above(actor, given.get("above", "")),
        today=clock.today(actor.zone), load_limit=parts.number_of(given, "load_limit"),
    )  # fmt: skip
    return _("%(who)s is appointed") % {"who": formats.named(staff)}, reverse("keyaccounts:chain")


def act_change(request: Request, public_id: Any) -> tuple[str, str]:
    """Let a post report elsewhere, or have another limit."""
    actor, given = request.actor, request.POST
    post = queries.get_post(actor, public_id)
    above = _above(actor, given.get("above", ""))
    limit, version = parts.number_of(given, "load_limit"), parts.number_of(given, "version")
    api.change_post(actor=actor, post=post, above=above, load_limit=limit, version=version)
    return _("Changed"), reverse("keyaccounts:chain")


def act_end(request: Request, public_id: Any) -> tuple[str, str]:
    """End an appointment."""
    post = queries.get_post(request.actor, public_id)
    api.end_post(actor=request.actor, post=post, today=clock.today(request.actor.zone))
    return _("The appointment is over"), reverse("keyaccounts:chain")


def act_hand_over(request: Request, public_id: Any) -> tuple[str, str]:
    """Hand everything over to one or several."""
    actor, given = request.actor, request.POST
    post = queries.get_post(actor, public_id)
    heirs = [queries.get_post(actor, parts.key_of(key)) for key in given.getlist("to") if key]
    if not heirs:
        raise Invalid(field="to", reason=_("Choose at least one successor."))
    run = api.hand_over(actor=actor, post=post, successors=heirs, note=given.get("note", ""), now=clock.now())
    told = {"count": formats.number(run.given), "who": ", ".join(formats.named(heir.staff) for heir in heirs)}
    return _("%(count)s customers handed over to %(who)s") % told, reverse("keyaccounts:chain")


def act_undo(request: Request, public_id: Any) -> tuple[str, str]:
    """Take the latest back."""
    run = Run.objects.filter(public_id=public_id).first()
    if run is None:
        raise NotFound
    api.undo_run(actor=request.actor, run=run, now=clock.now())
    return _("Taken back"), reverse("keyaccounts:chain")


def act_stop(request: Request, public_id: Any) -> tuple[str, str]:
    """Stop a run."""
    run = Run.objects.filter(public_id=public_id).first()
    if run is None:
        raise NotFound
    api.stop_run(actor=request.actor, run=run)
    return _("Stopped; what is done stays"), reverse("keyaccounts:rules")


def act_rule(request: Request) -> tuple[str, str]:
    """Make a rule."""
    actor, given = request.actor, request.POST
    unit = group = None
    if given.get("unit"):
        unit = identity.Unit.objects.filter(public_id=parts.key_of(given["unit"])).first()
    if given.get("group"):
        group = Group.objects.filter(public_id=parts.key_of(given["group"])).first()
    post = queries.get_post(actor, parts.key_of(given.get("post", "")))
    named = {name: given.get(name, "") for name in ("name", "kind", "tier", "value_class")}
    api.set_rule(actor=actor, post=post, unit=unit, group=group, **named)
    return _("The rule stands last"), reverse("keyaccounts:rules")


def act_order(request: Request, public_id: Any) -> tuple[str, str]:
    """Move a rule up by one."""
    actor = request.actor
    keys = [rule.public_id for rule in rule_queries.rules(actor)]
    if public_id in keys and (place := keys.index(public_id)):
        keys[place - 1], keys[place] = keys[place], keys[place - 1]
    api.order_rules(actor=actor, order=keys)
    return _("Moved up"), reverse("keyaccounts:rules")


def act_remove(request: Request, public_id: Any) -> tuple[str, str]:
    """Remove a rule."""
    rule = Rule.objects.filter(public_id=public_id, is_active=True).first()
    if rule is None:
        raise NotFound
    api.remove_rule(actor=request.actor, rule=rule)
    return _("The rule is removed"), reverse("keyaccounts:rules")


def act_run(request: Request) -> tuple[str, str]:
    """Run the rules."""
    running.start_run(actor=request.actor)
    return _("The run has begun"), reverse("keyaccounts:rules")


def act_terms(request: Request) -> tuple[str, str]:
    """Decide when account managers are reminded."""
    names = ("birthday_days", "contract_days", "fall_percent")
    api.set_terms(actor=request.actor, **{name: parts.number_of(request.POST, name) for name in names})
    return _("Reminders changed"), reverse("keyaccounts:rules")


def _above(actor: Actor, key: str) -> Post | None:
    return queries.get_post(actor, parts.key_of(key)) if key else None
