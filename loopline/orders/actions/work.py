"""The steps that are done inside: what changes in stock and subscriptions, and how each is taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal
from loopline.kernel.period import add_months
from loopline.kernel.permission import Actor
from loopline.orders.models import Order, OrderItem, PortingCode
from loopline.stock import api as stock
from loopline.subscriptions import api as subscriptions


class NobodyPays(Refusal):
    """A line needs a customer and an account."""

    code = "nobody_pays"
    sentence = _("The order has no account that pays.")


@dataclass(frozen=True, slots=True)
class Work:
    """An item at work: by whom, of which order, at which moment and day."""

    actor: Actor
    order: Order
    item: OrderItem
    now: datetime
    today: date

    @property
    def holder(self) -> str:
        """The name under which stock is kept for the item."""
        return f"orders.item:{self.item.pk}"

    @property
    def line(self) -> int:
        """The key of the item's subscription."""
        if self.item.subscription_id is None:
            raise subscriptions.NotInThisState(state="–")
        return self.item.subscription_id

    @property
    def fee(self) -> Decimal | None:
        """The monthly fee agreed."""
        return self.item.monthly if self.item.offering_id else None


def do(work: Work, name: str) -> None:
    """Do an inside step. Raises the refusals of stock and subscriptions."""
    _DO[name](work)


def undo(work: Work, name: str) -> None:
    """Take an inside step back."""
    _UNDO[name](work)


def _keep_number(work: Work) -> None:
    stock.reserve_number(actor=work.actor, number=work.item.number, holder=work.holder, now=work.now)


def _adopt_number(work: Work) -> None:
    stock.adopt_number(
        actor=work.actor, number=work.item.number, service=work.item.service, holder=work.holder, now=work.now
    )


def _release_number(work: Work) -> None:
    stock.release_number(actor=work.actor, number=work.item.number, holder=work.holder)


def _keep_sim(work: Work) -> None:
    if work.item.iccid:
        stock.reserve_sim(actor=work.actor, iccid=work.item.iccid, holder=work.holder)
        return
    kind = str(work.item.detail.get("sim") or "plain")
    work.item.iccid = stock.pick_sim(actor=work.actor, kind=kind, holder=work.holder).iccid
    work.item.save(update_fields=["iccid"])


def _release_sim(work: Work) -> None:
    stock.release_sim(actor=work.actor, iccid=work.item.iccid, holder=work.holder)


def _create_line(work: Work) -> None:
    customer, account, offering = work.order.customer, work.order.account_id, work.item.offering
    if customer is None or account is None:
        raise NobodyPays
    made = subscriptions.open_subscription(
        actor=work.actor,
        key=f"item:{work.item.pk}",
        customer=customer,
        account=account,
        offering=work.item.offering_id,
        service=work.item.service,
        number=work.item.number,
        monthly_fee=work.fee,
        contract_ends_on=_contract_end(work.today, offering.term_months if offering else 0),
    )
    work.item.subscription = made
    work.item.save(update_fields=["subscription"])


def _void_line(work: Work) -> None:
    subscriptions.change_state(
        actor=work.actor, subscription=work.line, done="void", on=work.today, reason="order_failed"
    )


def _put_in_use(work: Work) -> None:
    item = work.item
    if item.number:
        stock.assign_number(actor=work.actor, number=item.number, holder=work.holder, subscription=work.line)
    if item.iccid:
        stock.assign_sim(actor=work.actor, iccid=item.iccid, holder=work.holder, subscription=work.line)
    subscriptions.change_state(actor=work.actor, subscription=work.line, done="activate", on=work.today)


def _apply_plan(work: Work) -> None:
    offering = work.item.offering
    if offering is None:
        return
    subscriptions.change_plan(
        actor=work.actor,
        subscription=work.line,
        offering=offering.pk,
        monthly_fee=work.fee,
        contract_ends_on=_contract_end(work.today, offering.term_months),
    )


def _apply_site(work: Work) -> None:
    subscriptions.change_site(
        actor=work.actor, subscription=work.line, site=str(work.item.detail.get("site", "")).strip()
    )


def _apply_suspension(work: Work) -> None:
    reason = str(work.item.detail.get("reason") or "request")
    subscriptions.change_state(
        actor=work.actor, subscription=work.line, done=f"suspend_{reason}", on=work.today, reason=reason
    )


