"""Django's PostgreSQL backend with one addition: a query outside a door raises."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from loopline.kernel import scope


class DatabaseWrapper(base.DatabaseWrapper):
    """Refuses to run a query while no scope is set (row security would answer it with nothing)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_require_scope)


def _require_scope(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not (scope.is_set() and context["connection"].in_atomic_block):
        raise scope.NoScope(f"a query ran with no scope set: {sql[:120]}")
    return execute(sql, params, many, context)
