"""What is in stock: the number picker, and where a number, card or device stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.stock.models import Device, GradeConditions, ItemState, Number, NumberState, SimCard
from loopline.stock.rules.conditions import STANDARD, Terms

COUNTED_TO = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What kind of number a customer would like; what is empty does not matter. `ending` is of digits."""

    service: str = "mobile"
    segment: str = ""
    pattern: str = ""
    ending: str = ""
    grade: int | None = None
    most_spend: Decimal | None = None
    without_four: bool = False
    after: str = ""


def free_numbers(actor: Actor, wanted: Wanted) -> QuerySet[Number]:
    """Numbers that can be sold, in the order of the index that finds them; `after` is the last one seen."""
    require(actor, "stock.view")
    rows = Number.objects.filter(state=NumberState.AVAILABLE, service=wanted.service)
    if wanted.segment:
        end = wanted.segment[:-1] + chr(ord(wanted.segment[-1]) + 1)
        rows = rows.filter(segment__gte=wanted.segment, segment__lt=end)
    if wanted.pattern:
        rows = rows.filter(pattern=wanted.pattern)
    if wanted.grade is not None:
        rows = rows.filter(grade=wanted.grade)
    if wanted.most_spend is not None:
        rows = rows.filter(minimum_spend__lte=wanted.most_spend)
    if wanted.without_four:
        rows = rows.filter(without_four=True)
    if wanted.ending:
        start = wanted.ending[::-1]
        rows = rows.filter(reversed__gte=start, reversed__lt=start[:-1] + chr(ord(start[-1]) + 1))
        rows = rows.filter(reversed__gt=wanted.after[::-1]) if wanted.after else rows
        return rows.order_by("reversed")
    rows = rows.filter(number__gt=wanted.after) if wanted.after else rows
    return rows.order_by("number")


def numbers_in(actor: Actor, *, state: str = "", after: str = "", number: str = "") -> QuerySet[Number]:
    """Numbers of a state (or all) in their order, from `after` on; `number` finds those that begin so."""
    require(actor, "stock.view")
    rows = Number.objects.select_related("held_by").order_by("number")
    if state:
        rows = rows.filter(state=state)
    if number:
        rows = rows.filter(number__gte=number, number__lt=number[:-1] + chr(ord(number[-1]) + 1))
    return rows.filter(number__gt=after) if after else rows


def sims_in(actor: Actor, *, state: str = "", kind: str = "", after: str = "") -> QuerySet[SimCard]:
    """SIMs of a state and kind in the order of their card numbers."""
    require(actor, "stock.view")
    rows = SimCard.objects.filter(state=state or ItemState.AVAILABLE).order_by("iccid")
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(iccid__gt=after) if after else rows


def devices_in(actor: Actor, *, state: str = "", after: str = "") -> QuerySet[Device]:
    """Devices of a state in the order of their keys."""
    require(actor, "stock.view")
    rows = Device.objects.filter(state=state or ItemState.AVAILABLE).order_by("imei")
    return rows.filter(imei__gt=after) if after else rows


def state_counts(actor: Actor) -> Mapping[str, int]:
    """How many numbers are in each state, each counted to COUNTED_TO at most."""
    require(actor, "stock.view")
    return {
        state: Number.objects.filter(state=state).values("pk")[:COUNTED_TO].count()
        for state in NumberState.values
    }


def number_of(actor: Actor, public_id: UUID) -> Number:
    """One number by its public id."""
    require(actor, "stock.view")
    found = Number.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def held_by(actor: Actor, now: datetime) -> list[Number]:
    """What the actor holds at the moment."""
    rows = Number.objects.filter(state=NumberState.HELD, held_by_id=actor.staff_id, held_until__gt=now)
    return list(rows.order_by("held_until"))


def sims_of(subscriptions: list[int]) -> dict[int, SimCard]:
    """The SIM in use of each subscription."""
    rows = SimCard.objects.filter(subscription_id__in=subscriptions, state=ItemState.IN_USE)
    return {row.subscription_id: row for row in rows if row.subscription_id is not None}


def terms_by_grade() -> dict[int, Terms]:
    """What each grade asks of the customer."""
    row = GradeConditions.objects.first()
    own = {
        int(grade): Terms(Decimal(each["fee"]), Decimal(each["minimum_spend"]), int(each["term_months"]))
        for grade, each in (row.by_grade if row else {}).items()
    }
    return STANDARD | own


def counts_of_cards() -> dict[str, int]:
    """Cards that can be handed out, by kind."""
    rows = SimCard.objects.filter(state=ItemState.AVAILABLE).values_list("kind").annotate(n=Count("id"))
    return dict(rows.order_by("kind"))


def find_sim(text: str) -> SimCard | None:
    """A card by its ICCID or IMSI."""
    return SimCard.objects.filter(Q(iccid=text) | Q(imsi=text)).first()
