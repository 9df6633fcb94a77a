"""A crew of processes that load the cohorts of a large world side by side.

Each is signed in so that row security holds as ever, while PostgreSQL does not look up for each row what the rows
name: they are made together with what they hang on. Where the server does not allow that, everything is checked.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol

import psycopg
from django.conf import settings
from django.db import connection

from loopline.config.deathsignal import die_with_parent
from loopline.config.installation import ROLES

LARGE = 100_000
"""A world of so many customers is worth the start of further processes."""

_HASTE = "-c synchronous_commit=off"
_TRUST = f"-c session_replication_role=replica -c role={ROLES['app']} {_HASTE}"


class Each(Protocol):
    """Does something with each of many, like `map`, and gives what it returned in their order."""

    def __call__[T, R](self, work: Callable[[T], R], many: Iterable[T], /) -> Iterable[R]:
        """Begin the work."""
        ...


@contextmanager
def gathered(customers: int, *, hands: int | None = None) -> Iterator[Each]:
    """Processes for a world of that size, `hands` of them (as many as there are cores); one by one if it is small.

    Afterwards PostgreSQL has counted the tables anew. What is done must be a function that can be pickled.
    """
    if customers < LARGE:
        yield map
        return
    with ProcessPoolExecutor(
        hands or os.cpu_count(), mp_context=multiprocessing.get_context("spawn"), initializer=_join
    ) as pool:
        yield pool.map
    _count_anew()


def _join() -> None:
    """A new member of the crew gets ready; it ends with whoever called it."""
    import django

    die_with_parent()
    django.setup()
    _sign_in()


def _sign_in() -> None:
    """Sign in as the application without checks of what rows name, where the server's owner may allow that."""
    given = connection.settings_dict
    try:
        _session("admin", options=_TRUST).close()
    except psycopg.OperationalError:
        given["OPTIONS"] = {**given["OPTIONS"], "options": _HASTE}
        return
    admin = settings.INSTALLATION.dsn("admin")
    given["USER"], given["PASSWORD"] = admin["user"], admin["password"]
    given["OPTIONS"] = {**given["OPTIONS"], "options": _TRUST}


def _count_anew() -> None:
    """Without figures about the new rows the planner would read whole tables for some time."""
    with _session("owner") as session:
        session.execute("ANALYZE")


def _session(role: str, **options: str) -> psycopg.Connection:
    url = settings.INSTALLATION.url(role, connection.settings_dict["NAME"])
    return psycopg.connect(url, autocommit=True, **options)  # type: ignore[arg-type]
