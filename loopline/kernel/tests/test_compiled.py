"""A query that is compiled once answers for other values, in other shapes and on other connections."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

from django.db import connection
from django.db.models import QuerySet

from loopline.identity import api as identity
from loopline.kernel.postgres.compiled import Compiled, Given
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator

Door = Callable[..., AbstractContextManager[object]]


@Compiled
def _below(size: int) -> QuerySet[identity.Unit]:
    rows = identity.Unit.objects.filter(parent_id__any_of=Given("above")).select_related("parent")
    return rows.order_by("-id")[:size]


def test_the_same_rows_as_the_query_itself(operator: Operator, door: Door) -> None:
    with door("admin"):
        units = list(identity.Unit.objects.order_by("id"))
        for size in (1, 50):
            for above in ([units[0].pk], [unit.pk for unit in units], []):
                wanted = identity.Unit.objects.filter(parent_id__in=above).order_by("-id")[:size]
                found = _below(size, above=above)
                assert found == list(wanted)
                assert all(unit.parent is not None and unit.parent.code for unit in found)


def test_it_is_compiled_once_and_asks_once(operator: Operator, door: Door) -> None:
    built = []

    def build() -> "QuerySet[identity.Unit, tuple[str, str]]":
        built.append(1)
        return identity.Unit.objects.filter(code=Given("code")).values_list("code", "name")

    named = Compiled(build)
    with door("admin"):
        units = list(identity.Unit.objects.order_by("id"))
        asked: list[str] = []

        def count(run: Callable[..., object], sql: str, *rest: object) -> object:
            asked.append(sql)
            return run(sql, *rest)

        with connection.execute_wrapper(count):
            assert [named(code=unit.code) for unit in units] == [[(unit.code, unit.name)] for unit in units]
            assert named(code="nobody's") == []
    assert built == [1]
    assert len(asked) == len(units) + 1


def test_every_thread_asks_on_its_own_connection_and_inside_its_own_door(operator: Operator) -> None:
    codes = Compiled(
        lambda: identity.Unit.objects.filter(code__gte=Given("from")).values_list("code", flat=True)
    )
    with enter(Scope(operator.tenant)):
        known = sorted(codes(**{"from": ""}))
    assert known
    found: list[list[str]] = []

    def ask(tenant: int) -> None:
        with enter(Scope(tenant)):
            found.append(sorted(codes(**{"from": ""})))
        connection.close()

    for tenant in (operator.tenant, 0):
        thread = Thread(target=ask, args=(tenant,))
        thread.start()
        thread.join()
    assert found == [known, []]
