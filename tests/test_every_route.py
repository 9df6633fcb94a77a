"""Every page and every operation of the API, asked for by every kind of user.

`routes.json` says of each what a user needs. An address that is not written down there fails the first test: run
this file with LOOPLINE_KEEP_ROUTES=1 to have it asked for with ever more permissions, and read what was found.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client

from loopline.identity import api as identity
from loopline.identity.models import StaffRole
from loopline.kernel import rowsecurity
from loopline.kernel.scope import Scope, enter
from loopline.testing import PASSWORD, Operator, found_operator
from tests import routes
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
OWN = ("/sign-out", "/me/sessions/end")
"""Whoever asks for these has signed out."""
WORDS = {"field": "name", "act": "end", "kind": "household", "code": "clerk", "what": "calendar", "job": "1"}


class Furnished(Rows):
    """Takes the rows that a whole customer has brought, and makes the others."""

    def _existing(self, model: type[models.Model]) -> models.Model | None:
        return super()._existing(model) or model._default_manager.order_by("pk").first()


class World:
    """An operator with a row of every model in North One, and somebody of every kind."""

    def __init__(self) -> None:
        self.operator: Operator = found_operator()
        full_customer(self.operator, "north-1", "张三丰", "+8613800138000")
        made = Furnished(self.operator, "north-1", "clerk1")
        with enter(Scope(self.operator.tenant, staff=self.operator.staff["clerk1"])):
            for model in rowsecurity.guarded_models():
                if model._meta.label_lower != "identity.tenant":
                    made.make(model)
        self.rows = {model._meta.label_lower: row for model, row in made.made.items()}
        with self.operator.door() as system:
            for name in ("newcomer", "probe"):
                unit = identity.Unit.objects.get(code="company")
                staff = identity.add_staff(
                    actor=system, user_name=name, name="新人", unit=unit, roles=[], password=PASSWORD
                )
                self.operator.staff[name] = staff.pk
        self._clients: dict[str, Client] = {}

    def values(self, route: Route) -> dict[str, str]:
        """What stands in the places of an address."""
        return {name: self._value(route, name) for _, name in route.parameters}

    def _value(self, route: Route, name: str) -> str:
        if name in WORDS:
            return WORDS[name]
        row = self.rows.get(route.object_of(name))
        # Letters that belong together are asked for by what joins them.
        return str(getattr(row, "thread" if name == "thread" else "public_id", NOBODY))

    def client(self, who: str, route: Route) -> Client:
        """A browser of theirs for pages, a token for the API."""
        kind = f"{who}:api" if route.path.startswith("/api/") else who
        if kind not in self._clients:
            if kind == who:
                self._clients[kind] = self.operator.client(who)
            else:
                bearer = {"authorization": f"Bearer {self.operator.token(who)}", "accept-language": "en"}
                self._clients[kind] = Client(headers=bearer)
            # The rows of some models are nonsense, which the pages behind the question of permission need not bear.
            self._clients[kind].raise_request_exception = False
        return self._clients[kind]

    def ask(self, who: str, route: Route) -> Any:
        """One request of somebody, who signs in again where he had signed out."""
        answer = routes.ask(self.client(who, route), route, self.values(route))
        if answer.status_code == 401 or answer.get("Location", "").startswith("/sign-in"):
            self._clients.clear()
            answer = routes.ask(self.client(who, route), route, self.values(route))
        return answer

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
    return [*routes.pages(), *routes.endpoints()]


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
    # Reads first: after them everything is still there.
    for route in sorted(_all(), key=lambda route: (not route.is_read, route.method == "DELETE", route)):
        found[str(route)] = {"needs": [], "answers": True}
        if route.path in OPEN or route.path in OWN:
            continue
        needs: list[str] = found[str(route)]["needs"]
        for _ in range(5):
            _grant(world, needs)
            answer = world.ask("probe", route)
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


def test_nobody_gets_in_without_signing_in(world):
    before = world.contents()
    client = Client()
    for route in _all():
        if route.path in OPEN:
            continue
        answer = routes.ask(client, route, world.values(route))
        asked = answer.get("Location", "").startswith("/sign-in")
        assert answer.status_code in (401, 405) or asked, (str(route), answer.status_code)
    assert world.contents() == before


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
