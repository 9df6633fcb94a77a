"""Whose data a request or job may touch, and how PostgreSQL is told.

Row level security reads four settings of the transaction; nothing else in the code filters by tenant or branch.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Scope:
    """A tenant and, inside it, the part that may be seen.

    `branches` are organisation units (None: the whole tenant); `customers` are seen besides, wherever they
    belong: those assigned to the person and walk-ins opened for the day. `staff` is 0 for jobs.
    """

    tenant: int
    branches: tuple[int, ...] | None = None
    customers: tuple[int, ...] = ()
    staff: int = 0

    def settings(self) -> dict[str, str]:
        """The settings as PostgreSQL's policies read them."""
        return {
            "app.tenant": str(self.tenant),
            "app.whole": "t" if self.branches is None else "f",
            "app.branches": "{" + ",".join(map(str, self.branches or ())) + "}",
            "app.customers": "{" + ",".join(map(str, self.customers)) + "}",
            "app.staff": str(self.staff),
        }


NOBODY = Scope(tenant=0, branches=())
"""Sees no tenant at all: the scope of a request before it is known whose it is."""

_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """One transaction, and what listeners are told of it: (channel, payload), each once, as it is committed."""

    notices: dict[tuple[str, str], None]


_door: ContextVar[Door | None] = ContextVar("door", default=None)


class NoScope(RuntimeError):
    """A query ran outside a door. It is raised because an answer of nothing would pass for the truth."""


def current() -> Scope:
    """The scope in force. Raises NoScope outside a door."""
    scope = _current.get()
    if scope is None:
        raise NoScope("no scope is set: open a door with loopline.kernel.scope.enter(...)")
    return scope


def is_set() -> bool:
    """Whether a door is open here."""
    return _current.get() is not None


def door() -> Door:
    """The door that is open here. Raises NoScope outside one."""
    found = _door.get()
    if found is None:
        raise NoScope("no door is open: open one with loopline.kernel.scope.enter(...)")
    return found


def notify(channel: str, payload: str) -> None:
    """Tell listeners when the open door's transaction is committed, and only then."""
    door().notices[channel, payload] = None


@contextmanager
def enter(scope: Scope) -> Iterator[Scope]:
    """Open the door: one transaction in which only `scope` is visible. Doors do not nest."""
    if _current.get() is not None:
        raise RuntimeError("doors do not nest: the transaction belongs to the outer door")
    token, door = _current.set(scope), _door.set(Door({}))
    try:
        with transaction.atomic(durable=True):
            _tell(scope)
            yield scope
            _notify()
    finally:
        _current.reset(token)
        _door.reset(door)


type Aside = Callable[[Callable[[], object]], object]
"""Does work at once, or beside the caller's own."""


def at_once(work: Callable[[], object]) -> object:
    """The plainest `Aside`: in the caller's transaction."""
    return work()


@contextmanager
def beside() -> Iterator[Aside]:
    """Work given to what this yields is done on a second connection, each piece in a door of its own.

    All of it is committed when the block ends, thus before the caller's transaction: only for derived rows that do
    no harm when that one never comes, and that whoever goes on after a crash takes away. The caller's commit makes
    it durable. Raises what work raises.
    """
    scope = current()

    def do(work: Callable[[], object]) -> None:
        try:
            with enter(scope):
                connection.connection.execute("SET LOCAL synchronous_commit = off")
                work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pieces: list[Future[None]] = []
        yield lambda work: pieces.append(pool.submit(do, work))
        for piece in pieces:
            piece.result()


def change(scope: Scope) -> None:
    """Replace the scope of the open door, for instance once the person behind a request is known."""
    current()
    _current.set(scope)
    _tell(scope)


def _notify() -> None:
    notices = door().notices
    if notices and not connection.needs_rollback:
        with connection.cursor() as cursor:
            channels, payloads = zip(*notices, strict=True)
            cursor.execute(_NOTIFY, [list(channels), list(payloads)])


_NOTIFY = (
    "SELECT count(pg_notify(channel, payload)) FROM unnest(%s::text[], %s::text[]) AS said (channel, payload)"
)


def _tell(scope: Scope) -> None:
    connection.ensure_connection()
    raw = connection.connection
    pairs = scope.settings()
    call = ", ".join("set_config(%s, %s, true)" for _ in pairs)
    raw.execute(f"SELECT {call}", [part for pair in pairs.items() for part in pair])
