"""Merge patch, JSON patch, and what cannot be changed."""

import pytest

from loopline.tmf.engine import patches
from loopline.tmf.engine.errors import BadBody
from loopline.tmf.tests.conftest import COMPANY, PERSON, ROLE

JSON_PATCH = "application/json-patch+json"


@pytest.mark.parametrize(
    ("document", "patch", "merged"),
    [  # the examples of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_merges_as_its_standard_has_it(document, patch, merged):
    assert patches.merge(document, patch) == merged


@pytest.mark.parametrize(
    ("document", "operations", "made"),
    [  # the examples of RFC 6902, appendix A
        ({"foo": "bar"}, [("add", "/baz", "qux")], {"baz": "qux", "foo": "bar"}),
        ({"foo": ["bar", "baz"]}, [("add", "/foo/1", "qux")], {"foo": ["bar", "qux", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [("remove", "/baz")], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [("remove", "/foo/1")], {"foo": ["bar", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [("replace", "/baz", "boo")], {"baz": "boo", "foo": "bar"}),
        ({"foo": ["bar"]}, [("add", "/foo/-", ["abc", "def"])], {"foo": ["bar", ["abc", "def"]]}),
        ({"/": 9, "~1": 10}, [("test", "/~01", 10)], {"/": 9, "~1": 10}),
        ({"a": {"b": 1}}, [("add", "", {"c": 2})], {"c": 2}),
    ],
)
def test_a_json_patch_does_as_its_standard_has_it(document, operations, made):
    told = [dict(zip(("op", "path", "value"), each, strict=False)) for each in operations]
    assert patches.apply(document, told) == made


def test_a_json_patch_moves_and_copies():
    document = {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}
    moved = patches.apply(document, [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}])
    assert moved == {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}
    copied = patches.apply(document, [{"op": "copy", "from": "/foo", "path": "/new"}])
    assert copied["new"] == document["foo"]
    assert document == {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}


@pytest.mark.parametrize(
    "operations",
    [
        {"op": "add"},
        [{"op": "shout", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/a"}],
        [{"op": "replace", "path": "/nothing", "value": 1}],
        [{"op": "remove", "path": "/list/3"}],
        [{"op": "remove", "path": "/list/01"}],
        [{"op": "remove", "path": "/list/-1"}],
        [{"op": "remove", "path": ""}],
        [{"op": "move", "from": "/list", "path": "/list/0"}],
    ],
)
def test_a_json_patch_that_makes_no_sense_is_refused(operations):
    with pytest.raises(BadBody):
        patches.apply({"list": [1, 2, 3]}, operations)


def test_both_kinds_of_patch_change_what_is_kept_and_what_is_ours(partner):
    firm = partner.made(COMPANY, tradingName="Coffee Do Brazil", isHeadOffice=True, nameType="Co")
    merged = partner.patch(firm["href"], {"tradingName": "Coffee Fair Trade", "nameType": None})
    assert merged.status_code == 200
    assert (merged.json()["tradingName"], merged.json()["isHeadOffice"]) == ("Coffee Fair Trade", True)
    assert "nameType" not in merged.json()
    steps = [
        {"op": "test", "path": "/tradingName", "value": "Coffee Fair Trade"},
        {"op": "add", "path": "/otherName", "value": [{"tradingName": "CFT"}]},
        {"op": "replace", "path": "/isHeadOffice", "value": False},
    ]
    stepped = partner.patch(firm["href"], steps, JSON_PATCH).json()
    assert (stepped["otherName"], stepped["isHeadOffice"]) == ([{"tradingName": "CFT"}], False)
    failed = partner.patch(firm["href"], [{"op": "test", "path": "/tradingName", "value": "X"}], JSON_PATCH)
    assert (failed.status_code, failed.json()["code"]) == (409, "patch_test_failed")
    assert partner.get(firm["href"]).json() == stepped


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "other"}, "27"),
        ({"href": "http://elsewhere"}, "27"),
        ({"@type": "Lender"}, "27"),
        ({"name": None}, "23"),
        ({"name": 7}, "22"),
        ({"validFor": {"startDateTime": "some day"}}, "22"),
        ("no object", "22"),
    ],
)
def test_what_was_made_stays_as_it_was_made(partner, change, code):
    role = partner.made(ROLE, name="Dealer", **{"@type": "Reseller", "@baseType": "PartyRole"})
    body = change if isinstance(change, dict) else '"no object"'
    answer = partner.patch(role["href"], body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert partner.get(role["href"]).json() == role


def test_types_of_a_client_are_kept_and_never_fetched(partner):
    sent = {
        "name": "Dealer",
        "@type": "Reseller",
        "@baseType": "PartyRole",
        "@schemaLocation": "http://169.254.169.254/schema.json",
        "franchise": {"town": "Suzhou"},
        "engagedParty": {"id": "unknown-to-us", "@referredType": "Organization"},
    }
    role = partner.made(ROLE, **sent)
    assert {name: role[name] for name in sent} == sent
    assert partner.get(role["href"]).json() == role


def test_who_sees_a_mask_changes_other_things_without_spoiling_what_is_beneath(partner, trusted):
    person = partner.made(PERSON, familyName="Lamborgizzia", givenName="Jane", nationality="IT")
    seen = partner.get(person["href"]).json()
    assert seen["familyName"] == "L***********"
    assert partner.patch(person["href"], {**seen, "gender": "female"}).status_code == 200
    clear = trusted.get(person["href"]).json()
    assert (clear["familyName"], clear["nationality"], clear["gender"]) == ("Lamborgizzia", "IT", "female")
    refused = partner.patch(person["href"], {"familyName": "L**********"})
    assert (refused.status_code, refused.json()["code"]) == (422, "mask_is_no_input")
