"""What holds for every resource there is: a resource added tomorrow is tested tomorrow."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from loopline.testing import found_operator
from loopline.tmf.engine import urls
from loopline.tmf.engine.resource import Resource, resources
from loopline.tmf.tests.making import Maker

assert urls.urlpatterns
JSON_PATCH = "application/json-patch+json"
CREATABLE = [path for path in resources.names() if resources[path].create is not None]
CHANGEABLE = [path for path in CREATABLE if resources[path].patch is not None]
DELETABLE = [path for path in CREATABLE if resources[path].delete is not None]


@pytest.fixture(scope="module")
def world(database: object) -> Maker:
    return Maker(found_operator())


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def everywhere(paths: list[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.parametrize("path", paths)


@everywhere(CREATABLE)
def test_what_is_made_is_whole_and_found_again(world, path):
    made = world.made(path)
    assert made["id"] and made["href"].endswith(f"{world.address(path)}/{made['id']}")
    assert made["@type"] == resources[path].type
    assert set(resources[path].required) <= set(made)
    assert world.partner.get(made["href"]).json() == made
    assert world.partner.get(world.address(path), f"id={made['id']}").json() == [made]
    cut = world.partner.get(made["href"], "fields=none").json()
    assert set(cut) == {"id", "href", "@type", *(name for name in resources[path].required if name in made)}


@everywhere(CREATABLE)
def test_every_value_that_is_shown_can_be_looked_for_or_is_refused_by_name(world, path):
    made = world.made(path)
    for attribute in resources[path].attributes:
        shown = made.get(attribute.name)
        if not isinstance(shown, str | bool | int | float):
            continue
        text = json.dumps(shown) if not isinstance(shown, str) else shown
        if any(mark in text for mark in ",;"):
            continue
        answer = world.partner.get(world.address(path), f"{attribute.name}={quote(text)}&sort=-id&limit=200")
        if answer.status_code == 400:
            assert answer.json()["code"] == "28"
            continue
        assert made["id"] in [each["id"] for each in answer.json()], attribute.name
        assert {each[attribute.name] for each in answer.json()} == {shown}, attribute.name


@everywhere(CREATABLE)
def test_a_list_is_paged_by_headers_and_links(world, path):
    address = world.address(path)
    for _ in range(3):
        world.made(path)
    first = world.partner.get(address, "limit=1&sort=id")
    total = int(first["X-Total-Count"])
    assert total >= 3
    assert first["X-Result-Count"] == "1"
    links = dict(reversed(link.split("; rel=")) for link in first["Link"].split(", "))
    assert set(links) == {'"first"', '"next"', '"last"'}
    assert f"offset={total - 1}&limit=1" in links['"last"']
    second = world.partner.get(links['"next"'].strip("<>").removeprefix("http://testserver"))
    assert second.json() != first.json()
    assert 'rel="prev"' in second["Link"]
    up = [each["id"] for each in world.partner.get(address, "sort=id&limit=200&fields=none").json()]
    down = [each["id"] for each in world.partner.get(address, "sort=-id&limit=200&fields=none").json()]
    assert up == down[::-1]
    assert codes(world.partner.get(address, "offset=10001")) == (400, "28")
    assert codes(world.partner.get(address, "noSuchThing.gte=1")) == (400, "28")


@everywhere(CREATABLE)
def test_what_a_client_adds_of_its_own_is_given_back(world, path):
    own = {
        "@type": "Special",
        "@baseType": resources[path].type,
        "@schemaLocation": "http://127.0.0.1/schema.json",
        "franchise": {"town": "苏州", "rank": [1, {"deep": True}]},
    }
    made = world.made(path, **own)
    assert {name: made[name] for name in own} == own
    assert made["id"] in [
        each["id"] for each in world.partner.get(world.address(path), "@type=Special&limit=200").json()
    ]
    mine = str(uuid4())
    other = world.made(path, id=mine, href="http://elsewhere")
    assert (other["id"] != mine, other["href"].startswith("http://testserver/")) == (True, True)


@everywhere(CREATABLE)
def test_a_body_without_what_is_required_or_of_another_kind_is_refused(world, path):
    address, whole = world.address(path), world.body(path)
    for attribute in resources[path].attributes:
        if attribute.name not in whole:
            continue
        if attribute.required:
            lacking = {name: value for name, value in whole.items() if name != attribute.name}
            assert codes(world.partner.post(address, lacking)) == (400, "23"), attribute.name
        if attribute.kind != "any":
            wrong = whole | {attribute.name: 12 if attribute.shape not in ("number", "integer") else "x"}
            assert codes(world.partner.post(address, wrong)) == (400, "22"), attribute.name
    assert codes(world.partner.post(address, [])) == (400, "22")


@everywhere(CREATABLE)
def test_a_repetition_with_its_key_answers_and_makes_nothing(world, path):
    address, body, key = world.address(path), world.body(path), {"idempotency-key": f"{path}-1"}
    first = world.partner.post(address, body, **key)
    count = world.partner.get(address, "limit=0")["X-Total-Count"]
    again = world.partner.post(address, body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert world.partner.get(address, "limit=0")["X-Total-Count"] == count
    other = world.partner.post(address, body | {"note2": "other"}, **key)
    assert codes(other) == (409, "idempotency_key_used")


@everywhere(CHANGEABLE)
def test_both_kinds_of_patch_change_one_thing_and_leave_the_rest(world, path):
    made = world.made(path, franchise={"town": "苏州", "rank": 1})
    merged = world.partner.patch(made["href"], {"franchise": {"rank": 2}})
    assert merged.status_code == 200, merged.content.decode()
    assert merged.json()["franchise"] == {"town": "苏州", "rank": 2}
    steps = [
        {"op": "test", "path": "/franchise/rank", "value": 2},
        {"op": "add", "path": "/franchise/list", "value": [1]},
        {"op": "add", "path": "/franchise/list/-", "value": 2},
        {"op": "remove", "path": "/franchise/rank"},
    ]
    stepped = world.partner.patch(made["href"], steps, JSON_PATCH)
    assert stepped.status_code == 200, stepped.content.decode()
    assert stepped.json()["franchise"] == {"town": "苏州", "list": [1, 2]}
    unchanged = [name for name in made if name not in ("franchise", "lastUpdate", "lastModified")]
    assert {name: stepped.json().get(name) for name in unchanged} == {name: made[name] for name in unchanged}
    failed = world.partner.patch(made["href"], [{"op": "test", "path": "/id", "value": "x"}], JSON_PATCH)
    assert codes(failed) == (409, "patch_test_failed")
    for fixed in ({"id": "x"}, {"href": "x"}, {"@type": "x"}):
        assert codes(world.partner.patch(made["href"], fixed)) == (400, "27")
    assert codes(world.partner.patch(made["href"], "{", "application/json-patch+json")) == (400, "22")
    assert codes(world.partner.patch(made["href"], "<x/>", "application/xml")) == (415, "65")
    assert world.partner.get(made["href"]).json() == stepped.json()


@everywhere(DELETABLE)
def test_what_is_deleted_is_gone(world, path):
    made, other = world.made(path), world.made(path)
    assert world.partner.delete(made["href"]).status_code == 204
    for answer in (
        world.partner.get(made["href"]),
        world.partner.delete(made["href"]),
    ):
        assert codes(answer) == (404, "60")
    assert world.partner.get(world.address(path), f"id={made['id']}").json() == []
    assert world.partner.get(other["href"]).status_code == 200


@everywhere(resources.names())
def test_a_method_that_a_resource_does_not_know_is_named_with_those_it_knows(world, path):
    resource: Resource = resources[path]
    if "" not in resource.holders:
        return
    address = world.address(path)
    put = world.partner.client.put(address, "{}", content_type="application/json")
    assert codes(put) == (405, "61")
    assert put["Allow"] == ("GET, POST" if resource.create else "GET")
    one = world.partner.client.put(f"{address}/x", "{}", content_type="application/json")
    knows = ["GET", *(["PATCH"] if resource.patch else []), *(["DELETE"] if resource.delete else [])]
    assert (codes(one), one["Allow"]) == ((405, "61"), ", ".join(knows))
