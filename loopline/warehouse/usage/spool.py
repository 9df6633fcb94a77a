"""Usage that arrives by itself: files put into the tenant's spool folder, and a stream of JSON lines.

A stream is cut into batches by time and number. Each batch is a file before it is anything else, so a process that
is killed leaves nothing behind that the next one would not bring in.
"""

import os
import select
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from loopline.kernel.errors import Refusal
from loopline.warehouse.lake import LakeBusy
from loopline.warehouse.usage import originals
from loopline.warehouse.usage.actions import UsageFile, bring, make_months, refuse
from loopline.warehouse.usage.refusals import UnusableFile, UnusableLayout

_PIECE = 1 << 16


def waiting(tenant: int) -> list[Path]:
    """Files in the spool that are complete, oldest first. Names with a leading dot or `.part` are still written."""
    found = [
        path
        for path in originals.home(tenant, "spool").iterdir()
        if not path.name.startswith(".")
        and path.suffix != ".part"
        and not path.is_symlink()
        and path.is_file()
    ]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def bring_spool(tenant: int, *, months: bool = True) -> list[UsageFile]:
    """Bring all files of the spool, each in a transaction of its own, then make the months they touched.

    A file that cannot be read goes to the folder `refused` and does not stop the others. Raises LakeBusy, NotLoaded.
    """
    told = []
    for path in waiting(tenant):
        try:
            told.append(bring(tenant, path))
        except UnusableFile as refused:
            told.append(refuse(tenant, path, refused))
        except UnusableLayout as refused:
            why = UnusableFile("layout", detail=refused.values["problem"])
            told.append(refuse(tenant, path, why))
        path.unlink()
    if told and months:
        make_months(tenant)
    return told


def put(tenant: int, name: str, content: Iterable[bytes]) -> Path:
    """Put a file into the spool, complete and on the disk before it has its name."""
    path = plain = originals.home(tenant, "spool") / originals.plain_name(name).lstrip(".")
    number = 1
    while path.exists():
        number += 1
        path = plain.with_stem(f"{plain.stem}-{number}")
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in content:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def stream(
    tenant: int,
    source: BinaryIO,
    *,
    seconds: float = 1.0,
    most: int = 10_000,
    tell: Callable[[UsageFile], None] = lambda _: None,
) -> int:
    """Bring JSON lines from a stream until it ends, a batch at least every so many seconds. Returns the records.

    While the lake is written by another, batches wait in the spool. Raises NotLoaded.
    """
    taken = 0
    for number, batch in enumerate(_batches(source, seconds, most)):
        put(tenant, f"stream-{time.time_ns()}-{number}.ndjson", [batch])
        with suppress(LakeBusy):  # the next batch, or the worker, brings it along
            for found in bring_spool(tenant, months=False):
                taken += found.taken
                tell(found)
    with suppress(Refusal):
        make_months(tenant)
    return taken


def _batches(source: BinaryIO, seconds: float, most: int) -> Iterator[bytes]:
    """Whole lines, at most so many at once, held back no longer than so many seconds."""
    held, lines, due = b"", 0, time.monotonic() + seconds
    file = source.fileno()
    while True:
        wait = max(0.0, due - time.monotonic())
        ready = select.select([file], [], [], wait)[0]
        piece = os.read(file, _PIECE) if ready else b""
        if ready and not piece:
            if held:
                yield held
            return
        held, lines = held + piece, lines + piece.count(b"\n")
        if lines >= most or time.monotonic() >= due:
            whole, newline, held = held.rpartition(b"\n")
            if whole:
                yield whole + newline
            lines, due = 0, time.monotonic() + seconds
