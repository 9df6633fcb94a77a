"""A partner's systems use our addresses, sites, messages and the event log: the same rows that our screens show."""

from datetime import timedelta

import pytest

from loopline.customers import api as customers
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.tmf import jobs
from loopline.tmf.models import Answered
from loopline.tmf.tests.conftest import COMPANY, ROLE, Partner, token_of
from loopline.tmf.tests.test_hubs import listener, tell  # noqa: F401  (a fixture)
from loopline.tmf.translate import places

ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
VALIDATION = "/tmf-api/geographicAddressManagement/v4/geographicAddressValidation"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
TOPIC = "/tmf-api/event/v4/topic"
EVENT = "/tmf-api/event/v4/event"
REGION, STREET = "江苏省苏州市姑苏区", "人民路12号3幢2层201室"


@pytest.fixture
def home(operator):
    """A customer of North One with an address."""
    with operator.door("clerk1") as clerk:
        customer = customers.create_customer(actor=clerk, name="张三丰")
        address = customers.add_address(
            actor=clerk, customer=customer, region=REGION, street=STREET, postcode="215006"
        )
    return customer, address


@pytest.mark.parametrize(
    ("region", "street", "parts"),
    [
        (
            REGION,
            STREET,
            {
                "country": "CN",
                "stateOrProvince": "江苏省",
                "city": "苏州市",
                "locality": "姑苏区",
                "streetName": "人民路",
                "streetNr": "12",
                "streetType": "路",
            },
        ),
        ("北京市朝阳区", "建国门外大街1号", {"stateOrProvince": "北京市", "city": "北京市", "streetNr": "1"}),
        ("望川市锦湖区", "和平里", {"city": "望川市", "locality": "锦湖区", "streetName": "和平里"}),
    ],
)
def test_an_address_falls_into_parts(region, street, parts):
    found = places.read(region, street)
    assert {name: found.get(name) for name in parts} == parts


def test_an_address_is_found_by_its_parts_and_shown_masked(home, partner, trusted):
    _, address = home
    clear = trusted.get(ADDRESS, f"id={address.public_id}").json()[0]
    (below,) = trusted.get(f"{clear['href']}/geographicSubAddress").json()
    assert (below["buildingName"], below["levelNumber"], below["subUnitNumber"]) == ("3幢", "2", "201")
    assert trusted.get(below["href"]).json() == below
    assert clear["geographicSubAddress"][0]["href"] == below["href"]
    for name in ("name", "city", "stateOrProvince", "locality", "streetName", "streetNr", "postcode"):
        found = trusted.get(ADDRESS, f"{name}={clear[name]}")
        assert [each["id"] for each in found.json()] == [clear["id"]], name
    assert trusted.get(ADDRESS, "city=苏北市").json() == []
    masked = partner.get(clear["href"]).json()
    assert (masked["name"], masked["streetName"]) == ("江苏****", "人民****")
    assert not {"streetNr", "geographicSubAddress"} & set(masked)
    assert (masked["city"], masked["postcode"]) == ("苏州市", "215006")
    assert partner.get("/tmf-api/geographicAddressManagement/v4/geographicSubAddress").status_code == 404


@pytest.mark.parametrize(
    ("sent", "result", "alternatives"),
    [
        (
            {"country": "CN", "city": "苏州市", "stateOrProvince": "江苏省", "postcode": "215006"},
            "success",
            [],
        ),
        (
            {"country": "中国", "city": "苏州市", "stateOrProvince": "江苏省", "postcode": "510000"},
            "partial",
            [{"country": "中国", "city": "苏州市", "stateOrProvince": "江苏省", "streetName": "人民路"}],
        ),
        (
            {"city": "上海市", "postcode": "200001"},
            "partial",
            [{"country": "CN", "city": "上海市", "postcode": "200001", "streetName": "人民路"}],
        ),
        ({"country": "France", "city": "Paris", "postcode": "75014"}, "success", []),
        ({"country": "CN"}, "fail", []),
    ],
)
def test_an_address_is_checked_before_it_is_used(partner, sent, result, alternatives):
    body = {"submittedGeographicAddress": {"streetName": "人民路", **sent}, "provideAlternative": True}
    made = partner.made(VALIDATION, **body)
    assert (made["state"], made["validationResult"]) == ("done", result)
    assert [dict(sorted(each.items())) for each in made["alternateGeographicAddress"]] == [
        dict(sorted(each.items())) for each in alternatives
    ]
    assert ("validGeographicAddress" in made) is (result == "success")
    assert partner.get(made["href"]).json() == made


