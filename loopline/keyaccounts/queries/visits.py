"""Visits and steps of care plans: of a customer, and of a person or a team."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.models import CareStep, Post, Visit, VisitState

VIEWS = ("planned", "overdue", "done", "cancelled")


def get_visit(actor: Actor, public_id: UUID) -> Visit:
    """One visit that the actor sees. Raises NotFound."""
    require(actor, "keyaccounts.view")
    found = Visit.objects.select_related("customer", "staff").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def visits(
    posts: Sequence[Post], view: str, now: datetime, after: tuple[datetime, int] | None = None
) -> QuerySet[Visit]:
    """The visits of the holders of posts: those to come the next first, the others the latest first.

    `after` is the time and key of the last one seen.
    """
    rows = Visit.objects.filter(staff_id__in=[post.staff_id for post in posts]).select_related(
        "customer", "staff"
    )
    if view in (VisitState.DONE, VisitState.CANCELLED):
        if after:
            rows = rows.filter(Q(planned_at__lt=after[0]) | Q(planned_at=after[0], pk__lt=after[1]))
        return rows.filter(state=view).order_by("-planned_at", "-id")
    rows = rows.filter(state=VisitState.PLANNED).order_by("planned_at", "id")
    if after:
        rows = rows.filter(Q(planned_at__gt=after[0]) | Q(planned_at=after[0], pk__gt=after[1]))
    return rows.filter(planned_at__lt=now) if view == "overdue" else rows


def visits_of(files: Sequence[int]) -> list[Visit]:
    """The visits to a customer, the latest first."""
    rows = Visit.objects.filter(customer_id__in=files).select_related("staff", "customer")
    return list(rows.order_by("-planned_at", "-id")[:50])


def get_step(actor: Actor, public_id: UUID) -> CareStep:
    """One step of a care plan that the actor sees. Raises NotFound."""
    require(actor, "keyaccounts.view")
    found = CareStep.objects.select_related("customer").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def care_of(files: Sequence[int]) -> list[CareStep]:
    """The care plan of a customer: what is to come, then what was done, the latest first."""
    rows = CareStep.objects.filter(customer_id__in=files, dropped=False)
    coming = list(rows.filter(done_on=None).order_by("due_on", "id"))
    return coming + list(rows.filter(done_on__isnull=False).order_by("-done_on", "-id")[:10])


def care_due(customer_ids: Sequence[int], until: date) -> QuerySet[CareStep]:
    """Open steps that are due up to a day."""
    return CareStep.objects.filter(
        customer_id__in=list(customer_ids), done_on=None, dropped=False, due_on__lte=until
    )
