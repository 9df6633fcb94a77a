"""Which reports there are, who gets them, and what was made."""

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from loopline.documents import api as documents
from loopline.identity.api import Role, Staff, Unit
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope
from loopline.reports.models import Delivery, Edition, Recipient, Report, Rhythm, Run

VIEWS, DESIGNS, SENDS_OUT = "reports.view", "reports.design", "reports.send_out"
UNIT_LEVELS = ("company", "province", "city", "district", "branch")


def reports(actor: Actor) -> list[Report]:
    """The reports that somebody may see: his own, the shared ones, those he gets."""
    require(actor, VIEWS)
    return list(_visible(actor).select_related("schedule").order_by("-code", "name", "pk"))


def _visible(actor: Actor) -> QuerySet[Report]:
    roles = Role.objects.filter(staffrole__staff_id=actor.staff_id)
    gets = Recipient.objects.filter(Q(staff_id=actor.staff_id) | Q(role__in=roles))
    mine = Q(owner_id=actor.staff_id) | Q(is_shared=True) | Q(pk__in=gets.values("report_id"))
    return Report.objects.all() if actor.is_system else Report.objects.filter(mine)


def get_report(actor: Actor, public_id: UUID) -> Report:
    """A report that somebody may see. Raises NotAllowed, NotFound."""
    require(actor, VIEWS)
    found = _visible(actor).filter(public_id=public_id).select_related("schedule").first()
    if found is None:
        raise NotFound
    return found


def recipients_of(report: Report) -> list[Recipient]:
    """Who gets a report."""
    return list(report.recipients.select_related("staff__unit", "role").order_by("pk"))


def runs_of(actor: Actor, report: Report, limit: int = 30) -> list[Run]:
    """What was made of a report that one may see, the newest first."""
    require(actor, VIEWS)
    deliveries = Prefetch("deliveries", Delivery.objects.order_by("pk"))
    editions = Prefetch("editions", Edition.objects.order_by("pk").prefetch_related(deliveries))
    return list(Run.objects.filter(report=report).order_by("-pk").prefetch_related(editions)[:limit])


def get_run(actor: Actor, public_id: UUID) -> Run:
    """A run of a report that one may see. Raises NotAllowed, NotFound."""
    require(actor, VIEWS)
    found = (
        Run.objects.filter(public_id=public_id, report__in=_visible(actor)).select_related("report").first()
    )
    if found is None:
        raise NotFound
    return found


def may_open(actor: Actor, edition: Edition) -> bool:
    """Whether an edition was made for somebody, or for rights equal to his."""
    return actor.staff_id in edition.people or edition.reach == reach(actor.scope)


def edition_file(actor: Actor, public_id: UUID, form: str) -> tuple[documents.Document, bytes]:
    """A file of an edition that one may open: `form` is xlsx or pdf. Raises NotAllowed, NotFound."""
    require(actor, VIEWS)
    edition = Edition.objects.filter(public_id=public_id, run__report__in=_visible(actor)).first()
    if edition is None or not may_open(actor, edition):
        raise NotFound
    found = [one for one in documents.documents_of(edition) if one.name.endswith(f".{form}")]
    if not found:
        raise NotFound
    return found[0], documents.content_of(found[0])


def reach(scope: Scope) -> str:
    """The same for two people exactly where every figure is the same for both."""
    if scope.branches is None:
        return "whole"
    told = ",".join(map(str, sorted(scope.branches)))
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def units(actor: Actor) -> list[Unit]:
    """The units for which somebody may have a report made, from the top."""
    rows = Unit.objects.filter(is_active=True, level__in=UNIT_LEVELS)
    if actor.scope.branches is not None:
        rows = rows.filter(pk__in=actor.scope.branches)
    return list(rows.order_by("path"))


def today_of(actor: Actor, moment: datetime | None = None) -> date:
    """The operator's day, also where he lives ahead of the calendar."""
    return max(clock.local_day(moment or clock.now(), actor.zone), actor.ahead_to or date.min)


def month_of(rhythm: str, today: date) -> date:
    """The month that a report made on a day tells of: monthly ones of the last whole month, others of this one."""
    first = today.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1) if rhythm == Rhythm.MONTHLY else first


def staff_of_role(role: Role) -> list[Staff]:
    """Everybody who has a role now."""
    return list(Staff.objects.filter(roles=role, is_active=True).order_by("pk"))


def roles() -> list[Role]:
    """Every role of the operator."""
    return list(Role.objects.order_by("pk"))
