"""Moving an order on: inside steps are done, outside ones asked for, failures taken back in reverse order.

Each call holds the order's row, so an order is moved by one at a time. Nothing here talks to the outside: what is to
be asked for is returned, sent after commit, and its answer comes back by `take_answer`. A crash in between costs
nothing: the step stays sent and is asked for again with the same key.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from loopline.kernel import clock
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.orders.actions import profiles, slots
from loopline.orders.actions.settling import settle
from loopline.orders.actions.work import Work, do, undo
from loopline.orders.bindings import bindings
from loopline.orders.events import ItemFailed
from loopline.orders.models import Order, OrderItem, Step, VisitState
from loopline.orders.ports import DONE, REFUSED, Request
from loopline.orders.rules import decomposition, states, steps


class Mover:
    """One round over the items of a locked order."""

    def __init__(self, actor: Actor, order: Order, now: datetime) -> None:
        self._actor, self._order, self._now = actor, order, now
        self._today = clock.local_day(now, actor.zone)
        self.items = list(order.items.select_related("offering", "subscription").order_by("position"))
        self._steps: dict[int, list[Step]] = {item.pk: [] for item in self.items}
        for step in Step.objects.filter(item__order=order).order_by("item_id", "position"):
            self._steps[step.item_id].append(step)
        self.requests: list[Request] = []

    def move(self) -> None:
        """Do what can be done now, item by item; items that needed an earlier one get their turn as well."""
        for item in self.items:
            if item.state not in states.FINAL:
                self._item(item)

    def _item(self, item: OrderItem) -> None:
        if not item.leaving and self._is_blocked(item):
            return
        if not item.leaving and not self._may_begin(item):
            return
        if not item.leaving:
            self._forward(item)
        if item.leaving:
            self._back(item)

    def _is_blocked(self, item: OrderItem) -> bool:
        """Whether an item that comes first is not done yet; where it never will be, this one leaves too."""
        needed = [other for other in self.items if other.position in item.needs]
        if any(other.state in states.FINAL and other.state != states.COMPLETED for other in needed):
            _change(item, states.ASSESSING)
            _change(item, states.LEAVING)
            item.leaving, item.failure = states.CANCELLED, "needed"
            item.save(update_fields=["leaving", "failure"])
            return False
        return any(other.state != states.COMPLETED for other in needed)

    def _may_begin(self, item: OrderItem) -> bool:
        if item.state == states.IN_PROGRESS:
            return True
        if item.held_until is not None and item.held_until > self._now:
            _change(item, states.HELD)
            return False
        if item.not_before is not None and item.not_before > self._now:
            _change(item, states.PENDING)
            return False
        if item.detail.get("slot") and not item.visits.filter(state=VisitState.DONE).exists():
            _change(item, states.PENDING)
            return False
        _change(item, states.IN_PROGRESS)
        return True

    def _forward(self, item: OrderItem) -> None:
        every = self._steps[item.pk]
        while (place := steps.next_forward([_stand(step) for step in every])) is not None:
            step = every[place]
            if step.outside:
                self._ask(item, step)
                return
            if not self._do(item, step):
                return
        if not item.leaving:
            _change(item, states.COMPLETED)
            for binding in bindings:
                binding.done(self._work(item))

    def _do(self, item: OrderItem, step: Step) -> bool:
        try:
            with transaction.atomic():
                do(self._work(item), step.name)
        except Refusal as refusal:
            step.state, step.error, step.ended_at = steps.FAILED, refusal.message, self._now
            step.save(update_fields=["state", "error", "ended_at"])
            fail(self._actor, item, step, refusal.message)
            return False
        step.state, step.ended_at = steps.DONE, self._now
        step.save(update_fields=["state", "ended_at"])
        return True

    def _ask(self, item: OrderItem, step: Step) -> None:
        stand = _stand(step)
        if steps.is_given_up(stand, self._now):
            step.state, step.error = steps.FAILED, "no answer"
            step.save(update_fields=["state", "error"])
            fail(self._actor, item, step, "no answer")
        elif step.state == steps.WAITING or steps.is_late(stand, self._now):
            self._send(item, step, steps.SENT, step.key, None)

    def _back(self, item: OrderItem) -> None:
        every = self._steps[item.pk]
        while (place := steps.next_back([_stand(step) for step in every])) is not None:
            step = every[place]
            if step.outside:
                if step.state != steps.UNDOING:
                    step.tries = 0
                    self._send(item, step, steps.UNDOING, step.undo_key, step.key)
                elif steps.is_late(_stand(step), self._now):
                    self._send(item, step, steps.UNDOING, step.undo_key, step.key)
                return
            undo(self._work(item), step.name)
            step.state, step.ended_at = steps.UNDONE, self._now
            step.save(update_fields=["state", "ended_at"])
        self._gone(item, every)

    def _gone(self, item: OrderItem, every: list[Step]) -> None:
        for step in every:
            if step.state == steps.WAITING:
                step.state = steps.SKIPPED
                step.save(update_fields=["state"])
        if item.leaving == states.CANCELLED and item.state == states.ASSESSING:
            _change(item, states.LEAVING)
        _change(item, item.leaving)
        slots.cancel_of(item, self._now)
        for binding in bindings:
            binding.void(self._work(item))

    def _work(self, item: OrderItem) -> Work:
        return Work(self._actor, self._order, item, self._now, self._today)

    def _send(self, item: OrderItem, step: Step, state: str, key: UUID, undoes: UUID | None) -> None:
        step.state, step.tries, step.sent_at = state, step.tries + 1, self._now
        patient = undoes is None and step.name == decomposition.INSTALL_PROFILE
        step.due_at = self._now + steps.wait_after(step.tries, patient=patient)
        step.save(update_fields=["state", "tries", "sent_at", "due_at"])
        name = step.name if undoes is None else f"undo_{step.name}"
        payload = {"order": self._order.number, "iccid": item.iccid}
        if item.offering is not None:
            payload["offering"] = item.offering.code
        self.requests.append(Request(key, name, item.number or f"item:{item.public_id}", payload, undoes))


def advance(*, actor: Actor, order: int, now: datetime) -> list[Request]:
    """Move an order on as far as it goes without the outside; returns what is to be asked for there."""
    row = locked(order)
    if row.state in states.ORDER_FINAL or row.unknown:
        return []
    mover = Mover(actor, row, now)
    mover.move()
    if any(item.state == states.COMPLETED for item in mover.items):
        mover.move()  # items that needed one completed just now
    settle(actor=actor, order=row, items=mover.items, now=now)
    return mover.requests


def outstanding(order: int) -> list[UUID]:
    """The keys of what was asked for and not answered yet."""
    rows = Step.objects.filter(item__order_id=order, state__in=[steps.SENT, steps.UNDOING])
    return [step.key if step.state == steps.SENT else step.undo_key for step in rows.order_by("id")]


def take_answer(
    *,
    actor: Actor,
    key: UUID,
    outcome: str,
    reason: str,
    now: datetime,
    told: Mapping[str, str] | None = None,
) -> int:
    """Note an answer of the outside; one that came before or comes too late changes nothing. Returns the order."""
    found = Step.objects.filter(Q(key=key) | Q(undo_key=key)).values_list("pk", "item__order_id").first()
    if found is None:
        raise NotFound
    order = locked(found[1])
    step = Step.objects.select_related("item__order").get(pk=found[0])
    step.answers += 1
    if key == step.key and step.state == steps.SENT:
        if outcome == DONE and not profiles.note_done(actor, step, told or {}, now):
            outcome, reason = REFUSED, "no sound activation code"
            step.tries = steps.MOST_TRIES  # it was done there all the same: it is taken back with the rest
        step.state = steps.DONE if outcome == DONE else steps.FAILED
        step.ended_at, step.error = now, "" if outcome == DONE else reason
        if step.state == steps.FAILED and not step.item.leaving:
            fail(actor, step.item, step, reason)
    elif key == step.undo_key and step.state == steps.UNDOING:
        if outcome == DONE:
            step.state, step.ended_at = steps.UNDONE, now
            profiles.note_undone(step)
        else:
            step.error = reason
    step.save(update_fields=["state", "answers", "tries", "ended_at", "error"])
    return order.pk


def fail(actor: Actor, item: OrderItem, step: Step, reason: str) -> None:
    """The item cannot be done: from now on its steps are taken back."""
    item.leaving, item.failure = item.leaving or states.FAILED, reason
    item.save(update_fields=["leaving", "failure"])
    record(ItemFailed(position=item.position, step=step.name, reason=reason), about=item.order, by=actor)


def locked(order: int) -> Order:
    """The order's row, locked to the end of the transaction."""
    row = Order.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=order).first()
    if row is None:
        raise NotFound
    return row


def _change(item: OrderItem, state: str) -> None:
    if item.state == state:
        return
    if not states.may_follow(item.state, state):
        raise AssertionError(f"{item.state} → {state}")
    item.state = state
    item.save(update_fields=["state"])


def _stand(step: Step) -> steps.Stand:
    return steps.Stand(step.state, step.outside, step.undo, step.tries, step.due_at)
