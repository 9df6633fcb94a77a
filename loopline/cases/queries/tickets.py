"""Which tickets there are. Row security shows those of the person's branches, units and opened customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Value

from loopline.cases.models import Category, Entry, Kind, State, Ticket
from loopline.cases.rules import states
from loopline.customers import api as customers
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.compiled import Compiled, Given

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""The due time of a ticket of which no clock runs."""

LAST_PLACE = int((FAR - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
COUNTED_TO = 10_000
PEOPLE_FOUND = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets: `view` is a saved filter, `after` and `before` are keyset places (`due` in microseconds, id)."""

    view: str = "open"
    text: str = ""
    kind: str = ""
    state: str = ""
    category: str = ""
    priority: str = ""
    after: tuple[int, int] | None = None
    before: tuple[int, int] | None = None


def wanted_from(given: Mapping[str, Any]) -> Wanted:
    """What the address of a list asks for, on its first page."""
    told = {name: str(value).replace("\0", "")[:100] for name, value in given.items()}
    view = told.get("view", "")
    return Wanted(
        view=view if view in VIEWS else "open",
        text=told.get("q", "").strip(),
        kind=told.get("kind", ""),
        state=told.get("state", ""),
        category=told.get("category", ""),
        priority=told.get("priority", ""),
    )


VIEWS = ("mine", "unit", "open", "overdue", "today", "regulator", "mass", "solved", "closed")
LISTED = (
    "public_id", "number", "kind", "title", "ticket_type", "category_id", "state", "pending_for", "priority",
    "regulator", "mass", "calendar_id", "opened_at", "due_at", "answer_due_at", "answer_minutes", "answered_at",
    "solution_due_at", "solution_minutes", "solution_left", "solved_at", "closed_at", "customer__kind",
    "customer__name", "unit__name", "unit__name_en", "assignee__name", "assignee__name_en",
)  # fmt: skip
"""What a row of a list shows."""
RELATED = ("customer", "category", "unit", "assignee", "branch", "parent")


def tickets(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[Ticket]:
    """What a list shows, unordered and unpaged."""
    require(actor, "cases.work")
    rows = _view(Ticket.objects.all(), wanted.view, actor, now)
    if wanted.kind in Kind.values:
        rows = rows.filter(kind=wanted.kind)
    if wanted.state in State.values:
        rows = rows.filter(state=wanted.state)
    if wanted.priority:
        rows = rows.filter(priority=wanted.priority)
    if wanted.category:
        rows = rows.filter(category_id__in=below(wanted.category))
    return rows.filter(_fits(actor, wanted.text)) if wanted.text else rows


def _view(rows: QuerySet[Ticket], view: str, actor: Actor, now: datetime) -> QuerySet[Ticket]:
    if view == "closed":
        return rows.filter(is_open=False)
    return rows.filter(_views(**_known(actor, now)).get(view, Q()), is_open=True)


def _known(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"staff": actor.staff_id, "unit": actor.unit_id, "now": now, "tomorrow": _tomorrow(actor, now)}


def _views(*, staff: Any, unit: Any, now: Any, tomorrow: Any) -> dict[str, Q]:
    """The saved filters of open tickets."""
    return {
        "mine": Q(assignee_id=staff),
        "unit": Q(unit_id=unit),
        "open": Q(),
        "overdue": Q(due_at__lt=now),
        "today": Q(due_at__gte=now, due_at__lt=tomorrow),
        "regulator": Q(regulator=True),
        "mass": Q(mass=True),
        "solved": Q(state=states.RESOLVED),
    }


def _tomorrow(actor: Actor, now: datetime) -> datetime:
    day = now.astimezone(actor.zone) + timedelta(days=1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _fits(actor: Actor, text: str) -> Q:
    """A ticket's number, the number of another system or the regulator, or the tickets of the customers found."""
    numbered = Q(number=text.upper()) | Q(external_id=text) | Q(regulator_number=text)
    if not actor.may("customers.view"):
        return numbered
    found = customers.search(actor, text)
    return numbered | Q(customer_id__in=found.ids[:PEOPLE_FOUND])


def below(code: str) -> list[int]:
    """The ids of a category and all below it."""
    category = Category.objects.filter(code=code).first()
    if category is None:
        return []
    rows = Category.objects.filter(path__gte=category.path, path__lt=category.path + "\uffff")
    return list(rows.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Page:
    """One page, the most urgent first, and the places before and after it (None: the end)."""

    rows: list[Ticket]
    previous: tuple[int, int] | None
    next: tuple[int, int] | None


def page(actor: Actor, wanted: Wanted, now: datetime, size: int, *, listed: bool = False) -> Page:
    """A page by keyset: by due time, in the list of closed ones the newest first.

    With `listed` each ticket has no more than LISTED.
    """
    rows = tickets(actor, wanted, now)
    if listed:
        rows = rows.select_related("customer", "unit", "assignee").only(*LISTED)
    else:
        rows = rows.select_related(*RELATED)
    newest = wanted.view == "closed"
    backwards = wanted.before is not None
    place = wanted.before or wanted.after
    if place:
        rows = rows.filter(_beyond(place, newest=newest, backwards=backwards))
    order: tuple[str, ...] = ("-id",) if newest else ("due_at", "id")
    if backwards:
        order = tuple(name.removeprefix("-") if name[0] == "-" else f"-{name}" for name in order)
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    return Page(
        found,
        _place(first) if first and (more if backwards else place is not None) else None,
        _place(last) if last and (True if backwards else more) else None,
    )


def _place(ticket: Ticket) -> tuple[int, int]:
    return int((ticket.due_at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)), ticket.pk


def _beyond(place: tuple[int, int], *, newest: bool, backwards: bool) -> Q:
    due, key = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=place[0]), place[1]
    if newest:
        return Q(id__gt=key) if backwards else Q(id__lt=key)
    if backwards:
        return Q(due_at__lt=due) | Q(due_at=due, id__lt=key)
    return Q(due_at__gt=due) | Q(due_at=due, id__gt=key)


def counts(actor: Actor, now: datetime) -> dict[str, int]:
    """How many open tickets each saved filter shows, in one query, of the COUNTED_TO most urgent."""
    require(actor, "cases.work")
    found = _counted(**_known(actor, now))
    return dict(zip(COUNTED, found[0] if found else (0,) * len(COUNTED), strict=True))


COUNTED = tuple(view for view in VIEWS if view != "closed")


@Compiled
def _counted() -> QuerySet[Ticket, tuple[int, ...]]:
    views = _views(**{name: Given(name) for name in ("staff", "unit", "now", "tomorrow")})
    urgent = Ticket.objects.filter(is_open=True).order_by("due_at", "id")[:COUNTED_TO]
    together = Ticket.objects.filter(pk__in=urgent.values("pk")).order_by().values(all=Value(1))
    numbers = {f"in_{view}": Count("id", filter=views[view]) for view in COUNTED}
    return together.annotate(**numbers).values_list(*numbers)


def get_ticket(actor: Actor, public_id: UUID) -> Ticket:
    """One ticket within what the person may see. Raises NotFound."""
    require(actor, "cases.work")
    rows = Ticket.objects.select_related(*RELATED, "subscription", "customer__branch")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def entries(ticket: Ticket, limit: int = 200) -> list[Entry]:
    """The time line, the newest first."""
    return list(Entry.objects.filter(ticket=ticket).order_by("-id")[:limit])


def children(ticket: Ticket) -> QuerySet[Ticket]:
    """The tickets that are part of a mass fault."""
    return Ticket.objects.filter(parent=ticket).select_related("customer", "unit", "assignee").order_by("id")


def open_of_customer(files: Sequence[int], limit: int = 6) -> list[Ticket]:
    """A customer's open tickets, the newest first; `files` are his and those merged into his."""
    return _open_of(limit, files=list(files))


@Compiled
def _open_of(limit: int) -> QuerySet[Ticket]:
    rows = Ticket.objects.filter(customer_id__any_of=Given("files"), is_open=True)
    return rows.select_related("assignee", "unit").order_by("-id")[:limit]


def similar(customer: int, category: Category | None, *, apart_from: int = 0) -> list[Ticket]:
    """Open tickets of the same customer in the same branch of the tree: perhaps the same matter."""
    rows = Ticket.objects.filter(customer_id=customer, is_open=True).exclude(pk=apart_from)
    if category is not None:
        root = category.path.strip("/").split("/")[0]
        rows = rows.filter(category__path__startswith=f"/{root}/")
    return list(rows.order_by("-id")[:5])


def fitting(ticket: Ticket, now: datetime) -> list[Ticket]:
    """Open faults of the last three days that may be part of this mass fault: the same place or kind of fault."""
    same: Any = Q()
    if ticket.place:
        same |= Q(place=ticket.place)
    if ticket.category_id:
        same |= Q(category_id=ticket.category_id)
    if not same:
        return []
    rows = Ticket.objects.filter(same, kind=Kind.FAULT, is_open=True, mass=False, parent=None)
    rows = rows.filter(opened_at__gte=now - timedelta(days=3)).exclude(state=states.RESOLVED)
    return list(rows.select_related("customer").order_by("-id")[:50])


def place_of(text: str) -> tuple[int, int] | None:
    """A keyset place out of an address: `<due>.<id>`."""
    due, _dot, key = text.partition(".")
    fine = all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (due, key))
    return (int(due), int(key)) if fine and int(due) <= LAST_PLACE else None
