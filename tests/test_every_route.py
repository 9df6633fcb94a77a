"""Every page and every operation of the API, asked for by every kind of user.

`routes.json` says of each what a user needs. An address that is not written down there fails the first test: run
this file with LOOPLINE_KEEP_ROUTES=1 to have it asked for with ever more permissions, and read what was found.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from loopline.identity import api as identity
from loopline.identity.models import StaffRole
from loopline.kernel import rowsecurity
from loopline.kernel.scope import Scope, enter
from loopline.mining.models import Run
from loopline.testing import PASSWORD, Operator, found_operator
from loopline.tmf.engine.resource import resources
from loopline.tmf.tests.making import Maker
from tests import routes
from tests.bodies import BODIES, looks, whose
from tests.full_customers import full_customer
from tests.routes import Route
from tests.test_isolation import Rows

KINDS = ("newcomer", "admin", "marketer", "analyst", "clerk1", "north", "southerner")
"""One of each role, and somebody who has none yet."""
NOTED = {"identity_session", "identity_token", "identity_staff", "kernel_accessrecord"}
"""Tables that say who was there and who was refused."""
NOBODY = "00000000-0000-7000-8000-000000000000"
OPEN = {
    "/calendar/feed/<str:key>.ics",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/password",
    "/sign-in/providers",
    "/sign-in/with/<uuid:public_id>",
    "/sign-in/with/<uuid:public_id>/back",
    "/language",
    "/api/v1/openapi.json",
    "/api/v1/sign-in",
}
LEAVES = ("/sign-out", "/me/sessions/end")
"""Whoever asks for these has signed out."""
WORDS = {
    "field": "name",
    "act": "end",
    "kind": "household",
    "code": "clerk",
    "cube": "revenue",
    "what": "calendar",
    "job": "1",
    "file_id": "1",
    "form": "xlsx",
    "name": "customers",
}


class Furnished(Rows):
    """Takes the rows that a whole customer has brought, and makes the others."""

    def _existing(self, model: type[models.Model]) -> models.Model | None:
        return super()._existing(model) or model._default_manager.order_by("pk").first()


class Undoing(ClientHandler):
    """Answers a request and keeps nothing of it."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.undo = True  # type: ignore[attr-defined]
        return super().get_response(request)


