"""Counts over operations that indicators are made of besides cubes: tasks, tickets, orders, campaigns.

Each is told by the unit that did the work, and adds up along the tree.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count as Number
from django.db.models import DurationField, ExpressionWrapper, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.campaigns import api as campaigns
from loopline.cases import api as cases
from loopline.identity import api as identity
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.kpi.queries.effect import effect_of
from loopline.kpi.rules import periods
from loopline.orders import api as orders
from loopline.worklist import api as worklist

type Counted = Iterable[tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Look:
    """A period as it is looked at: its days, its moments, and what was found out already in this look."""

    actor: Actor
    first: date
    last: date
    now: datetime
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        """The moment at which it begins."""
        return _midnight(self.first, self.actor)

    @property
    def end(self) -> datetime:
        """The moment up to which it is looked at: its end, or now."""
        return min(self.now, _midnight(self.last + timedelta(days=1), self.actor))


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted, where it is recorded, and how: for a look, the units with what each has."""

    label: str | Promise
    source: str | Promise
    tally: Callable[[Look], Counted]


counts: Registry[Count] = Registry("count")


def look(actor: Actor, kind: str, first: date, now: datetime) -> Look:
    """A period of some kind as it is now."""
    return Look(actor, first, periods.last_day(kind, first), now)


def _midnight(day: date, actor: Actor) -> datetime:
    return datetime.combine(day, time(), actor.zone).astimezone(UTC)


def _by(rows: QuerySet[Any], unit: str = "branch_id") -> Counted:
    found = rows.order_by().values_list(unit).annotate(number=Number("pk"))
    return [(key, Decimal(number)) for key, number in found]


# Tasks


def _tasks_overdue(seen: Look) -> Counted:
    open_then = Q(closed_at=None) | Q(closed_at__gt=seen.end)
    return _by(worklist.Task.objects.filter(open_then, created_at__lte=seen.end, due_at__lt=seen.end))


def _tasks_closed(seen: Look) -> Counted:
    return _by(_done(seen))


def _tasks_in_time(seen: Look) -> Counted:
    return _by(_done(seen).filter(Q(due_at=None) | Q(closed_at__lte=F("due_at"))))


def _done(seen: Look) -> QuerySet[worklist.Task]:
    return worklist.Task.objects.filter(
        status=worklist.TaskStatus.DONE, closed_at__gte=seen.start, closed_at__lt=seen.end
    )


# Tickets: they count for the unit that works on them


def _tickets() -> QuerySet[cases.Ticket]:
    gone = (cases.State.CANCELLED, cases.State.REJECTED)
    return cases.Ticket.objects.exclude(state__in=gone).annotate(worker=Coalesce("unit_id", "branch_id"))


def _solved(seen: Look) -> QuerySet[cases.Ticket]:
    return _tickets().filter(solved_at__gte=seen.start, solved_at__lt=seen.end)


def _tickets_opened(seen: Look) -> Counted:
    return _by(_tickets().filter(opened_at__gte=seen.start, opened_at__lt=seen.end), "worker")


def _complaints(seen: Look) -> Counted:
    opened = _tickets().filter(opened_at__gte=seen.start, opened_at__lt=seen.end)
    return _by(opened.filter(kind=cases.Kind.COMPLAINT), "worker")


def _complaints_open(seen: Look) -> Counted:
    open_then = Q(solved_at=None) | Q(solved_at__gt=seen.end)
    waiting = _tickets().filter(open_then, opened_at__lte=seen.end)
    return _by(waiting.filter(kind=cases.Kind.COMPLAINT), "worker")


def _tickets_solved(seen: Look) -> Counted:
    return _by(_solved(seen), "worker")


def _tickets_in_time(seen: Look) -> Counted:
    return _by(_solved(seen).filter(solved_at__lte=F("solution_due_at")), "worker")


def _tickets_to_solve(seen: Look) -> Counted:
    late = Q(solved_at=None, solution_due_at__gte=seen.start, solution_due_at__lt=seen.end)
    return _by(_tickets().filter(Q(solved_at__gte=seen.start, solved_at__lt=seen.end) | late), "worker")


def _tickets_at_once(seen: Look) -> Counted:
    return _by(_solved(seen).filter(first_contact=True), "worker")


# Orders


