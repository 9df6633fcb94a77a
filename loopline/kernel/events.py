"""The event log: what happened, in the same transaction as the change itself.

Handlers run after commit, at least once and in the log's order, each from its own cursor. The cursor moves by
transaction horizon: an event is delivered once every transaction that could still write an earlier one is over.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db import models, transaction

from loopline.kernel import clock
from loopline.kernel import models as kernel
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.kernel.scope import current, notify

log = logging.getLogger("loopline.events")
CHANNEL = "loopline_events"
BATCH = 500
BRANCHES_TOLD = 20
"""A change in more branches than this is told to the whole operator at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Base of every event: subclasses are named in the past tense and carry plain values."""

    name: ClassVar[str] = "kernel.happened"


Handler = Callable[[kernel.Event], None]
handlers: Registry[tuple[frozenset[str], Handler]] = Registry("event handler")


def handles(*events: type[Happened], name: str) -> Callable[[Handler], Handler]:
    """Register an idempotent handler of some events under a stable name (its cursor's key)."""

    def register(handler: Handler) -> Handler:
        handlers.add(name, (frozenset(event.name for event in events), handler))
        return handler

    return register


def record(event: Happened, *, about: models.Model, by: Actor) -> None:
    """Write the event about an object; call once per action, in its transaction."""
    record_many([(event, about)], by=by)


def record_many(events: list[tuple[Happened, models.Model]], *, by: Actor) -> None:
    """Write many events in one statement, for actions on lists."""
    kernel.Event.objects.bulk_create(
        [
            kernel.Event(
                name=event.name,
                about_kind=about._meta.label_lower,
                about_id=about.pk,
                branch_id=getattr(about, "branch_id", None),
                customer_id=_customer_of(about),
                actor_id=by.staff_id,
                actor_name=by.name,
                payload={key: _plain(value) for key, value in asdict(event).items()},
            )
            for event, about in events
        ],
        batch_size=1000,
    )
    for topic in sorted({topic_of(event.name) for event, _ in events}):
        branches = {
            getattr(about, "branch_id", None) for event, about in events if topic_of(event.name) == topic
        }
        announce(topic, branches={int(b) for b in branches if b} if None not in branches else None)


def topic_of(event_name: str) -> str:
    """What pages listen for: the module that an event belongs to."""
    return event_name.partition(".")[0]


def announce(topic: str, *, staff: int = 0, branches: set[int] | None = None) -> None:
    """Tell listeners, on commit, that something of a topic has changed: `<tenant>:<audience>:<topic>`.

    The audience is one member of staff (`s7`), whoever sees a branch (`b3`), or everybody of the operator (`*`).
    The worker takes it as a sign that the log has grown, the push process passes it on to open pages.
    """
    if staff:
        audiences = [f"s{staff}"]
    elif branches is not None and len(branches) <= BRANCHES_TOLD:
        audiences = [f"b{branch}" for branch in sorted(branches)]
    else:
        audiences = ["*"]
    for audience in audiences:
        notify(CHANNEL, f"{current().tenant}:{audience}:{topic}")


def history(about: models.Model, limit: int = 50) -> list[kernel.Event]:
    """The newest events about an object."""
    rows = kernel.Event.objects.filter(about_kind=about._meta.label_lower, about_id=about.pk)
    return list(rows.order_by("-id")[:limit])


def deliver(handler_name: str) -> int:
    """Run one handler over what it has not seen yet, within the open door. Returns events looked at.

    The cursor row is locked, so two workers never run the same handler of a tenant at once. A failure rolls
    the handler's own work back, leaves the cursor before the failed event and is tried again with a growing wait.
    """
    names, handler = handlers[handler_name]
    cursor = _locked_cursor(handler_name)
    if cursor is None or (cursor.retry_at and cursor.retry_at > clock.now()):
        return 0
    batch = _visible_after(cursor.xid, cursor.event_id)
    for event in batch:
        if event.name in names and not _attempt(handler, event, cursor):
            break
        cursor.xid, cursor.event_id = event.xid, event.id
    if batch:
        cursor.save()
    return len(batch)


def _attempt(handler: Handler, event: kernel.Event, cursor: kernel.HandlerCursor) -> bool:
    try:
        with transaction.atomic():
            handler(event)
    except Exception as error:
        log.exception("handler %s failed on event %s", cursor.handler, event.id)
        cursor.failures += 1
        cursor.last_error = f"{type(error).__name__}: {error}"[:1000]
        cursor.retry_at = clock.now() + timedelta(seconds=min(600, 2**cursor.failures))
        return False
    cursor.failures, cursor.last_error, cursor.retry_at = 0, "", None
    return True


def _locked_cursor(handler_name: str) -> kernel.HandlerCursor | None:
    kernel.HandlerCursor.objects.get_or_create(handler=handler_name, tenant_id=current().tenant)
    rows = kernel.HandlerCursor.objects.select_for_update(skip_locked=True)
    return rows.filter(handler=handler_name).first()


def _visible_after(xid: int, event_id: int) -> list[kernel.Event]:
    return list(
        kernel.Event.objects.raw(
            """
            SELECT * FROM kernel_event
            WHERE tenant_id = %s AND (xid, id) > (%s, %s)
              AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ORDER BY xid, id LIMIT %s
            """,
            [current().tenant, xid, event_id, BATCH],
        )
    )


def _customer_of(about: models.Model) -> int | None:
    if about._meta.label_lower == "customers.customer":
        return int(about.pk)
    return getattr(about, "customer_id", None)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | frozenset):
        return [_plain(item) for item in value]
    return value