def test_a_site_is_an_address_of_installation_in_the_customers_file(operator, home, partner, trusted):
    customer, _ = home
    party = {"id": str(customer.public_id), "role": "owner", "@referredType": "Individual"}
    place = {"@type": "GeographicAddress", "city": "苏州市", "streetName": "干将路", "streetNr": "8"}
    site = partner.made(SITE, name="老店", code="S-1", place=[place], relatedParty=[party])
    assert (site["status"], site["place"]) == ("active", [place])
    with operator.door("clerk1"):
        row = customers.Address.objects.get(public_id=site["id"])
        assert (row.customer_id, row.kind, row.region, row.street) == (
            customer.pk,
            "installation",
            "苏州市",
            "干将路8号",
        )
    masked = partner.get(site["href"]).json()
    assert masked["place"] == [{"@type": "GeographicAddress", "city": "苏州市"}]
    moved = trusted.patch(
        site["href"], {"place": [{"city": "苏州市", "streetName": "平江路", "streetNr": "2"}]}
    )
    assert moved.status_code == 200, moved.content.decode()
    with operator.door("clerk1"):
        assert customers.Address.objects.get(pk=row.pk).street == "平江路2号"
    other = partner.made(COMPANY, tradingName="Moon Football Club")
    taken = partner.patch(
        site["href"], {"relatedParty": [{"id": other["id"], "@referredType": "Organization"}]}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "site_has_owner")
    assert partner.delete(site["href"]).status_code == 204
    assert partner.get(site["href"]).status_code == 404
    with operator.door("clerk1"):
        assert customers.Address.objects.get(pk=row.pk).valid_to is not None
    elsewhere = Partner(token_of(operator, "clerk2"))
    assert elsewhere.get(ADDRESS).json() == elsewhere.get(SITE).json() == []


def test_a_listener_hears_of_sites_and_of_no_other_address(operator, home, partner, listener):  # noqa: F811
    customer, address = home
    tell(operator)
    partner.made("/tmf-api/geographicSiteManagement/v4/hub", callback=listener.url)
    site = partner.made(SITE, name="Depot", relatedParty=[{"id": str(customer.public_id)}])
    with operator.door("clerk1") as clerk:
        customers.end_address(actor=clerk, customer=customer, address=str(address.public_id))
    tell(operator)
    partner.delete(site["href"])
    tell(operator)
    assert listener.kinds() == ["GeographicSiteCreateEvent", "GeographicSiteDeleteEvent"]
    assert {body["event"]["geographicSite"]["id"] for _, body in listener.heard} == {site["id"]}


