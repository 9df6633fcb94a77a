"""The work between our records and the outside: a job that moves one order on, and one that wakes those that wait.

Doors are short: what is asked for is committed before it is sent, and each answer is noted in a door of its own. A
killed worker loses nothing; the step is asked for again with the same key, and the other side does it once.
"""

import logging
from collections.abc import Callable

from loopline.identity.api import platform_actor
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.jobs import ask_later, job
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.orders import actions
from loopline.orders.adapters import simulator  # noqa: F401, registers itself
from loopline.orders.ports import Answer, Unreachable, fulfilment

log = logging.getLogger("loopline.orders")
MOST_ROUNDS = 60
LOOK_AGAIN = (2, 5, 15, 30)
"""Seconds after which an answer that has not come is looked for; later the clock does it each minute."""


@job(name="orders.move", long=True)
def move_order(*, tenant: int, order: int, look: int = 0) -> None:
    """Move an order on as far as it goes now, and look again soon where the outside has not answered."""
    if drive(tenant, order) and look < len(LOOK_AGAIN):
        with enter(Scope(tenant)):
            ask_later(move_order, LOOK_AGAIN[look], order=order, look=look + 1)


@job(name="orders.wake", long=True, one_at_a_time=True)
def wake_orders(*, tenant: int) -> None:
    """Move the orders whose answer, day or end of hold has come; find those in jeopardy; end kept lines."""
    with enter(Scope(tenant)):
        keys = actions.restless(clock.now())
    for order in keys:
        drive(tenant, order)
    with enter(Scope(tenant)):
        actions.watch(actor=_actor(tenant), now=clock.now())
    with enter(Scope(tenant)):
        actions.end_kept_lines(actor=_actor(tenant), now=clock.now())


def drive(tenant: int, order: int) -> bool:
    """Move an order until nothing more can be done now. Returns whether an answer is awaited."""
    port = fulfilment(tenant)
    for _round in range(MOST_ROUNDS):
        with enter(Scope(tenant)):
            requests = actions.advance(actor=_actor(tenant), order=order, now=clock.now())
            waiting = actions.outstanding(order)
        sent = {request.key for request in requests}
        answers = [answer for request in requests for answer in _reached(port.send, request)]
        answers += [answer for key in waiting if key not in sent for answer in _reached(port.ask, key)]
        if not answers:
            return bool(waiting)
        for answer in answers:
            take_answer(tenant, answer)
    return True


def take_answer(tenant: int, answer: Answer) -> int:
    """Note one answer of the outside in a door of its own. Returns the order; 0 where the key is not ours."""
    with enter(Scope(tenant)):
        try:
            return actions.take_answer(
                actor=_actor(tenant),
                key=answer.key,
                outcome=answer.outcome,
                reason=answer.reason,
                told=answer.told,
                now=clock.now(),
            )
        except NotFound:
            log.warning("an answer to a request that was never made")
            return 0


def _reached[T](call: Callable[[T], list[Answer]], told: T) -> list[Answer]:
    """The answers of the other side; none where it cannot be reached."""
    try:
        return call(told)
    except Unreachable:
        return []


def _actor(tenant: int) -> Actor:
    return platform_actor(tenant, "orders")
