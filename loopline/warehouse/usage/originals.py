"""The original files: kept sealed (mode 0600) under their fingerprint, so that the lake can be made from them again."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from loopline.kernel import clock
from loopline.warehouse.usage.refusals import UnusableFile

KEEP_DAYS = 400
_PIECE = 1 << 22


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was brought: where it is kept, its fingerprint, size and number of lines."""

    path: Path
    name: str
    sha256: str
    size: int
    lines: int


def home(tenant: int, name: str) -> Path:
    """A folder of the tenant's usage files: archive, spool, refused or layouts."""
    folder = settings.INSTALLATION.folder("usage") / f"t{int(tenant)}" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(tenant: int, path: Path, name: str = "") -> Original:
    """Copy a file into the archive and onto the disk. Raises UnusableFile for what is no plain file."""
    shown = plain_name(name or path.name)
    try:
        found = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as wrong:
        raise UnusableFile("missing", detail=wrong.strerror or "") from None
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise UnusableFile("not_plain")
    with os.fdopen(found, "rb") as source:
        folder = home(tenant, "archive")
        part = folder / f".{os.getpid()}.part"
        with suppress(FileNotFoundError):
            part.unlink()
        digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            while piece := source.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
                size, lines, last = size + len(piece), lines + piece.count(b"\n"), piece[-1:]
            copy.flush()
            os.fsync(copy.fileno())
    kept = folder / digest.hexdigest()
    part.replace(kept)
    return Original(kept, shown, digest.hexdigest(), size, lines + (last != b"\n"))


def archived(tenant: int, sha256: str, name: str) -> Original | None:
    """A file that is kept, None when it no longer is."""
    path = home(tenant, "archive") / sha256
    if not re.fullmatch("[0-9a-f]{64}", sha256) or not path.is_file():
        return None
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            lines, last = lines + piece.count(b"\n"), piece[-1:]
    return Original(path, name, sha256, path.stat().st_size, lines + (last != b"\n"))


def forget(tenant: int, *, keep_days: int = KEEP_DAYS, now: datetime | None = None) -> int:
    """Remove originals brought longer ago. Returns how many."""
    before = ((now or clock.now()) - timedelta(days=keep_days)).timestamp()
    gone = 0
    for name in ("archive", "refused"):
        for path in home(tenant, name).iterdir():
            if path.stat().st_mtime < before:
                path.unlink()
                gone += 1
    return gone


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that do not show, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character if character.isprintable() else "_" for character in last)[:120] or "file"
