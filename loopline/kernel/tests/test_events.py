"""The event log loses nothing that commits late and delivers in order, once the horizon has passed."""

import threading
from dataclasses import dataclass

from django.db import connection

from loopline.identity.models import Unit
from loopline.kernel import events
from loopline.kernel.models import Event, HandlerCursor

seen: list[tuple[int, str]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class LanternLit(events.Happened):
    """A thing that happens in tests only."""

    name = "tests.lantern_lit"
    where: str


@events.handles(LanternLit, name="tests.lanterns")
def _remember(event: Event) -> None:
    if event.payload["where"] == "dark":
        raise RuntimeError("no matches")
    seen.append((event.tenant_id, event.payload["where"]))


def _light(operator, where: str) -> None:
    with operator.door() as actor:
        events.record(LanternLit(where=where), about=Unit.objects.get(code="company"), by=actor)


def _delivered(operator) -> list[str]:
    with operator.door():
        events.deliver("tests.lanterns")
    return [where for tenant, where in seen if tenant == operator.tenant]


def test_an_event_is_history_and_message_at_once(operator):
    _light(operator, "gate")
    assert _delivered(operator) == ["gate"]
    with operator.door():
        (row, *_) = events.history(Unit.objects.get(code="company"))
    assert (row.name, row.payload, row.actor_name) == ("tests.lantern_lit", {"where": "gate"}, "system")


def test_an_earlier_transaction_that_commits_late_is_not_lost(operator):
    opened, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with operator.door() as actor:
            events.record(LanternLit(where="slow"), about=Unit.objects.get(code="company"), by=actor)
            opened.set()
            may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    opened.wait(10)
    _light(operator, "quick")
    assert _delivered(operator) == []
    may_commit.set()
    thread.join()
    assert _delivered(operator) == ["slow", "quick"]


def test_a_failing_handler_keeps_its_place_and_says_why(operator):
    _light(operator, "lamp")
    _light(operator, "dark")
    _light(operator, "after")
    assert _delivered(operator) == ["lamp"]
    with operator.door():
        cursor = HandlerCursor.objects.get(handler="tests.lanterns")
    assert (cursor.failures, cursor.last_error) == (1, "RuntimeError: no matches")
    assert cursor.retry_at is not None
