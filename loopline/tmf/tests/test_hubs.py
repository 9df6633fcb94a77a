"""A partner hears of what happens: at least once, in order for each entity, and never from inside our house."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from loopline.kernel import clock, events
from loopline.tmf import jobs
from loopline.tmf.models import Delivery
from loopline.tmf.tests.conftest import CUSTOMER, PERSON, ROLE, Partner, token_of

ROLE_HUB = "/tmf-api/partyRoleManagement/v4/hub"


class Listener:
    """A listener on this machine that writes down what it is told, and refuses as often as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict]] = []
        self.refuse = 0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if listener.refuse:
                    listener.refuse -= 1
                    self.send_error(503)
                    return
                listener.heard.append((self.path, body))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kinds(self) -> list[str]:
        return [body["eventType"] for _path, body in self.heard]


@pytest.fixture
def listener(monkeypatch) -> Iterator[Listener]:
    monkeypatch.setenv("LOOPLINE_CALLBACKS", "127.0.0.0/8")
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@contextmanager
def _later(seconds: int) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(seconds=seconds)):
        yield


def tell(operator) -> None:
    with operator.door():
        while events.deliver("tmf.hubs") == events.BATCH:
            pass
    jobs.tell_listeners.func(tenant=operator.tenant)


def waiting(operator) -> list[tuple[int, bool]]:
    with operator.door():
        return list(Delivery.objects.order_by("pk").values_list("tries", "given_up"))


def test_a_partner_hears_of_a_roles_whole_life_in_order(operator, partner, listener):
    hub = partner.made(ROLE_HUB, callback=listener.url)
    href = f"http://testserver{ROLE_HUB}/{hub['id']}"
    assert hub == {"id": hub["id"], "href": href, "callback": listener.url, "query": ""}
    role = partner.made(ROLE, name="Dealer", status="waiting")
    partner.patch(role["href"], {"statusReason": "papers"})
    tell(operator)
    partner.patch(role["href"], {"status": "active"})
    partner.delete(role["href"])
    tell(operator)
    kinds = ["Create", "AttributeValueChange", "StateChange", "Delete"]
    # A state that is gone by the time it is told of is told by the deletion alone.
    assert listener.kinds() == [f"PartyRole{kind}Event" for kind in kinds if kind != "StateChange"]
    path, created = listener.heard[0]
    assert path == "/in/listener/partyRoleCreateEvent"
    assert created["event"]["partyRole"]["id"] == role["id"]
    assert created["event"]["partyRole"]["href"] == role["href"]
    assert set(created) == {
        "eventId",
        "eventTime",
        "eventType",
        "correlationId",
        "domain",
        "title",
        "description",
        "priority",
        "timeOcurred",
        "event",
    }
    assert listener.heard[-1][1]["event"]["partyRole"] == {
        "id": role["id"],
        "href": role["href"],
        "@type": "PartyRole",
    }
    assert waiting(operator) == []


def test_a_change_of_state_is_told_as_one(operator, partner, listener):
    role = partner.made(ROLE, name="Dealer", status="waiting")
    tell(operator)
    partner.made(ROLE_HUB, callback=listener.url)
    partner.patch(role["href"], {"status": "active"})
    tell(operator)
    assert listener.kinds() == ["PartyRoleStateChangeEvent"]
    assert listener.heard[0][1]["event"]["partyRole"]["status"] == "active"


def test_a_listener_that_fails_is_asked_again_later_and_hears_everything_in_order(
    operator, partner, listener
):
    partner.made(ROLE_HUB, callback=listener.url)
    first = partner.made(ROLE, name="Dealer")
    listener.refuse = 2
    tell(operator)
    partner.patch(first["href"], {"name": "Reseller"})
    partner.made(ROLE, name="Bank")
    tell(operator)
    assert listener.heard == []
    assert waiting(operator) == [(1, False), (0, False), (1, False)]
    with _later(seconds=4):
        tell(operator)
    assert listener.heard == []
    with _later(seconds=20):
        tell(operator)
    told = [(body["eventType"], body["event"]["partyRole"]["name"]) for _path, body in listener.heard]
    assert told == [
        ("PartyRoleCreateEvent", "Dealer"),
        ("PartyRoleAttributeValueChangeEvent", "Reseller"),
        ("PartyRoleCreateEvent", "Bank"),
    ]
    assert waiting(operator) == []


def test_the_wait_grows_and_ends(operator, partner, listener):
    partner.made(ROLE_HUB, callback=listener.url)
    partner.made(ROLE, name="Dealer")
    listener.refuse = 10**6
    waits = []
    moment = clock.now()
    for _ in range(3):
        with clock.frozen(moment):
            tell(operator)
            with operator.door():
                due = Delivery.objects.get().due_at
        waits.append((due - moment).total_seconds())
        moment = due
    assert waits == [5, 10, 20]
    with operator.door():
        Delivery.objects.update(tries=jobs.MOST_TRIES - 1)
    with clock.frozen(moment):
        tell(operator)
    assert waiting(operator) == [(jobs.MOST_TRIES, True)]


