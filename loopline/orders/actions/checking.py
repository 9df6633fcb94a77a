"""Whether what a customer asks for can be done: each item is looked at before an order is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.billing import api as billing
from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import clock, numbers
from loopline.kernel.errors import Conflict, Invalid, Refusal
from loopline.kernel.period import add_months
from loopline.kernel.permission import Actor
from loopline.orders.actions import slots
from loopline.orders.models import Kind, OrderItem, PortingCode, VisitSlot
from loopline.orders.rules import decomposition, porting, states
from loopline.stock import api as stock
from loopline.subscriptions import api as subscriptions


class NotPossible(Refusal):
    """What is asked for does not suit the customer, the subscription or the offering."""

    code = "not_possible"
    sentence = gettext_lazy("%(reason)s")


class OrderUnderWay(Conflict):
    """Another order about the same subscription is not over yet."""

    code = "order_under_way"
    sentence = gettext_lazy("Order %(number)s about this subscription is not over yet.")


@dataclass(frozen=True, slots=True)
class WantedItem:
    """One thing that is asked for.

    `sim` is plain or esim where any card of the kind will do. `detail` holds what belongs to the kind: `reason`
    (suspend, close), `site` (move), `code` and `donor` (porting), `at_once` (close), `slot` (of an installer's visit),
    `member` and `payer` (sharing), and what modules above bind to it. `needs` are positions of earlier items. `when`
    is now, month (the first of the next) or an ISO date.
    """

    kind: str
    offering: UUID | None = None
    subscription: UUID | None = None
    number: str = ""
    iccid: str = ""
    sim: str = "plain"
    when: str = "now"
    needs: tuple[int, ...] = ()
    key: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """An item that can be done, with what it names looked up."""

    wanted: WantedItem
    service: str
    offering: Offering | None
    subscription: subscriptions.Subscription | None
    number: str
    on: date
    not_before: datetime | None
    stocked: stock.Number | None = None
    slot: VisitSlot | None = None
    member: subscriptions.Subscription | None = None
    sim: str = "plain"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the customer, his file and those that were merged into it, and the channel."""

    customer: customers.Customer
    files: Sequence[int]
    channel: str = "counter"


def check_item(actor: Actor, asking: Asking, wanted: WantedItem, now: datetime) -> Checked:
    """Look up what an item names and refuse what cannot be done. Raises Invalid, NotPossible, OrderUnderWay."""
    customer = asking.customer
    if wanted.kind not in Kind.values:
        raise Invalid(field="kind", reason=_("Please choose what is asked for."))
    offering = _offering(wanted)
    line = _subscription(asking, wanted)
    today = clock.local_day(now, actor.zone)
    on, not_before = _day(actor, wanted, today)
    number, stocked = _number(actor, wanted)
    service = line.service if line else offering.service if offering else "mobile"
    if service not in decomposition.NUMBERED:
        number, stocked = "", None
    told = str(wanted.detail.get("slot") or "")
    slot = slots.slot_for(
        actor=actor, branch=customer.branch_id, told=told, kind=wanted.kind, service=service, now=now
    )
    if slot is not None:
        on, not_before = slot.day, slots.begins_at(actor, slot)
    member = _member(actor, wanted)
    sim = _sim(wanted)
    checked = Checked(wanted, service, offering, line, number, on, not_before, stocked, slot, member, sim)
    if line is not None:
        _check_line(checked)
    _CHECKS[wanted.kind](actor, checked, today)
    if offering is not None and wanted.kind != decomposition.REMOVE_SERVICE:
        _qualify(asking, checked, offering)
    return checked


def check_customer(asking: Asking, checked: Sequence[Checked]) -> None:
    """Whether he may have it at all: on no list of those not to be served, and within the numbers per person.

    Raises NotToBeServed, TooManyLines.
    """
    if any(item.wanted.kind not in decomposition.GIVING_UP for item in checked):
        customers.check_served(asking.customer, asking.files)
    numbered = [
        item
        for item in checked
        if item.wanted.kind in decomposition.NEW and item.service in decomposition.NUMBERED
    ]
    if numbered:
        customers.check_lines(asking.customer, more=len(numbered))


def _qualify(asking: Asking, checked: Checked, offering: Offering) -> None:
    """Ask the catalogue whether this customer may have it, and whether it goes with what he has on this line."""
    customer, files = asking.customer, asking.files
    lines = subscriptions.Subscription.objects.filter(customer__in=files, offering__isnull=False)
    living = lines.filter(state__in=subscriptions.lifecycle.LIVING).select_related("offering")
    add_ons = subscriptions.AddOn.objects.filter(customer__in=files, ended_on=None).select_related("offering")
    held = [row.offering for row in living if row.offering is not None] + [row.offering for row in add_ons]
    unit = customer.branch
    above = [int(key) for key in unit.path.strip("/").split("/") if key]
    buyer = catalogue.Buyer(
        kind=customer.kind,
        segment=customer.tier,
        units=tuple(identity.Unit.objects.filter(pk__in=above).values_list("code", flat=True)),
        channel=asking.channel,
        birth_date=customer.birth_date,
        joined_on=customer.joined_on,
        held=frozenset(row.code for row in held),
    )
    reasons = catalogue.qualify(buyer, offering, checked.on)
    if reasons:
        told = " ".join(catalogue.reason_text(reason) for reason in reasons)
        raise NotPossible(field="offering", reason=told)
    line = checked.subscription
    own = [row.offering for row in add_ons if line is not None and row.subscription_id == line.pk]
    if line is not None and line.offering is not None and checked.wanted.kind != decomposition.CHANGE_PLAN:
        own.append(line.offering)
    conflicts = [found for found in catalogue.check_compatibility(own, [offering]) if found.blocking]
    if conflicts:
        told = " ".join(catalogue.conflict_text(conflict) for conflict in conflicts)
        raise NotPossible(field="offering", reason=told)


def _offering(wanted: WantedItem) -> Offering | None:
    if wanted.kind not in decomposition.WITH_OFFERING:
        return None
    found = Offering.objects.filter(public_id=wanted.offering).first() if wanted.offering else None
    if found is None:
        raise Invalid(field="offering", reason=_("Please choose what is offered."))
    kind = "plan" if wanted.kind in decomposition.WITH_PLAN else "add_on"
    if found.kind != kind:
        raise NotPossible(field="offering", reason=_("This offering is not on sale for that."))
    return found


def _subscription(asking: Asking, wanted: WantedItem) -> subscriptions.Subscription | None:
    if wanted.kind in decomposition.NEW:
        return None
    rows = subscriptions.Subscription.objects.select_for_update(of=("self",)).select_related("offering")
    rows = rows.filter(customer__in=asking.files)
    found = rows.filter(public_id=wanted.subscription).first() if wanted.subscription else None
    if found is None:
        raise Invalid(field="subscription", reason=_("Please choose one of the customer's subscriptions."))
    return found


def _day(actor: Actor, wanted: WantedItem, today: date) -> tuple[date, datetime | None]:
    if wanted.when in ("", "now"):
        return today, None
    try:
        on = (
            add_months(today.replace(day=1), 1) if wanted.when == "month" else date.fromisoformat(wanted.when)
        )
    except ValueError:
        raise Invalid(field="when", reason=_("Please give a day as year-month-day.")) from None
    if on < today or on > today + timedelta(days=366):
        raise Invalid(field="when", reason=_("The day must be within the next twelve months."))
    return on, None if on == today else datetime.combine(on, time(), actor.zone)


def _number(actor: Actor, wanted: WantedItem) -> tuple[str, stock.Number | None]:
    if wanted.kind not in decomposition.WITH_NUMBER or not wanted.number.strip():
        return "", None
    number = numbers.e164(wanted.number, actor.country)
    found = stock.Number.objects.filter(number=number).first()
    if found is None and wanted.kind != decomposition.PORT_IN:
        raise NotPossible(field="number", reason=_("This number is not in our stock."))
    return number, found


def _sim(wanted: WantedItem) -> str:
    """The kind of SIM: what the card is that was named, or what is asked for."""
    card = stock.find_sim(wanted.iccid) if wanted.iccid else None
    return card.kind if card else wanted.sim


def _check_line(checked: Checked) -> None:
    """One order at a time for one subscription, except for services on top of it."""
    rows = OrderItem.objects.filter(subscription=checked.subscription, state__in=states.OPEN)
    if checked.wanted.kind in decomposition.SHARED:
        rows = rows.filter(offering=checked.offering) | rows.exclude(kind__in=decomposition.SHARED)
    under_way = rows.select_related("order").first()
    if under_way is not None:
        raise OrderUnderWay(field="subscription", number=under_way.order.number)


def _may(checked: Checked, done: str) -> None:
    line = checked.subscription
    if line is None or subscriptions.lifecycle.after(line.state, done) is None:
        raise _wrong_state(checked)


def _living(actor: Actor, checked: Checked, today: date) -> None:
    line = checked.subscription
    if line is None or line.state not in subscriptions.lifecycle.CHANGEABLE:
        raise _wrong_state(checked)


def _wrong_state(checked: Checked) -> NotPossible:
    line = checked.subscription
    state = subscriptions.State(line.state).label if line else "–"
    return NotPossible(
        field="subscription",
        reason=_("This cannot be done: the subscription is %(state)s.") % {"state": state},
    )


def _open(actor: Actor, checked: Checked, today: date) -> None:
    if checked.service in decomposition.NUMBERED and not checked.number:
        raise Invalid(field="number", reason=_("Please choose a number."))


def _port_in(actor: Actor, checked: Checked, today: date) -> None:
    if checked.service not in decomposition.NUMBERED or not checked.number:
        raise Invalid(field="number", reason=_("Please give the number that comes along."))
    if porting.tidy_code(str(checked.wanted.detail.get("code", ""))) is None:
        raise Invalid(field="code", reason=_("The code of the other operator has six to eight digits."))


def _change_plan(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    line, offering = checked.subscription, checked.offering
    if line is None or offering is None or offering.pk == line.offering_id:
        raise NotPossible(field="offering", reason=_("The subscription has this plan already."))
    if offering.service != line.service:
        raise NotPossible(field="offering", reason=_("This plan is for another service."))


def _move(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    if checked.service == "mobile":
        raise NotPossible(field="kind", reason=_("A mobile line has no address to move from."))
    if not str(checked.wanted.detail.get("site", "")).strip():
        raise Invalid(field="site", reason=_("Please give the new address."))


def _suspend(actor: Actor, checked: Checked, today: date) -> None:
    reason = str(checked.wanted.detail.get("reason", "request"))
    if reason not in ("request", "lost", "operator"):
        raise Invalid(field="reason", reason=_("Please choose why."))
    _may(checked, f"suspend_{reason}")


def _resume(actor: Actor, checked: Checked, today: date) -> None:
    _may(checked, "resume")
    line = checked.subscription
    if line and line.state == subscriptions.State.SUSPENDED_ARREARS and _overdue(line, today):
        raise NotPossible(
            field="subscription", reason=_("The customer still owes what it was suspended for.")
        )


def _change_number(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    if checked.service not in decomposition.NUMBERED:
        raise NotPossible(field="kind", reason=_("This line has no telephone number."))
    _open(actor, checked, today)


def _port_out(actor: Actor, checked: Checked, today: date) -> None:
    _may(checked, "port_out")
    line = checked.subscription
    code = porting.tidy_code(str(checked.wanted.detail.get("code", "")))
    rows = PortingCode.objects.filter(subscription=line, code=code or "", used_at=None)
    if code is None or not rows.filter(expires_at__gt=clock.now()).exists():
        raise Invalid(field="code", reason=_("This is not a code that we issued and that still holds."))


def _add_service(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    line, offering = checked.subscription, checked.offering
    if (
        line
        and subscriptions.AddOn.objects.filter(subscription=line, offering=offering, ended_on=None).exists()
    ):
        raise NotPossible(field="offering", reason=_("The subscription has this service already."))
    if line and offering and offering.service != line.service:
        raise NotPossible(field="offering", reason=_("This service is for another kind of line."))


def _remove_service(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    rows = subscriptions.AddOn.objects.filter(subscription=checked.subscription, offering=checked.offering)
    if not rows.filter(ended_on=None).exists():
        raise NotPossible(field="offering", reason=_("The subscription does not have this service."))


def _sim_swap(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    if checked.service != "mobile":
        raise NotPossible(field="kind", reason=_("Only mobile lines have a SIM."))


def _share(actor: Actor, checked: Checked, today: date) -> None:
    _living(actor, checked, today)
    line, member = checked.subscription, checked.member
    if line is None or member is None:
        told = _("You see no line of this number. A customer of another branch is opened as a walk-in first.")
        raise Invalid(field="member", reason=told)
    if str(checked.wanted.detail.get("payer") or "primary") not in subscriptions.Payer.values:
        raise Invalid(field="payer", reason=_("Please choose who pays."))
    if member.state not in subscriptions.lifecycle.CHANGEABLE or {line.service, member.service} != {"mobile"}:
        raise NotPossible(field="member", reason=_("Only mobile lines in use can share."))
    taken = subscriptions.takes_part([member.pk], as_primary=True)
    if member.pk == line.pk or taken or subscriptions.takes_part([line.pk, member.pk], as_primary=False):
        raise NotPossible(field="member", reason=_("One of these lines shares already."))
    most = subscriptions.limit_of(line)
    if subscriptions.members_of(line.pk) >= most:
        raise NotPossible(
            field="member", reason=_("This plan takes at most %(count)s secondary lines.") % {"count": most}
        )


def _unshare(actor: Actor, checked: Checked, today: date) -> None:
    line, member = checked.subscription, checked.member
    if line is None or member is None or not subscriptions.shares_with(line.pk, member.pk):
        raise NotPossible(field="member", reason=_("This is no secondary line of it."))


def _member(actor: Actor, wanted: WantedItem) -> subscriptions.Subscription | None:
    """The line that is to share or to share no more, by its number: of the actor's branches, or of a customer whom he
    has opened as a walk-in."""
    told = str(wanted.detail.get("member") or "").strip()
    if wanted.kind not in (decomposition.SHARE, decomposition.UNSHARE) or not told:
        return None
    rows = subscriptions.Subscription.objects.filter(number=numbers.e164(told, actor.country))
    return rows.exclude(state__in=subscriptions.LEFT).first()


def _close(actor: Actor, checked: Checked, today: date) -> None:
    _may(checked, "pre_terminate")


def _overdue(line: subscriptions.Subscription, today: date) -> bool:
    return billing.overdue_of(customers.together(line.customer_id), today) > 0


_CHECKS = {
    decomposition.OPEN: _open,
    decomposition.PORT_IN: _port_in,
    decomposition.CHANGE_PLAN: _change_plan,
    decomposition.MOVE: _move,
    decomposition.SUSPEND: _suspend,
    decomposition.RESUME: _resume,
    decomposition.CHANGE_NUMBER: _change_number,
    decomposition.PORT_OUT: _port_out,
    decomposition.ADD_SERVICE: _add_service,
    decomposition.REMOVE_SERVICE: _remove_service,
    decomposition.SIM_SWAP: _sim_swap,
    decomposition.SHARE: _share,
    decomposition.UNSHARE: _unshare,
    decomposition.CLOSE: _close,
}
