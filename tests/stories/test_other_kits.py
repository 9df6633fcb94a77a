"""The Open APIs for which no kit is at hand, asked as a kit asks: over HTTP, of the operator that `demo ctk` makes.

Every attribute of the specification can be filtered by; every row of every list has what is mandatory; what is made
is found again by each of its values, shown in part, changed, and deleted where the specification deletes.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest

from tests.house import House, served

PARTY = {"id": "1", "name": "Jean", "role": "user", "@referredType": "Individual"}
ADDRESS = {"country": "CN", "city": "苏州市", "streetName": "人民路", "streetNr": "12", "postcode": "215006"}


@dataclass(frozen=True)
class Kit:
    """What a specification says of a resource.

    `mandatory` is on every row, `others` may be asked for; both without id and href, which all have. `bodies` are
    posted; without any the rows that the operator has are looked at. `change` is patched. `above` holds it.
    """

    api: str
    name: str
    mandatory: str
    others: str = ""
    bodies: tuple[dict[str, Any], ...] = ()
    change: dict[str, Any] = field(default_factory=dict)
    deletes: bool = False
    above: "Kit | None" = None

    def __str__(self) -> str:
        return f"{self.api}.{self.name}"

    @property
    def attributes(self) -> list[str]:
        return f"{self.mandatory} {self.others}".split()


TOPIC = Kit(
    "event",
    "topic",
    "name",
    "contentQuery headerQuery",
    bodies=(
        {"name": "Alarms", "contentQuery": "severity=high", "headerQuery": "eventType=alarms.raised"},
        {"name": "Billing"},
    ),
    deletes=True,
)
PLACE = Kit(
    "geographicAddressManagement",
    "geographicAddress",
    "city country locality name postcode stateOrProvince streetName streetNr streetType geographicSubAddress",
    "streetNrLast streetNrLastSuffix streetNrSuffix streetSuffix geographicLocation",
)
KITS = [
    Kit(
        "productOfferingQualification",
        "productOfferingQualification",
        "state productOfferingQualificationItem qualificationResult productOfferingQualificationDate "
        "effectiveQualificationDate instantSyncQualification provideAlternative provideOnlyAvailable "
        "provideUnavailabilityReason expectedPOQCompletionDate",
        "description expirationDate requestedPOQCompletionDate category channel note place relatedParty",
        bodies=(
            {
                "description": "May he buy it?",
                "provideAlternative": False,
                "instantSyncQualification": True,
                "requestedPOQCompletionDate": "2026-05-01T10:00:00.000Z",
                "relatedParty": [PARTY],
                "channel": {"id": "1", "name": "Shop"},
                "note": [{"id": "1", "text": "He came in."}],
                "productOfferingQualificationItem": [
                    {"id": "1", "action": "add", "productOffering": {"id": "14305", "name": "TV"}}
                ],
            },
            {"productOfferingQualificationItem": [{"id": "1", "productOffering": {"id": "1"}}]},
        ),
        change={"description": "Asked again"},
        deletes=True,
    ),
    PLACE,
    Kit(
        "geographicAddressManagement",
        "geographicSubAddress",
        "name subAddressType buildingName levelType levelNumber subUnitType subUnitNumber",
        "privateStreetName privateStreetNumber",
        above=PLACE,
    ),
    Kit(
        "geographicAddressManagement",
        "geographicAddressValidation",
        "submittedGeographicAddress provideAlternative state validationDate validationResult",
        "alternateGeographicAddress validGeographicAddress",
        bodies=(
            {"provideAlternative": True, "submittedGeographicAddress": ADDRESS},
            {
                "provideAlternative": False,
                "submittedGeographicAddress": {
                    "city": "Paris",
                    "streetName": "Rue de Rivoli",
                    "country": "FR",
                },
            },
        ),
        change={"provideAlternative": True},
    ),
    Kit(
        "geographicSiteManagement",
        "geographicSite",
        "name status place relatedParty",
        "code description calendar siteRelationship",
        bodies=(
            {
                "name": "Depot",
                "code": "DSK3",
                "description": "Where the vans are",
                "status": "planned",
                "calendar": [{"day": "monday", "status": "on", "timeZone": "+08:00"}],
                "relatedParty": [PARTY],
                "place": [
                    {"id": "8747", "name": "1 Main Street", "role": "located at", "@referredType": "Place"}
                ],
            },
            {"name": "Empty office"},
        ),
        change={"description": "Where the vans were", "status": "active"},
        deletes=True,
    ),
    Kit(
        "communicationManagement",
        "communicationMessage",
        "content messageType receiver sender state logFlag tryTimes priority sendTime",
        "description scheduledSendTime sendTimeComplete subject attachment characteristic",
        bodies=(
            {
                "content": "Your engineer comes at ten.",
                "messageType": "SMS",
                "subject": "Engineer",
                "description": "Visit",
                "priority": "1",
                "tryTimes": 3,
                "logFlag": True,
                "scheduledSendTime": "2026-05-01T10:00:00.000Z",
                "sender": {"id": "1", "name": "Loopline", "phoneNumber": "10000"},
                "receiver": [{"id": "1", "name": "Jean", "phoneNumber": "13800138001"}],
                "characteristic": [{"name": "template", "value": "visit"}],
            },
            {
                "content": "Thank you.",
                "messageType": "Email",
                "sender": {"id": "1"},
                "receiver": [{"id": "2", "email": "jean@example.com"}],
            },
        ),
        change={"description": "Later", "state": "completed"},
        deletes=True,
    ),
    TOPIC,
    Kit(
        "event",
        "event",
        "eventId eventTime eventType timeOccurred title domain priority correlationId event source "
        "reportingSystem",
        "description analyticCharacteristic relatedParty",
        bodies=(
            {
                "eventType": "AlarmRaised",
                "eventId": "e-1",
                "title": "Link down",
                "description": "Port 3",
                "priority": "1",
                "domain": "Network",
                "correlationId": "c-1",
                "eventTime": "2026-05-01T10:00:00.000Z",
                "timeOccurred": "2026-05-01T10:00:00.000Z",
                "event": {"alarm": {"id": "1"}},
                "source": {"id": "1", "name": "probe"},
                "reportingSystem": {"id": "2", "name": "noc"},
                "relatedParty": [PARTY],
                "analyticCharacteristic": [{"name": "rank", "value": "3"}],
            },
            {"eventType": "AlarmCleared", "event": {}},
        ),
        above=TOPIC,
    ),
]
APIS = sorted({kit.api for kit in KITS})
each_kit = pytest.mark.parametrize("kit", KITS, ids=str)


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any


class Caller:
    """A kit: it has an address and a token."""

    def __init__(self, house: House) -> None:
        self.house = house
        told = house.run("demo", "ctk")
        self.token = next(word for word in told.split() if word.startswith("llt_"))
        self._made: dict[str, list[dict[str, Any]]] = {}

    def ask(self, method: str, address: str, body: Any = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Accept", "application/json")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as found:
                told = found.read()
                return Answer(found.status, json.loads(told) if told else None, found.headers)
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, json.loads(refused.read()), refused.headers)

    def base(self, api: str) -> str:
        return f"{self.house.address}/tmf-api/{api}/v4"

    def address(self, kit: Kit) -> str:
        if kit.above is None:
            return f"{self.base(kit.api)}/{kit.name}"
        return f"{self.base(kit.api)}/{kit.above.name}/{self.made(kit.above)[0]['id']}/{kit.name}"

    def made(self, kit: Kit) -> list[dict[str, Any]]:
        """Entities that this kit has made, or else those that the operator has."""
        if str(kit) not in self._made:
            address = self.address(kit)
            posted = [self.ask("POST", address, body) for body in kit.bodies]
            assert [answer.status for answer in posted] == [201] * len(posted), [each.body for each in posted]
            assert all(answer.headers["Location"] == answer.body["href"] for answer in posted)
            found = [answer.body for answer in posted] or self.ask("GET", address).body
            assert found, f"the operator has no {kit.name}"
            self._made[str(kit)] = found
        return self._made[str(kit)]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with served(tmp_path_factory.mktemp("kits")) as house:
        Caller(house)
        # An operator that is there already is asked for again before a kit is run.
        yield Caller(house)


@each_kit
def test_what_is_posted_comes_back_whole(caller, kit):
    for sent, made in zip(kit.bodies, caller.made(kit), strict=False):
        assert made["id"] and made["href"].startswith(caller.base(kit.api))
        assert set(kit.mandatory.split()) <= set(made), set(kit.mandatory.split()) - set(made)
        plain = {name: value for name, value in sent.items() if name != "productOfferingQualificationItem"}
        assert {name: made[name] for name in plain} == plain
    one = caller.made(kit)[0]
    shown = caller.ask("GET", one["href"])
    assert (shown.status, shown.body) == (200, one)


@each_kit
def test_every_row_of_a_list_has_what_is_mandatory(caller, kit):
    caller.made(kit)
    listed = caller.ask("GET", caller.address(kit))
    assert listed.status == 200
    assert (
        int(listed.headers["X-Total-Count"]) >= int(listed.headers["X-Result-Count"]) == len(listed.body) > 0
    )
    for row in listed.body:
        assert {"id", "href", *kit.mandatory.split()} <= set(row), row


@each_kit
def test_each_attribute_can_be_filtered_by(caller, kit):
    one, address = caller.made(kit)[0], caller.address(kit)
    for name in ("id", "href", *kit.attributes):
        value = one.get(name, "nothing of this kind")
        if isinstance(value, list | dict):
            continue
        text = json.dumps(value) if isinstance(value, bool | int) else value
        if name in one:
            found = caller.ask("GET", f"{address}?{name}={quote(text)}&limit=200&sort=-id")
            assert found.status == 200, (name, found.body)
            assert one["id"] in [row["id"] for row in found.body], name
            assert all(row[name] == value for row in found.body), name
        else:
            text = "2026-05-01T10:00:00.000Z" if name.endswith(("Date", "Time")) else text
            found = caller.ask("GET", f"{address}?{name}={quote(text)}")
            assert found.status == 200, (name, found.body)


@each_kit
def test_fields_choose_what_is_shown(caller, kit):
    one, address = caller.made(kit)[0], caller.address(kit)
    for name in ("id", "href", *kit.attributes):
        shown = caller.ask("GET", f"{one['href']}?fields={name}")
        assert shown.status == 200
        assert {"id", "href"} <= set(shown.body)
        assert shown.body.get(name) == one.get(name), name
        listed = caller.ask("GET", f"{address}?fields={name}&limit=200&sort=-id")
        assert listed.status == 200
        assert all(name in row for row in listed.body if name in kit.mandatory.split())
        assert next(row for row in listed.body if row["id"] == one["id"]).get(name) == one.get(name), name


@each_kit
def test_a_patch_changes_what_it_says_and_nothing_else(caller, kit):
    if not kit.change:
        assert caller.ask("PATCH", caller.made(kit)[0]["href"], {}).status == 405
        return
    made = caller.ask("POST", caller.address(kit), kit.bodies[0]).body
    patched = caller.ask("PATCH", made["href"], kit.change)
    assert patched.status == 200, patched.body
    assert patched.body == made | kit.change
    assert caller.ask("GET", made["href"]).body == patched.body


@each_kit
def test_what_is_deleted_is_gone(caller, kit):
    if not kit.deletes:
        assert caller.ask("DELETE", caller.made(kit)[0]["href"]).status == 405
        return
    made = caller.ask("POST", caller.address(kit), kit.bodies[-1]).body
    gone = caller.ask("DELETE", made["href"])
    assert (gone.status, gone.body) == (204, None)
    missing = caller.ask("GET", made["href"])
    assert (missing.status, missing.body["code"]) == (404, "60")
    assert missing.body["reason"]


@each_kit
def test_what_is_not_there_is_not_found(caller, kit):
    missing = caller.ask("GET", f"{caller.address(kit)}/404ID")
    assert (missing.status, missing.body["code"], missing.body["status"]) == (404, "60", "404")


@pytest.mark.parametrize("place", [*APIS, "event/v4/topic"])
def test_a_listener_comes_and_goes(caller, place):
    api, _, rest = place.partition("/")
    address = f"{caller.base(api)}/hub"
    if rest:
        address = f"{caller.made(TOPIC)[0]['href']}/hub"
    sent = {"callback": "http://in.listener.invalid/events", "query": "eventType=TopicCreateEvent"}
    made = caller.ask("POST", address, sent)
    assert (made.status, made.headers["Location"]) == (201, made.body["href"])
    assert made.body == sent | {"id": made.body["id"], "href": f"{address}/{made.body['id']}"}
    assert caller.ask("GET", made.body["href"]).body == made.body
    assert caller.ask("DELETE", made.body["href"]).status == 204
    assert caller.ask("GET", made.body["href"]).status == 404
