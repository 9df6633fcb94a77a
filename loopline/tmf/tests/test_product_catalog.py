"""TMF620 and TMF679 on the same catalogue that the screens show."""

from typing import Any

import pytest
from django.test import Client

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Offering
from loopline.catalogue.tests.ground import fee, launched
from loopline.testing import Operator

BASE = "/tmf-api/productCatalogManagement/v4/"
CHECK = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"


class Api:
    """A client with a token."""

    def __init__(self, operator: Operator, who: str = "admin") -> None:
        self.client, self.headers = Client(), {"authorization": f"Bearer {operator.token(who)}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        kind = "application/merge-patch+json" if method == "patch" else "application/json"
        address = path if path.startswith("/") else BASE + path
        if method == "get":
            return self.client.get(address, headers=self.headers)
        return getattr(self.client, method)(address, body, content_type=kind, headers=self.headers)

    def made(self, path: str, **body: Any) -> Any:
        answer = self("post", path, body)
        assert answer.status_code == 201, answer.content
        return answer.json()


@pytest.fixture
def api(operator: Operator) -> Api:
    return Api(operator)


def test_an_offering_is_built_through_the_api_and_stands_on_screen(operator, api):
    root = api.made("category", name="套餐")
    drawer = api.made("category", name="5G", parentId=root["id"])
    speed = {
        "name": "speed", "valueType": "integer", "minCardinality": 1, "regex": "[0-9]+",
        "productSpecCharacteristicValue": [{"value": 300, "isDefault": True}, {"value": 1000}],
    }  # fmt: skip
    spec = api.made("productSpecification", name="Line", productSpecCharacteristic=[speed])
    assert spec["productSpecCharacteristic"] == [speed]
    price = api.made(
        "productOfferingPrice", name="Fee", priceType="recurring", price={"unit": "CNY", "value": 99}
    )
    made = api.made(
        "productOffering",
        name="5G 99",
        productSpecification={"id": spec["id"]},
        category=[{"id": drawer["id"]}, {"id": "elsewhere", "name": "Foreign"}],
        productOfferingPrice=[
            {"id": price["id"]},
            {"name": "Setup", "priceType": "oneTime", "price": {"value": 50}},
        ],
        prodSpecCharValueUse=[
            {"name": "speed", "productSpecCharacteristicValue": [{"value": 1000, "isDefault": True}]}
        ],
        productOfferingTerm=[{"name": "contract", "duration": {"amount": 2, "units": "year"}}],
        lifecycleStatus="Launched",
    )
    assert (made["lifecycleStatus"], made["version"], made["isBundle"]) == ("Launched", "1.0", False)
    assert [each["id"] for each in made["category"]] == [drawer["id"], "elsewhere"]
    assert [each["name"] for each in made["productOfferingPrice"]] == ["Fee", "Setup"]
    with operator.door() as actor:
        row = Offering.objects.get(public_id=made["id"])
        quote = catalogue.price_of(row)
        assert (row.term_months, quote.monthly, quote.one_time, quote.options) == (
            24,
            99,
            50,
            {"speed": ("1000",)},
        )
        assert list(catalogue.offerings(actor, catalogue.Wanted(text="5G 99"))) == [row]
    inside = api("get", "category?productOffering=x").status_code
    assert inside in (200, 400)
    tree = api("get", f"category/{root['id']}").json()
    assert ([each["id"] for each in tree["subCategory"]], tree["isRoot"]) == ([drawer["id"]], True)


def test_what_is_on_sale_is_changed_by_a_new_version_alone(operator, api):
    with operator.door("marketer") as actor:
        made = launched(actor)
    answer = api("patch", f"productOffering/{made.public_id}", {"name": "dearer"})
    assert (answer.status_code, "draft" in answer.json()["message"]) == (409, True)
    kept = api(
        "patch", f"productOffering/{made.public_id}", {"statusReason": "season", "lifecycleStatus": "Retired"}
    )
    assert (kept.json()["statusReason"], kept.json()["lifecycleStatus"]) == ("season", "Retired")
    assert (
        api("patch", f"productOffering/{made.public_id}", {"lifecycleStatus": "In test"}).status_code == 409
    )
    assert api("delete", f"productOffering/{made.public_id}").status_code == 409


def test_bundles_and_relationships_are_ours_where_we_know_them(operator, api):
    with operator.door("marketer") as actor:
        plan = launched(actor)
    bundle = api.made(
        "productOffering",
        name="Family",
        isBundle=True,
        bundledProductOffering=[
            {"id": str(plan.public_id), "bundledProductOfferingOption": {"numberRelOfferUpperLimit": 3}},
            {"id": "abc", "name": "Foreign"},
        ],
        productOfferingRelationship=[
            {"id": str(plan.public_id), "relationshipType": "excludes"},
            {"id": "abc", "relationshipType": "migration"},
        ],
    )
    ours, foreign = bundle["bundledProductOffering"]
    assert ours["bundledProductOfferingOption"]["numberRelOfferUpperLimit"] == 3
    assert foreign == {"id": "abc", "name": "Foreign"}
    assert [each["relationshipType"] for each in bundle["productOfferingRelationship"]] == [
        "excludes",
        "migration",
    ]
    empty = api("post", "productOffering", {"name": "Nothing", "isBundle": True})
    assert empty.status_code == 422


def test_lists_are_filtered_by_state_and_price(operator, api):
    with operator.door("marketer") as actor:
        for code, amount in (("A", "10"), ("B", "20")):
            launched(actor, code, prices=(fee(amount),))
    assert len(api("get", "productOffering?lifecycleStatus=Launched").json()) == 2
    assert api("get", "productOffering?lifecycleStatus=Retired").json() == []
    prices = api("get", "productOfferingPrice?price.value.gte=15&priceType=recurring").json()
    assert [price["price"]["value"] for price in prices] == [20]


def test_who_may_buy_is_answered_with_reasons_and_something_else(operator, api):
    with operator.door("marketer") as actor:
        shop = launched(actor, "SHOP", name="到店套餐", rules=(catalogue.Rule("channel", ("counter",)),))
        free = launched(actor, "FREE", name="自由套餐")
    item = {"productOffering": {"id": str(shop.public_id)}}
    asked = api(
        "post",
        CHECK,
        {"productOfferingQualificationItem": [item], "channel": {"id": "web"}, "provideAlternative": True},
    )
    assert asked.status_code == 201, asked.content
    (judged,) = asked.json()["productOfferingQualificationItem"]
    assert judged["qualificationItemResult"] == "unqualified"
    assert judged["eligibilityUnavailabilityReason"] == [
        {"code": "channel", "label": "Only for: Sales channel: Counter."}
    ]
    (other,) = judged["alternateProductOfferingProposal"]
    assert other["alternateProductOffering"]["id"] == str(free.public_id)
    shown = api("get", f"{CHECK}/{asked.json()['id']}").json()
    assert (shown["state"], shown["qualificationResult"]) == ("done", "alternate")
    right = api(
        "post", CHECK, {"productOfferingQualificationItem": [item], "channel": {"id": "counter"}}
    ).json()
    assert right["qualificationResult"] == "qualified"
    unknown = api(
        "post", CHECK, {"productOfferingQualificationItem": [{"productOffering": {"id": "nobody"}}]}
    ).json()
    assert unknown["productOfferingQualificationItem"][0]["state"] == "terminatedWithError"
    everything = api("post", CHECK, {"channel": {"id": "web"}, "provideOnlyAvailable": True}).json()
    assert [each["productOffering"]["name"] for each in everything["productOfferingQualificationItem"]] == [
        "自由套餐"
    ]


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("productOffering", {"name": "x", "productOfferingPrice": [{"name": 3, "price": "much"}]}),
        ("productOffering", {"name": "x", "productOfferingTerm": [{"duration": "long"}]}),
        ("productOffering", {"name": "x", "bundledProductOffering": [{"bundledProductOfferingOption": 1}]}),
        ("productOffering", {"name": "x", "prodSpecCharValueUse": [{"productSpecCharacteristicValue": "y"}]}),
        (
            "productSpecification",
            {"name": "x", "productSpecCharacteristic": [{"productSpecCharacteristicValue": [1]}]},
        ),
        ("productOffering", {"name": "x", "lifecycleStatus": "Nowhere"}),
        ("category", {"name": "x", "parentId": "nobody"}),
    ],
)
def test_what_makes_no_sense_is_refused_or_taken_as_it_can_be(api, resource, body):
    assert api("post", resource, body).status_code in (201, 400, 422)


def test_who_does_not_design_changes_nothing(operator):
    clerk = Api(operator, "clerk1")
    assert clerk("post", "productOffering", {"name": "x"}).status_code == 403
    assert clerk("get", "productOffering").status_code == 200
    with operator.door():
        assert Offering.objects.count() == 0
