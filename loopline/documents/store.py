"""Where the bytes lie: under the data folder, by tenant, under random names that tell nothing."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

YOUNG = 24 * 3600
"""Seconds during which a file without a row is left alone: its transaction may still be open."""


def write(tenant: int, content: bytes) -> str:
    """Keep the bytes; returns their place. They are on the disk before the row that names them is committed."""
    place = secrets.token_hex(20)
    path = path_of(tenant, place)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return place


def path_of(tenant: int, place: str) -> Path:
    """The file of a place. Places are made here: forty hexadecimal digits, never part of a request."""
    folder: Path = settings.INSTALLATION.folder("documents")
    return folder / str(tenant) / place[:2] / place


def remove(tenant: int, place: str) -> None:
    """Take the bytes away; those that are gone already are no fault."""
    path_of(tenant, place).unlink(missing_ok=True)


def strays(tenant: int, known: Iterable[str]) -> Iterator[str]:
    """Places of files that no row knows and that are older than a day: their transaction was rolled back."""
    folder: Path = settings.INSTALLATION.folder("documents") / str(tenant)
    kept = set(known)
    for path in folder.glob("??/*"):
        if path.name not in kept and time.time() - path.stat().st_mtime > YOUNG:
            yield path.name
