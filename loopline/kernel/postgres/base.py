"""Django's PostgreSQL backend with two additions: a query outside a door raises, and plans are kept.

PostgreSQL needs longer to plan the short queries of a page, each under row security, than to run them. What Django's
ORM makes is therefore sent apart from its values and prepared once it has come a few times.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor
from psycopg import Cursor as ServerCursor
from psycopg._queries import PostgresClientQuery, PostgresQuery

from loopline.kernel import scope

PREPARE_AFTER = 3
KEPT_PLANS = 200
LONGEST = 8_000
KEPT = "/* kept */"
"""How a hand-written query begins that is to be prepared too; each of its values has a cast where PostgreSQL cannot
know the type."""


def array_of(keys: Iterable[int]) -> str:
    """Keys as PostgreSQL writes a bigint[]: thousands of them psycopg would look at one by one."""
    return "{" + ",".join(map(str, keys)) + "}"


_MADE_BY_THE_ORM = (
    'SELECT "',
    "SELECT (",
    '(SELECT "',
    "SELECT 1 AS",
    "SELECT COUNT(",
    'INSERT INTO "',
    'UPDATE "',
    'DELETE FROM "',
)


class Cursor(ClientCursor[Any]):
    """Puts values into the text of a query, as Django does, but where the query is one to keep a plan of."""

    _keeps = False

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a query."""
        self._keeps = params is not None and _is_kept(query)
        form: Any = PostgresQuery if self._keeps else PostgresClientQuery
        self._query_cls = form
        self._conn.prepare_threshold = PREPARE_AFTER if self._keeps else None
        return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        """Run a query for many rows."""
        self._keeps, self._query_cls = False, PostgresClientQuery
        self._conn.prepare_threshold = None
        return super().executemany(query, params_seq, **options)

    def _execute_send(self, query: Any, **options: Any) -> None:
        if self._keeps:
            ServerCursor._execute_send(self, query, **options)
        else:
            super()._execute_send(query, **options)

    def _get_prepared(self, pgq: Any, prepare: bool | None = None) -> Any:
        if self._keeps:
            return ServerCursor._get_prepared(self, pgq, prepare)
        return super()._get_prepared(pgq, prepare)


class DatabaseWrapper(base.DatabaseWrapper):
    """Refuses to run a query while no scope is set (row security would answer it with nothing)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_require_scope)

    def get_connection_params(self) -> dict[str, Any]:
        """How to connect, with the cursor that keeps plans."""
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that may keep some hundred plans."""
        made = super().get_new_connection(conn_params)
        made.prepared_max = KEPT_PLANS
        return made


def _is_kept(query: Any) -> bool:
    return (
        isinstance(query, str)
        and len(query) < LONGEST
        and query.startswith((KEPT, *_MADE_BY_THE_ORM))
        # Told apart from its value, what is selected is not known to be what is grouped or ordered by.
        and "%s" not in query.partition(" GROUP BY ")[2]
        and not ("DISTINCT" in query and "%s" in query.partition(" ORDER BY ")[2])
    )


def _require_scope(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not (scope.is_set() and context["connection"].in_atomic_block):
        raise scope.NoScope(f"a query ran with no scope set: {sql[:120]}")
    return execute(sql, params, many, context)
