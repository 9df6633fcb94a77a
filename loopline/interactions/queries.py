"""Reading the one history of every touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q, QuerySet

from loopline.interactions.models import Interaction, InteractionKind
from loopline.kernel.postgres.compiled import Compiled, Given

TROUBLE = (InteractionKind.COMPLAINT, InteractionKind.FAULT)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What complaints tell: open ones, since when, and how many there were in the last year."""

    open: int
    open_since: date | None
    last_year: int


def touches(files: Sequence[int], limit: int = 30) -> list[Interaction]:
    """The newest touches of a customer first."""
    return _touches(limit, files=list(files))


@Compiled
def _touches(limit: int) -> QuerySet[Interaction]:
    return Interaction.objects.filter(customer_id__any_of=Given("files")).order_by("-at", "-id")[:limit]


def satisfaction(files: Sequence[int], today: date) -> Satisfaction:
    """Complaints and faults of a customer, in one query."""
    rows = Interaction.objects.filter(customer_id__in=files, kind__in=TROUBLE)
    unsolved = Q(resolved_on=None)
    found = rows.aggregate(
        open=Count("pk", filter=unsolved),
        since=Min("on", filter=unsolved),
        year=Count("pk", filter=Q(on__gt=today - timedelta(days=365))),
    )
    return Satisfaction(found["open"], found["since"], found["year"])
