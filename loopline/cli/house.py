"""A command at work on an installation, whether `loopline serve` runs there or not."""

import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from loopline.cli.django import with_django
from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
from loopline.config.lock import InstallationHeldError, holding
from loopline.config.provision import is_ready, migrate, provision

_PATIENCE_SECONDS = 60.0


@contextmanager
def opened(installation: Installation | None = None, *, django: bool = True) -> Iterator[Installation]:
    """An installation whose database answers and is up to date, with Django ready unless told otherwise.

    Where nothing runs, PostgreSQL is started for the duration and the data folder held; where Loopline or
    another command runs, its PostgreSQL is shared. Raises InstallationHeldError if it stays out of reach.
    """
    house = installation.ensure() if installation is not None else Installation.from_env()
    with _at_work(house):
        if django:
            with_django(house)
        try:
            yield house
        finally:
            if django:
                _close_connections()


@contextmanager
def _at_work(house: Installation) -> Iterator[None]:
    if not house.embedded:
        provision(house)
        migrate(house)
        yield
        return
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with (house.data / "guests.lock").open("w") as guests, ExitStack() as stack:
        while True:
            try:
                stack.enter_context(holding(house, f"loopline {' '.join(sys.argv[1:2])}"))
                stack.enter_context(_host(house, guests))
                break
            except InstallationHeldError:
                if time.monotonic() > deadline:
                    raise
            if _joined(house, guests):
                break
            time.sleep(0.1)
        yield


@contextmanager
def _host(house: Installation, guests: IO[str]) -> Iterator[None]:
    with Cluster(house):
        provision(house)
        migrate(house)
        try:
            yield
        finally:
            # Commands that have joined in the meantime finish first.
            fcntl.flock(guests, fcntl.LOCK_EX)


def _joined(house: Installation, guests: IO[str]) -> bool:
    """Take part in what another process runs, if it is ready; it then waits for us before it stops."""
    fcntl.flock(guests, fcntl.LOCK_SH)
    if Cluster(house).running() and is_ready(house):
        return True
    fcntl.flock(guests, fcntl.LOCK_UN)
    return False


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