def _completed(seen: Look) -> QuerySet[orders.Order]:
    return orders.Order.objects.filter(completed_at__gte=seen.start, completed_at__lt=seen.end)


def _orders_completed(seen: Look) -> Counted:
    return _by(_completed(seen))


def _orders_accepted(seen: Look) -> Counted:
    return _by(orders.Order.objects.filter(created_at__gte=seen.start, created_at__lt=seen.end))


def _order_hours(seen: Look) -> Counted:
    taken = ExpressionWrapper(F("completed_at") - F("created_at"), output_field=DurationField())
    found = _completed(seen).order_by().values_list("branch_id").annotate(taken=Sum(taken))
    return [(unit, Decimal(round(time_taken.total_seconds())) / 3600) for unit, time_taken in found]


# Campaigns whose last window ended in the period


def _campaign_net(seen: Look) -> Counted:
    return [(unit, net) for unit, net, _cost in _campaigns(seen)]


def _campaign_cost(seen: Look) -> Counted:
    return [(unit, cost) for unit, _net, cost in _campaigns(seen)]


def _campaigns(seen: Look) -> list[tuple[int, Decimal, Decimal]]:
    if "campaigns" not in seen.known:
        ended = (
            campaigns.Member.objects.order_by().values_list("campaign").annotate(end=Max("window_ends_on"))
        )
        keys = [key for key, end in ended if seen.first <= end <= seen.last]
        found = campaigns.Campaign.objects.select_related("offering").filter(pk__in=keys)
        seen.known["campaigns"] = [worth for each in found if (worth := _worth_of(seen.actor, each))]
    told: list[tuple[int, Decimal, Decimal]] = seen.known["campaigns"]
    return told


def _worth_of(actor: Actor, campaign: campaigns.Campaign) -> tuple[int, Decimal, Decimal] | None:
    report = effect_of(actor, campaign)
    worth = report.goals[0].worth if report else None
    return (campaign.branch_id, worth.net.amount, worth.cost) if worth else None


# People


def _people(seen: Look) -> Counted:
    return _by(identity.Staff.objects.filter(is_active=True, created_at__lte=seen.end), "unit_id")


def _people_active(seen: Look) -> Counted:
    at_work = Event.objects.filter(actor_id__gt=0, at__gte=seen.start, at__lt=seen.end)
    return _by(identity.Staff.objects.filter(is_active=True, pk__in=at_work.values("actor_id")), "unit_id")


_PEOPLE = _("People and their recorded work")
_TASKS, _TICKETS, _ORDERS = _("Tasks"), _("Tickets"), _("Orders")
_EFFECTS = _("Measured effects of campaigns")

for _name, _count in {
    "tasks_overdue": Count(_("Open tasks past their due time"), _TASKS, _tasks_overdue),
    "tasks_done": Count(_("Tasks done"), _TASKS, _tasks_closed),
    "tasks_in_time": Count(_("Tasks done in time"), _TASKS, _tasks_in_time),
    "tickets_opened": Count(_("Tickets opened"), _TICKETS, _tickets_opened),
    "complaints": Count(_("Complaints opened as tickets"), _TICKETS, _complaints),
    "complaints_open": Count(_("Complaints not solved yet"), _TICKETS, _complaints_open),
    "tickets_solved": Count(_("Tickets solved"), _TICKETS, _tickets_solved),
    "tickets_in_time": Count(_("Tickets solved within their promised time"), _TICKETS, _tickets_in_time),
    "tickets_to_solve": Count(_("Tickets solved, or past their promised time"), _TICKETS, _tickets_to_solve),
    "tickets_at_once": Count(_("Tickets solved in the first contact"), _TICKETS, _tickets_at_once),
    "orders_accepted": Count(_("Orders accepted"), _ORDERS, _orders_accepted),
    "orders_completed": Count(_("Orders completed"), _ORDERS, _orders_completed),
    "order_hours": Count(_("Hours from acceptance to completion, added up"), _ORDERS, _order_hours),
    "people": Count(_("People employed"), _PEOPLE, _people),
    "people_active": Count(_("People with recorded work"), _PEOPLE, _people_active),
    "campaign_net": Count(_("Return of campaigns after their cost"), _EFFECTS, _campaign_net),
    "campaign_cost": Count(_("Cost of campaigns"), _EFFECTS, _campaign_cost),
}.items():
    counts.add(_name, _count)