class World:
    """An operator with a row of every model in North One, and somebody of every kind."""

    def __init__(self) -> None:
        self.operator: Operator = found_operator()
        full_customer(self.operator, "north-1", "张三丰", "+8613800138000")
        maker = Maker(self.operator)
        open_to_writes = [path for path in resources.names() if resources[path].create is not None]
        self._bodies = {path: maker.body(path) for path in open_to_writes}
        self._keys = {
            path: maker.partner.made(maker.address(path), **body)["id"]
            for path, body in self._bodies.items()
            if "" in resources[path].holders
        }
        made = Furnished(self.operator, "north-1", "clerk1")
        with enter(Scope(self.operator.tenant, staff=self.operator.staff["clerk1"])):
            for model in rowsecurity.guarded_models():
                if model._meta.label_lower != "identity.tenant":
                    made.make(model)
        self.rows = {model._meta.label_lower: row for model, row in made.made.items()}
        with self.operator.door() as system:
            self.rows[routes.EVALUATION] = Run.objects.create(subject="evaluation")
            Run.objects.exclude(subject="evaluation").update(subject="churn")
            for name in ("newcomer", "probe"):
                unit = identity.Unit.objects.get(code="company")
                staff = identity.add_staff(
                    actor=system, user_name=name, name="新人", unit=unit, roles=[], password=PASSWORD
                )
                self.operator.staff[name] = staff.pk
        self._clients: dict[str, Client] = {}

    def values(self, route: Route) -> dict[str, str]:
        """What stands in the places of an address."""
        if route.path.startswith("/tmf-api/"):
            steps = route.path.split("/")
            named = {step.strip("{}"): f"{steps[2]}/{before}" for before, step in pairwise(steps)}
            return {name: self._key(named[name]) for _, name in route.parameters}
        return {name: self._value(route, name) for _, name in route.parameters}

    def body(self, route: Route) -> dict[str, Any] | None:
        """What a write sends, where the least of it would not be understood."""
        if route.path.startswith("/tmf-api/"):
            return self._open_body(route)
        body = BODIES.get(str(route))
        return body and {name: self._meant(value) for name, value in body.items()}

    def _open_body(self, route: Route) -> dict[str, Any]:
        _, _, api, _, *below = route.path.split("/")
        path = f"{api}/{below[-1]}"
        if route.method == "POST" and path in self._bodies:
            return self._bodies[path]
        return {"callback": "https://partner.example"} if "hub" in below else {"description": "Zephyr"}

    def _meant(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            return str(getattr(self.rows[value[1:]], "public_id", NOBODY))
        return value

    def _key(self, path: str) -> str:
        """An entity of a resource of the TM Forum's."""
        if path not in self._keys:
            with self.operator.door("admin") as admin:
                row = resources[path].rows(admin).order_by("pk").first() if path in resources else None
            self._keys[path] = str(getattr(row, resources[path].key)) if row is not None else NOBODY
        return self._keys[path]

    def _value(self, route: Route, name: str) -> str:
        if name in WORDS:
            return WORDS[name]
        row = self.rows.get(route.object_of(name))
        # Letters that belong together are asked for by what joins them.
        return str(getattr(row, "thread" if name == "thread" else "public_id", NOBODY))

    def client(self, who: str, route: Route) -> Client:
        """A browser of theirs for pages, a token for the API."""
        kind = f"{who}:api" if route.is_for_programs else who
        if kind not in self._clients:
            if kind == who:
                self._clients[kind] = self.operator.client(who)
            else:
                bearer = {"authorization": f"Bearer {self.operator.token(who)}", "accept-language": "en"}
                self._clients[kind] = Client(headers=bearer)
            # The rows of some models are nonsense, which the pages behind the question of permission need not bear.
            self._clients[kind].raise_request_exception = False
        return self._clients[kind]

    def ask(self, who: str, route: Route, *, keeping: bool = True) -> Any:
        """One request of somebody, who signs in again where he had signed out."""
        answer = self._asked(who, route, keeping=keeping)
        if answer.status_code == 401 or answer.get("Location", "").startswith("/sign-in"):
            self._clients.clear()
            answer = self._asked(who, route, keeping=keeping)
        return answer

    def _asked(self, who: str, route: Route, *, keeping: bool) -> Any:
        client = self.client(who, route)
        client.handler = (ClientHandler if keeping else Undoing)(enforce_csrf_checks=False)
        return routes.ask(client, route, self.values(route), self.body(route))

    def may(self, who: str) -> frozenset[str]:
        with self.operator.door(who) as actor:
            return actor.permissions

    def contents(self) -> dict[str, Any]:
        """What every table holds, but for notes of who was there."""
        found = {}
        with self.operator.door(), connection.cursor() as cursor:
            for model in rowsecurity.guarded_models():
                table = model._meta.db_table
                if table not in NOTED:
                    cursor.execute(
                        f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t"
                    )
                    found[table] = cursor.fetchone()
        return found


@pytest.fixture(scope="module")
def world(database: object) -> World:
    return World()


def _all() -> list[Route]:
    return [*routes.pages(), *routes.endpoints(), *routes.open_apis()]


def _asked_of(*, read: bool) -> Iterator[tuple[Route, list[str]]]:
    """Routes behind a sign-in that answer to their method, with what they need."""
    kept = routes.kept()
    for route in _all():
        entry = kept.get(str(route), {})
        if route.is_read is read and route.path not in OPEN and entry.get("answers", True):
            yield route, entry.get("needs", [])


@pytest.mark.skipif(not routes.writes_down(), reason="what is written down is held to")
def test_what_each_address_needs_is_found_out_and_written_down(world):
    found: dict[str, Any] = {}
    for route in sorted(_all()):
        found[str(route)] = {"needs": [], "answers": True}
        if route.path in OPEN or route.path in LEAVES:
            continue
        needs: list[str] = found[str(route)]["needs"]
        for _ in range(5):
            _grant(world, needs)
            answer = world.ask("probe", route, keeping=False)
            found[str(route)]["answers"] = answer.status_code != 405
            lacks = routes.lacking(answer)
            if not lacks or lacks == "?" or lacks in needs:
                break
            needs.append(lacks)
    routes.keep(found)


def _grant(world: World, permissions: list[str]) -> None:
    with world.operator.door() as system:
        role = identity.Role.objects.filter(code="probe").first()
        if role is None:
            role = identity.Role.objects.create(code="probe", name="Probe", permissions=[])
            StaffRole.objects.create(role=role, staff_id=world.operator.staff["probe"])
        identity.Role.objects.filter(pk=role.pk).update(permissions=permissions)
        assert system.is_system


def test_every_address_is_written_down_with_what_it_needs():
    assert {str(route) for route in _all()} == set(routes.kept())
    for route, entry in routes.kept().items():
        assert set(entry["needs"]) <= set(identity.PERMISSIONS), route


def test_every_write_needs_a_permission_or_is_about_what_is_ones_own():
    kept = routes.kept()
    for route in _all():
        needs = kept[str(route)]["needs"]
        if route.is_read or route.path in OPEN or not kept[str(route)]["answers"]:
            continue
        assert bool(needs) is not bool(whose(route.path)), str(route)
        only_looks = bool(needs) and all(need.endswith(".view") for need in needs)
        assert only_looks is bool(looks(route.path)), (str(route), needs)


def test_nobody_gets_in_without_signing_in(world):
    before = world.contents()
    client = Client()
    for route in _all():
        if route.path in OPEN:
            continue
        answer = routes.ask(client, route, world.values(route), world.body(route))
        asked = answer.get("Location", "").startswith("/sign-in")
        assert answer.status_code in (401, 405) or asked, (str(route), answer.status_code)
    assert world.contents() == before


def test_no_page_takes_a_text_that_cannot_be_kept(world):
    for route in routes.pages():
        client, address = world.client("admin", route), route.filled(world.values(route))
        if route.is_read:
            answer = client.get(address, {"q": "x\0y"})
        else:
            answer = client.post(address, "q=x%00y", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400, (str(route), answer.status_code)


@pytest.mark.parametrize("who", KINDS)
def test_who_lacks_a_permission_reads_nothing_and_who_has_it_is_not_turned_away(world, who):
    may = world.may(who)
    for route, needs in _asked_of(read=True):
        answer = world.ask(who, route)
        if set(needs) <= may:
            assert answer.status_code != 403, (str(route), answer.content.decode()[:300])
        else:
            assert answer.status_code in (403, 404), (str(route), answer.status_code)


@pytest.mark.parametrize("who", [kind for kind in KINDS if kind != "admin"])
def test_who_lacks_a_permission_changes_nothing(world, who):
    may = world.may(who)
    before = world.contents()
    for route, needs in _asked_of(read=False):
        if set(needs) <= may:
            continue
        answer = world.ask(who, route)
        assert 400 <= answer.status_code < 500, (str(route), answer.status_code)
    assert world.contents() == before