def test_a_message_stands_in_the_customers_history_and_tells_what_became_of_it(
    operator,
    home,
    partner,
    trusted,
    listener,  # noqa: F811
):
    customer, _ = home
    tell(operator)
    partner.made("/tmf-api/communicationManagement/v4/hub", callback=listener.url)
    party = {"id": str(customer.public_id), "name": "张三丰", "@referredType": "Individual"}
    sent = partner.made(
        MESSAGE,
        content="您的宽带将于明天上午安装。",
        subject="装机提醒",
        messageType="SMS",
        sender={"id": "10000", "name": "东江电信"},
        receiver=[{"id": "1", "phoneNumber": "+8613800138000", "name": "张三丰", "party": party}],
    )
    assert (sent["state"], sent["tryTimes"], sent["logFlag"]) == ("initial", 1, True)
    with operator.door("clerk1") as clerk:
        (touch,) = interactions.interactions(clerk)
        assert (touch.customer_id, touch.channel, touch.inbound, touch.topic) == (
            customer.pk,
            "sms",
            False,
            "装机提醒",
        )
        assert touch.summary == "您的宽带将于明天上午安装。"
    (masked,) = partner.get(sent["href"]).json()["receiver"]
    assert (masked["phoneNumber"], masked["name"], masked["party"]["name"]) == (
        "138 **** 8000",
        "张**",
        "张**",
    )
    assert trusted.get(sent["href"]).json()["receiver"] == sent["receiver"]
    tell(operator)
    assert partner.patch(sent["href"], {"state": "completed", "tryTimes": 2}).json()["state"] == "completed"
    wrong = partner.patch(sent["href"], {"state": "lost"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "22")
    tell(operator)
    assert listener.kinds() == ["CommunicationMessageCreateEvent", "CommunicationMessageStateChangeEvent"]
    assert [each["id"] for each in partner.get(MESSAGE, "state=completed").json()] == [sent["id"]]
    assert Partner(token_of(operator, "clerk2")).get(MESSAGE).json() == []


def test_a_touch_of_ours_reads_as_a_message_that_was_sent(operator, home, partner):
    customer, _ = home
    with operator.door("clerk1") as clerk:
        interactions.record_interaction(
            actor=clerk,
            customer=customer.pk,
            branch=customer.branch_id,
            kind="note",
            channel="email",
            at=clock.now(),
            on=clock.today(clerk.zone),
            inbound=False,
            topic="Your bill",
        )
    (message,) = partner.get(MESSAGE, "state=completed&messageType=email&logFlag=true&tryTimes=1").json()
    assert (message["content"], message["subject"]) == ("Your bill", "Your bill")
    assert message["receiver"][0]["party"]["id"] == str(customer.public_id)
    assert message["sender"]["name"] == "钱一"


def test_a_topic_shows_a_part_of_the_log_and_takes_in_what_others_report(operator, home, partner):
    customer, _ = home
    topic = partner.made(TOPIC, name="customers")
    below = f"{topic['href']}/event"
    log = partner.get(below).json()
    assert {each["domain"] for each in log} == {"customers"}
    assert "customers.address_added" in {each["eventType"] for each in log}
    assert {each["relatedParty"][0]["id"] for each in log if "relatedParty" in each} == {
        str(customer.public_id)
    }
    alarm = {
        "eventType": "AlarmRaised",
        "eventTime": "2026-05-01T00:00:00.000Z",
        "event": {"alarm": {"id": "7"}},
    }
    answer = partner.post(below, alarm)
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert {name: told[name] for name in alarm} == alarm
    assert told["href"].startswith(below)
    assert answer["Location"] == told["href"]
    assert partner.get(told["href"]).json() == told
    assert [each["id"] for each in partner.get(below, "eventType=AlarmRaised").json()] == [told["id"]]
    other = partner.made(TOPIC, name="mine", headerQuery="eventType=customers.created")
    assert {each["eventType"] for each in partner.get(f"{other['href']}/event").json()} == {
        "customers.created"
    }
    narrow = partner.made(TOPIC, name="customers", contentQuery="kind=home")
    assert [each["event"]["kind"] for each in partner.get(f"{narrow['href']}/event").json()] == ["home"]
    assert partner.get(f"{TOPIC}/nothing/event").status_code == 404
    assert partner.get(f"{ROLE}/nothing/event").status_code == 404
    clerk = Partner(token_of(operator, "clerk1"))
    assert clerk.get(EVENT).status_code == clerk.get(below).status_code == 403


def test_a_listener_below_a_topic_hears_that_topic_alone(operator, partner, listener):  # noqa: F811
    alarms, noise = partner.made(TOPIC, name="alarms"), partner.made(TOPIC, name="noise")
    tell(operator)
    hub = partner.made(f"{alarms['href']}/hub", callback=listener.url)
    assert [each["id"] for each in partner.get(f"{alarms['href']}/hub").json()] == [hub["id"]]
    assert partner.get(f"{noise['href']}/hub").json() == []
    assert partner.get("/tmf-api/event/v4/hub").json() == []
    partner.made(f"{noise['href']}/event", eventType="Chatter")
    partner.made(f"{alarms['href']}/event", eventType="AlarmRaised")
    tell(operator)
    assert listener.kinds() == ["EventCreateEvent"]
    assert listener.heard[0][1]["event"]["event"]["eventType"] == "AlarmRaised"
    assert partner.delete(f"{alarms['href']}/hub/{hub['id']}").status_code == 204
    assert partner.get(f"{alarms['href']}/hub/{hub['id']}").status_code == 404


def test_idempotency_keys_are_forgotten_after_two_days(operator, partner):
    first = partner.post(ROLE, {"name": "Dealer"}, **{"idempotency-key": "k"}).json()
    for days, kept in ((1, 1), (3, 0)):
        with clock.frozen(clock.now() + timedelta(days=days)):
            jobs.forget_answers.func(tenant=operator.tenant)
        with operator.door():
            assert Answered.objects.count() == kept
    assert partner.post(ROLE, {"name": "Dealer"}, **{"idempotency-key": "k"}).json()["id"] != first["id"]
