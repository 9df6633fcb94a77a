"""News arrive over a real connection: with whom they concern and nobody else, until he signs out."""

import http.client
import json
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loopline.config.provision import child_environment
from loopline.identity.api import Staff, Unit
from loopline.messaging.api import publish_notice, send_message
from loopline.testing import Operator, found_operator


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def push(database) -> Iterator[int]:
    """A push process as `loopline serve` starts it; its port."""
    port = _free_port()
    command = ["-m", "loopline.config.webserver", "asgi", "loopline.web.push:application", "127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, *command, str(port)],
        env=child_environment(database) | {"LOOPLINE_PORT": str(port - 1), "PYTHONPATH": str(Path.cwd())},
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)


@dataclass
class Listening:
    """An open stream: what it has told, and the id of the last event."""

    told: "queue.Queue[dict[str, object] | None]" = field(default_factory=queue.Queue)
    last_id: str = ""

    def next(self) -> dict[str, object] | None:
        return self.told.get(timeout=20)


def _cookie(client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@contextmanager
def listening(port: int, client, last_id: str = "") -> Iterator[Listening]:
    """A stream as the client's browser would hold it; its end is told as None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": _cookie(client), "Origin": f"http://127.0.0.1:{port - 1}"}
    connection.request("GET", "/stream", headers=headers | ({"Last-Event-ID": last_id} if last_id else {}))
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    assert answer.headers["Access-Control-Allow-Origin"] == headers["Origin"]
    heard, opened = Listening(), threading.Event()

    def read() -> None:
        try:
            while line := answer.readline():
                name, _, value = line.decode().strip().partition(": ")
                if name == "id":
                    heard.last_id = value
                    opened.set()
                elif name == "data":
                    heard.told.put(json.loads(value))
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        heard.told.put(None)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert opened.wait(20)
    yield heard
    if connection.sock:
        connection.sock.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _write(operator: Operator, sender: str, recipient: str, subject: str) -> None:
    with operator.door(sender) as actor:
        to = Staff.objects.get(pk=operator.staff[recipient])
        send_message(actor=actor, recipient=to, subject=subject)


def _publish(operator: Operator, title: str) -> None:
    with operator.door("admin") as actor:
        publish_notice(actor=actor, title=title, body="", unit=Unit.objects.get(code="company"))


def test_a_message_reaches_its_recipient_and_nobody_else(operator, push):
    other = found_operator()
    with (
        listening(push, operator.client("clerk1")) as recipient,
        listening(push, operator.client("clerk2")) as colleague,
        listening(push, other.client("clerk1")) as stranger,
    ):
        _write(operator, "marketer", "clerk1", "Coffee at three?")
        toast = {"text": "林晓 writes: Coffee at three?", "tone": "info"}
        assert recipient.next() == {"topic": "messages", "toast": toast}
        # What comes next is for all of the operator: nothing was told to the others before it.
        _publish(operator, "New tariff")
        assert recipient.next() == {"topic": "messaging"}
        assert colleague.next() == {"topic": "messaging"}
        _publish(other, "Elsewhere")
        assert stranger.next() == {"topic": "messaging"}


def test_news_of_a_branch_stay_in_it(operator, push):
    from loopline.kernel.events import announce

    with (
        listening(push, operator.client("clerk1")) as here,
        listening(push, operator.client("southerner")) as there,
        listening(push, operator.client("marketer")) as above,
    ):
        with operator.door("clerk1"):
            announce("worklist", branches={operator.units["north-1"]})
        assert here.next() == {"topic": "worklist"}
        assert above.next() == {"topic": "worklist"}
        with operator.door("admin"):
            announce("campaigns")
        assert there.next() == {"topic": "campaigns"}


def test_nothing_is_told_of_what_was_rolled_back(operator, push):
    with listening(push, operator.client("clerk1")) as heard:
        with pytest.raises(ZeroDivisionError), operator.door("marketer") as actor:
            to = Staff.objects.get(pk=operator.staff["clerk1"])
            send_message(actor=actor, recipient=to, subject="Never")
            raise ZeroDivisionError
        _publish(operator, "Kept")
        assert heard.next() == {"topic": "messaging"}


def test_whoever_comes_back_is_told_what_he_missed(operator, push):
    client = operator.client("clerk1")
    with listening(push, client) as before:
        last_id = before.last_id
    _publish(operator, "While you were away")
    with listening(push, client, last_id) as after:
        # The notice is unread, which the counter of the messages shows too. What was new shortly before he left
        # may be told again.
        told: set[object] = set()
        while not {"messages", "messaging"} <= told:
            told.add((after.next() or {})["topic"])


def test_signing_out_ends_the_stream_and_no_other_opens(operator, push):
    client, colleague = operator.client("clerk1"), operator.client("clerk2")
    with listening(push, client) as heard, listening(push, colleague) as other:
        cookie = _cookie(client)
        client.post("/sign-out")
        assert heard.next() is None
        _publish(operator, "Others hear on")
        assert other.next() == {"topic": "messaging"}
    connection = http.client.HTTPConnection("127.0.0.1", push, timeout=20)
    connection.request("GET", "/stream", headers={"Cookie": cookie})
    assert connection.getresponse().status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"Cookie": "loopline_session=forged"}, 401),
        ({}, 401),
    ],
)
def test_strangers_are_refused(push, headers, status):
    connection = http.client.HTTPConnection("127.0.0.1", push, timeout=20)
    connection.request("GET", "/stream", headers=headers)
    assert connection.getresponse().status == status


def test_the_pages_lead_to_the_push_process(operator, settings):
    answer = operator.client("clerk1").get("/push/stream", headers={"host": "127.0.0.1:8000"})
    assert (answer.status_code, answer["Location"]) == (307, f"http://127.0.0.1:{settings.PORT + 1}/stream")
    policy = answer["Content-Security-Policy"]
    assert f"connect-src 'self' http://localhost:{settings.PORT + 1}" in policy
