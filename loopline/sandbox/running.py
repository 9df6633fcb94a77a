"""Handing rows to the process that runs a statement, watching it, and ending it when its time or size is over."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
from django.conf import settings

CELL = Path(__file__).with_name("cell.py")
FED = 65_536
LOOKS_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take."""

    seconds: int = 60
    memory_mb: int = 1024
    spill_mb: int = 4096
    rows: int = 100_000
    result_bytes: int = 64 * 2**20


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement ended: its result is in the file, or `fault` (a code), `detail` and `at` say why not."""

    rows: int = 0
    cut: bool = False
    fault: str = ""
    detail: str = ""
    at: int = -1
    seconds: float = 0.0


@dataclass(slots=True)
class Watched:
    """What is known of a running statement; `stop` asks it to end."""

    table: str = ""
    percent: int = 0
    stop: Callable[[], bool] = lambda: False
    look: Callable[["Watched"], None] = lambda _watched: None


@dataclass(slots=True)
class _Heard:
    done: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    too_large: bool = False
    feeding: BaseException | None = None
    threads: list[threading.Thread] = field(default_factory=list)


def run(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    tables: Mapping[str, str],
    result: Path,
    limits: Limits = LIMITS,
    *,
    watched: Watched | None = None,
) -> Outcome:
    """Run a statement over tables (name → the query over `con` that gives the rows to hand in); keep what it gives.

    The process has no rights that this one could lend it: no environment, no open file but its three channels.
    """
    begun, watched = time.monotonic(), watched or Watched()
    folder = tempfile.mkdtemp(prefix="sql-", dir=settings.INSTALLATION.folder("spill"))
    try:
        process = _started(folder)
        heard = _Heard()
        head = {
            "sql": sql,
            "parent": os.getpid(),
            "tables": list(tables),
            "folder": str(Path(folder) / "spill"),
            "seconds": limits.seconds,
            "memory_mb": limits.memory_mb,
            "spill_mb": limits.spill_mb,
            "rows": limits.rows,
            "bytes": limits.result_bytes,
        }
        heard.threads = [
            threading.Thread(target=_feed, args=(process, head, con, list(tables.values()), heard)),
            threading.Thread(target=_keep, args=(process, result, limits.result_bytes * 2, heard)),
            threading.Thread(target=_listen, args=(process, heard, watched)),
        ]
        ended = _watch(process, heard, con, limits.seconds, watched)
        return _outcome(process, heard, ended, time.monotonic() - begun)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: str) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    # -I: nothing is imported from the folder, the user's packages or an environment.
    words = [sys.executable, "-I", str(CELL)]
    quiet = {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, env=quiet)


def _feed(
    process: "subprocess.Popen[bytes]",
    head: dict[str, Any],
    con: duckdb.DuckDBPyConnection,
    queries: list[str],
    heard: _Heard,
) -> None:
    assert process.stdin is not None
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(head).encode() + b"\n")
            for query in queries:
                reader = con.execute(query).to_arrow_reader(FED)
                with pa.ipc.new_stream(pipe, reader.schema) as out:
                    for batch in reader:
                        out.write_batch(batch)
    except (OSError, ValueError, duckdb.Error, pa.ArrowException) as error:
        heard.feeding = error


def _keep(process: "subprocess.Popen[bytes]", result: Path, most: int, heard: _Heard) -> None:
    assert process.stdout is not None
    size = 0
    with result.open("wb") as file:
        while part := process.stdout.read1(1 << 20):  # type: ignore[attr-defined]  # a buffered pipe
            size += len(part)
            if size > most:
                heard.too_large = True
                process.kill()
                return
            file.write(part)


def _listen(process: "subprocess.Popen[bytes]", heard: _Heard, watched: Watched) -> None:
    channel: IO[bytes] | None = process.stderr
    assert channel is not None
    for line in channel:
        with suppress(ValueError):
            told = json.loads(line)
            watched.table = told.get("table", watched.table)
            watched.percent = told.get("percent", watched.percent)
            heard.done = told.get("done", heard.done)
            heard.error = told.get("error", heard.error)


def _watch(
    process: "subprocess.Popen[bytes]",
    heard: _Heard,
    con: duckdb.DuckDBPyConnection,
    seconds: float,
    watched: Watched,
) -> str:
    """Wait for the end, at most so many seconds; returns why it was ended, '' where it ended by itself."""
    for thread in heard.threads:
        thread.start()
    ended, over = "", time.monotonic() + seconds
    try:
        while True:
            try:
                process.wait(LOOKS_EVERY_SECONDS)
                break
            except subprocess.TimeoutExpired:
                pass
            watched.look(watched)
            if watched.stop():
                ended = "stopped"
            elif time.monotonic() > over:
                ended = "too_slow"
            if ended:
                break
    finally:
        process.kill()
        con.interrupt()
        for thread in heard.threads:
            thread.join()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return ended


_FAULTS = {
    "Parser": "syntax",
    "Syntax": "syntax",
    "Binder": "binding",
    "Catalog": "catalogue",
    "Conversion": "conversion",
    "Out of Memory": "too_large",
    "Not a query": "not_a_query",
    "Permission": "reaches_out",
    "IO": "reaches_out",
}


def _outcome(process: "subprocess.Popen[bytes]", heard: _Heard, ended: str, seconds: float) -> Outcome:
    if ended:
        return Outcome(fault=ended, seconds=seconds)
    if heard.error is not None:
        fault = _FAULTS.get(heard.error["type"], "failed")
        if "temp_storage" in heard.error["text"]:
            fault = "too_large"
        return Outcome(fault=fault, detail=heard.error["text"], at=heard.error.get("at", -1), seconds=seconds)
    if heard.done is not None and process.returncode == 0:
        return Outcome(rows=heard.done["rows"], cut=heard.done["cut"], seconds=seconds)
    if heard.feeding is not None and not isinstance(heard.feeding, BrokenPipeError | ValueError):
        raise heard.feeding
    if process.returncode == -signal.SIGXCPU:
        return Outcome(fault="too_slow", seconds=seconds)
    return Outcome(fault="too_large", seconds=seconds)
