"""For tests of every module: an operator of one's own, its staff, and a browserless client."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loopline.demo import api as demo
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.kernel.scope import NOBODY, Scope, change, enter

PASSWORD = "Slow-river-42"
QUERY_COUNTS = Path(__file__).parent.parent / "tests" / "query_counts.json"

TREE = [
    ("north", "company", "city", "北城", "North City"),
    ("north-1", "north", "branch", "北一营业厅", "North One"),
    ("north-2", "north", "branch", "北二营业厅", "North Two"),
    ("south", "company", "city", "南城", "South City"),
    ("south-1", "south", "branch", "南一营业厅", "South One"),
]
STAFF = {
    "admin": ("company", ["administrator"], "高明"),
    "marketer": ("company", ["marketer"], "林晓"),
    "analyst": ("company", ["analyst"], "周衡"),
    "north": ("north", ["supervisor"], "赵北"),
    "clerk1": ("north-1", ["clerk"], "钱一"),
    "clerk2": ("north-2", ["clerk"], "孙二"),
    "southerner": ("south-1", ["account_manager"], "李南"),
}


@dataclass
class Operator:
    """A tenant of its own for one test."""

    tenant: int
    code: str
    units: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    password: str = PASSWORD

    @contextmanager
    def door(self, who: str = "") -> Iterator[Actor]:
        """Open the transaction of a member of staff (or of the system), as the request's door does."""
        with enter(Scope(self.tenant)):
            actor = self.actor(who)
            change(actor.scope)
            yield actor

    def actor(self, who: str = "") -> Actor:
        """The actor inside an open door."""
        if not who:
            return identity.platform_actor(self.tenant, "system")
        staff = identity.Staff.objects.select_related("unit__parent").get(pk=self.staff[who])
        return identity.actor_of(staff, clock.now())

    def client(self, who: str) -> Client:
        """A signed-in browser without a screen."""
        client = Client(headers={"accept-language": "en"})
        answer = client.post("/sign-in", {"operator": self.code, "user_name": who, "password": self.password})
        assert answer.status_code == 302, answer.content.decode()
        return client

    def token(self, who: str) -> str:
        """A bearer token of a member of staff."""
        with enter(Scope(self.tenant)):
            return identity.issue_token(staff=identity.Staff.objects.get(pk=self.staff[who]), label="test")


def found_operator(code: str = "") -> Operator:
    """A new operator with the tree and the staff above; committed. Without a code it gets one of its own."""
    code = code or f"t{uuid4().hex[:10]}"
    with enter(NOBODY):
        tenant = identity.found_tenant(
            code=code, name=f"{code}电信", name_en=f"{code} Telecom", root="company"
        )
        made = Operator(tenant.pk, code)
        actor = identity.platform_actor(tenant.pk, "system")
        made.units["company"] = identity.Unit.objects.get(code="company").pk
        for unit, parent, level, name, name_en in TREE:
            above = identity.Unit.objects.get(pk=made.units[parent])
            added = identity.add_unit(
                actor=actor, parent=above, level=level, code=unit, name=name, name_en=name_en
            )
            made.units[unit] = added.pk
        _add_staff(made, actor)
    return made


def found_demo(code: str = "", size: str | int = "small") -> Operator:
    """The demo operator, loaded up to today; staff by user name, units by code; committed.

    Without a code it gets one of its own, so that a test may let it live on without disturbing others.
    """
    loaded = demo.load(size=size, code=code or f"d{uuid4().hex[:10]}")
    made = Operator(loaded.tenant, loaded.code, password=demo.PASSWORD)
    with enter(Scope(made.tenant)):
        made.units |= dict(identity.Unit.objects.values_list("code", "pk"))
        made.staff |= dict(identity.Staff.objects.values_list("user_name", "pk"))
    return made


def _add_staff(made: Operator, actor: Actor) -> None:
    for user_name, (unit, roles, name) in STAFF.items():
        added = identity.add_staff(
            actor=actor,
            user_name=user_name,
            name=name,
            unit=identity.Unit.objects.get(pk=made.units[unit]),
            roles=roles,
            password=PASSWORD,
        )
        made.staff[user_name] = added.pk


@contextmanager
def same_query_count(name: str) -> Iterator[None]:
    """Hold what runs inside to the number of queries kept in `tests/query_counts.json` under `name`.

    With LOOPLINE_KEEP_QUERY_COUNTS=1 in the environment the number is written there instead.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    counts = json.loads(QUERY_COUNTS.read_text()) if QUERY_COUNTS.is_file() else {}
    if os.environ.get("LOOPLINE_KEEP_QUERY_COUNTS") == "1":
        counts[name] = len(captured)
        QUERY_COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    told = "\n".join(query["sql"][:160] for query in captured.captured_queries)
    assert len(captured) == counts.get(name), (
        f"{name}: {len(captured)} queries, {counts.get(name)} kept\n{told}"
    )