def test_a_query_chooses_what_is_told(operator, partner, listener):
    partner.made(ROLE_HUB, callback=listener.url, query="eventType=PartyRoleCreate&event.partyRole.name=Bank")
    partner.made(ROLE, name="Dealer")
    bank = partner.made(ROLE, name="Bank")
    partner.patch(bank["href"], {"status": "active"})
    tell(operator)
    assert [body["event"]["partyRole"]["name"] for _path, body in listener.heard] == ["Bank"]
    assert listener.kinds() == ["PartyRoleCreateEvent"]


def test_nobody_hears_what_he_may_not_see_nor_in_clear_what_is_masked(operator, partner, listener):
    stranger = Partner(token_of(operator, "southerner"))
    clerk = Partner(token_of(operator, "clerk1"))
    party = "/tmf-api/partyManagement/v4/hub"
    stranger.made(party, callback=f"{listener.url}/stranger")
    clerk.made(party, callback=f"{listener.url}/clerk")
    partner.made("/tmf-api/customerManagement/v4/hub", callback=f"{listener.url}/customers")
    clerk.made(PERSON, familyName="Lamborgizzia", givenName="Jane")
    tell(operator)
    assert {path for path, _body in listener.heard} == {
        "/in/clerk/listener/individualCreateEvent",
        "/in/clerk/listener/individualStateChangeEvent",
    }
    assert "Lamborgizzia" not in json.dumps([body for _path, body in listener.heard])
    clerk.made(CUSTOMER, name="Moon Football Club", engagedParty={"id": "500"})
    tell(operator)
    assert "/in/customers/listener/customerCreateEvent" in {path for path, _body in listener.heard}


def test_a_listener_that_was_ended_hears_nothing_more(operator, partner, listener):
    hub = partner.made(ROLE_HUB, callback=listener.url)
    address = f"{ROLE_HUB}/{hub['id']}"
    assert partner.get(address).json() == hub
    other = Partner(token_of(operator, "clerk1"))
    assert other.get(address).status_code == other.delete(address).status_code == 404
    partner.made(ROLE, name="Dealer")
    with operator.door():
        events.deliver("tmf.hubs")
    assert partner.delete(address).status_code == 204
    assert partner.delete(address).status_code == 404
    tell(operator)
    assert (listener.heard, waiting(operator)) == ([], [])


@pytest.mark.parametrize(
    "callback",
    [
        "http://127.0.0.1:5432/",
        "http://localhost/",
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "https://user:secret@8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://",
        "http://8.8.8.8:99999/",
    ],
)
def test_a_callback_into_the_house_is_refused(partner, callback):
    answer = partner.post(ROLE_HUB, {"callback": callback})
    assert (answer.status_code, answer.json()["code"]) == (422, "forbidden_callback")
    assert partner.get(ROLE_HUB).json() == []


def test_a_host_that_nobody_knows_yet_may_be_told_later(operator, partner):
    partner.made(ROLE_HUB, callback="http://no-such-host.invalid/")
    partner.made(ROLE, name="Dealer")
    tell(operator)
    with operator.door():
        waiting = Delivery.objects.get()
        assert (waiting.tries, waiting.given_up) == (1, False)
        assert "its host is not known" in waiting.last_error


def test_a_callback_is_looked_at_again_when_it_is_called(operator, partner, listener, monkeypatch):
    partner.made(ROLE_HUB, callback=listener.url)
    monkeypatch.delenv("LOOPLINE_CALLBACKS")
    partner.made(ROLE, name="Dealer")
    tell(operator)
    assert listener.heard == []
    with operator.door():
        assert "ForbiddenCallback" in Delivery.objects.get().last_error


@pytest.mark.parametrize("body", [{}, {"callback": 7}, {"callback": "http://8.8.8.8/", "query": {}}, []])
def test_a_registration_that_makes_no_sense_is_refused(partner, body):
    assert partner.post(ROLE_HUB, body).status_code == 400


def test_events_cost_one_query_where_nobody_listens(operator, partner):
    from django.test.utils import CaptureQueriesContext

    from loopline.kernel.models import Event
    from loopline.tmf.engine import hubs

    partner.made(ROLE, name="Dealer")
    with operator.door(), CaptureQueriesContext(connection) as captured:
        event = Event.objects.get(name="tmf.kept")
        hubs.announce(event, jobs.tell_listeners)
    assert len(captured) == 2
