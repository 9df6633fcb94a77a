"""Where a file waits while it is imported: in the data folder, closed to others, under a name of our own.

The name that a person's browser sends is kept as a label and never becomes part of a path. Once its rows are in, the
file is removed: it holds personal data in clear.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from loopline.imports.inspection import readable
from loopline.imports.limits import DEFAULT, MIB
from loopline.imports.models import ImportRun
from loopline.imports.refusals import FileTooLarge
from loopline.kernel.models import current_tenant

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")

UPLOAD_BYTES = 1024 * MIB
"""Largest file taken from a browser or a program; larger ones come by the command line."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was put away: the name it got, its SHA-256 in hexadecimal, and its size in bytes."""

    name: str
    digest: str
    size: int

    @property
    def path(self) -> Path:
        """Where it is."""
        return _folder() / self.name


def put(blocks: Iterable[bytes], *, allowed: int = DEFAULT.file_bytes) -> Stored:
    """Write the file's bytes, to be read by this user alone. Raises FileTooLarge, and then keeps nothing."""
    name = uuid.uuid4().hex
    path = _folder() / name
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for block in blocks:
                size += len(block)
                if size > allowed:
                    raise FileTooLarge(allowed=readable(allowed))
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Stored(name, digest.hexdigest(), size)


def blocks_of(path: Path) -> Iterable[bytes]:
    """The bytes of a file, a mebibyte at a time."""
    with path.open("rb") as file:
        while block := file.read(MIB):
            yield block


def digest_of(blocks: Iterable[bytes]) -> str:
    """SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def path_of(run: ImportRun) -> Path:
    """Where the run's file is."""
    return _folder() / run.stored_as


def remove(run: ImportRun) -> None:
    """Remove the run's file."""
    path_of(run).unlink(missing_ok=True)


def label(name: str) -> str:
    """A file name fit to be shown: the last part of a path of either kind, without control and direction marks."""
    last = re.split(r"[/\\]", name)[-1]
    return CONTROLS.sub("", last).strip()[-120:] or "file"


def _folder() -> Path:
    return Path(settings.INSTALLATION.folder(f"imports/{current_tenant()}"))
