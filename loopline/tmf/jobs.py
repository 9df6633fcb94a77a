"""Events to listeners: at least once, in order for each object, with growing waits."""

import http.client
import logging
from datetime import timedelta

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.events import handlers
from loopline.kernel.jobs import every, job
from loopline.kernel.models import Event
from loopline.kernel.scope import Scope, enter
from loopline.tmf.engine import callbacks, hubs, urls  # noqa: F401  with the addresses come the declarations
from loopline.tmf.models import Answered, Delivery

log = logging.getLogger("loopline.tmf")
BATCH = 200
KEPT = timedelta(days=2)
FIRST_WAIT, LONGEST_WAIT = 5, 3600
MOST_TRIES = 60
"""About two days; then the delivery stays as given up, and those behind it go on."""


@job(name="tmf.tell_listeners", long=True, one_at_a_time=True)
def tell_listeners(*, tenant: int) -> None:
    """Send what is due, batch by batch, outside any transaction."""
    held: set[tuple[int, str]] = set()
    last = 0
    while batch := _open_after(tenant, last):
        for delivery in batch:
            last = delivery.pk
            line = (delivery.hub_id, delivery.about)
            if line in held:
                continue
            if delivery.due_at > clock.now() or not _send(tenant, delivery):
                held.add(line)


def _open_after(tenant: int, last: int) -> list[Delivery]:
    with enter(Scope(tenant)):
        rows = Delivery.objects.filter(given_up=False, pk__gt=last).select_related("hub")
        return list(rows.order_by("pk")[:BATCH])


def _send(tenant: int, delivery: Delivery) -> bool:
    """Whether the listener has it now, or will never be asked again."""
    try:
        callbacks.call(delivery.hub.callback, delivery.path, delivery.body)
    except (OSError, http.client.HTTPException, callbacks.ForbiddenCallback) as error:
        return _try_later(tenant, delivery, error)
    with enter(Scope(tenant)):
        Delivery.objects.filter(pk=delivery.pk).delete()
    return True


def _try_later(tenant: int, delivery: Delivery, error: Exception) -> bool:
    tries = delivery.tries + 1
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1))
    with enter(Scope(tenant)):
        Delivery.objects.filter(pk=delivery.pk).update(
            tries=tries,
            due_at=clock.now() + timedelta(seconds=wait),
            last_error=f"{type(error).__name__}: {error}"[:500],
            given_up=tries >= MOST_TRIES,
        )
    log.warning("listener %s did not take an event (try %s)", delivery.hub.public_id, tries)
    return tries >= MOST_TRIES


@job(name="tmf.forget_answers")
def forget_answers() -> None:
    """Forget the idempotency keys of long ago; what is repeated after KEPT is carried out anew."""
    Answered.objects.filter(at__lt=clock.now() - KEPT).delete()


def tell(event: Event) -> None:
    """Handler of the event log."""
    hubs.announce(event, tell_listeners)


handlers.add("tmf.hubs", (hubs.event_names(), tell))
every(minutes=1, task=tell_listeners, tenants=identity.tenant_ids)
every(minutes=60, task=forget_answers, tenants=identity.tenant_ids)