def _apply_resumption(work: Work) -> None:
    subscriptions.change_state(actor=work.actor, subscription=work.line, done="resume", on=work.today)


def _apply_number(work: Work) -> None:
    stock.assign_number(actor=work.actor, number=work.item.number, holder=work.holder, subscription=work.line)
    former = subscriptions.change_number(actor=work.actor, subscription=work.line, number=work.item.number)
    if former:
        stock.retire_number(actor=work.actor, number=former, now=work.now)


def _apply_port_out(work: Work) -> None:
    done = subscriptions.change_state(
        actor=work.actor, subscription=work.line, done="port_out", on=work.today, reason="ported_out"
    )
    if done.number:
        stock.return_number(actor=work.actor, number=done.number)
    stock.retire_sim(actor=work.actor, subscription=work.line)
    subscriptions.end_sharing(actor=work.actor, lines=[work.line], on=work.today, reason="ported_out")
    code = str(work.item.detail.get("code", ""))
    PortingCode.objects.filter(subscription_id=work.line, code=code).update(used_at=work.now)


def _apply_service(work: Work) -> None:
    if work.item.offering_id is not None:
        subscriptions.add_service(
            actor=work.actor,
            subscription=work.line,
            offering=work.item.offering_id,
            monthly_fee=work.fee,
            on=work.today,
        )


def _apply_removal(work: Work) -> None:
    if work.item.offering_id is not None:
        subscriptions.remove_service(
            actor=work.actor, subscription=work.line, offering=work.item.offering_id, on=work.today
        )


def _apply_sim(work: Work) -> None:
    stock.assign_sim(actor=work.actor, iccid=work.item.iccid, holder=work.holder, subscription=work.line)
    stock.retire_sim(actor=work.actor, subscription=work.line, keep=work.item.iccid)


def _apply_sharing(work: Work) -> None:
    subscriptions.begin_sharing(
        actor=work.actor,
        primary=work.line,
        member=int(work.item.detail["member_id"]),
        payer=str(work.item.detail.get("payer") or subscriptions.Payer.PRIMARY),
        on=work.today,
    )


def _end_sharing(work: Work) -> None:
    member = int(work.item.detail["member_id"])
    subscriptions.end_sharing(actor=work.actor, lines=[member], on=work.today, reason="removed")


def _apply_closure(work: Work) -> None:
    at_once = bool(work.item.detail.get("at_once"))
    done = subscriptions.change_state(
        actor=work.actor,
        subscription=work.line,
        done="terminate" if at_once else "pre_terminate",
        on=work.today,
        reason=str(work.item.detail.get("reason") or "request"),
    )
    stock.retire_sim(actor=work.actor, subscription=work.line)
    subscriptions.end_sharing(actor=work.actor, lines=[work.line], on=work.today, reason="closed")
    if at_once and done.number:
        stock.retire_number(actor=work.actor, number=done.number, now=work.now)


def _contract_end(start: date, months: int) -> date | None:
    """The last day of a contract of so many months."""
    if not months:
        return None
    first = add_months(start.replace(day=1), months)
    following = add_months(first, 1)
    return first.replace(day=min(start.day, (following - first).days))


_DO: Mapping[str, Callable[[Work], None]] = {
    "keep_number": _keep_number,
    "adopt_number": _adopt_number,
    "keep_sim": _keep_sim,
    "create_line": _create_line,
    "put_in_use": _put_in_use,
    "apply_plan": _apply_plan,
    "apply_site": _apply_site,
    "apply_suspension": _apply_suspension,
    "apply_resumption": _apply_resumption,
    "apply_number": _apply_number,
    "apply_port_out": _apply_port_out,
    "apply_service": _apply_service,
    "apply_removal": _apply_removal,
    "apply_sim": _apply_sim,
    "apply_sharing": _apply_sharing,
    "end_sharing": _end_sharing,
    "apply_closure": _apply_closure,
}
_UNDO: Mapping[str, Callable[[Work], None]] = {
    "keep_number": _release_number,
    "adopt_number": _release_number,
    "keep_sim": _release_sim,
    "create_line": _void_line,
}
