"""One process at a time looks after an installation: the lock on its data folder, and who holds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from loopline.config.installation import Installation, InstallationError


@dataclass(frozen=True)
class Holder:
    """Who holds an installation: what it runs, its process id, since when (UTC, ISO 8601)."""

    what: str
    pid: int
    since: str


class InstallationHeldError(InstallationError):
    """Another process holds the data folder; says which."""


@contextmanager
def holding(installation: Installation, what: str) -> Iterator[None]:
    """Hold the installation while the block runs. The lock goes with its process, however that ends."""
    lock = FileLock(installation.data / "lock", timeout=0)
    note = installation.data / "lock.json"
    try:
        lock.acquire()
    except Timeout:
        raise InstallationHeldError(_described(installation)) from None
    try:
        me = Holder(what, os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))
        _replace(note, json.dumps(asdict(me)))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def holder(installation: Installation) -> Holder | None:
    """Who holds the installation now; None when nobody does."""
    try:
        with FileLock(installation.data / "lock", timeout=0):
            return None
    except Timeout:
        return _noted(installation) or Holder("another process", 0, "")


def _described(installation: Installation) -> str:
    found = _noted(installation)
    who = f"{found.what} (process {found.pid}, since {found.since})" if found else "another process"
    return f"The data folder {installation.data} is held by {who}. Stop it first, or use another folder."


def _noted(installation: Installation) -> Holder | None:
    try:
        return Holder(**json.loads((installation.data / "lock.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _replace(path: Path, text: str) -> None:
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(text)
    half.replace(path)
