"""The process that runs one statement and nothing else. It knows nothing of the house: no settings, no passwords.

It is started with an empty environment in an empty folder. Its input is one line (what to run, within which limits),
then the rows of each table as an Arrow stream. Its output is an Arrow stream of the result. On its third channel
stand lines of JSON: how far it is, and in the end `done` or `error`.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
from typing import Any

import duckdb
import pyarrow as pa

BATCH = 2048
TELLS_EVERY_SECONDS = 0.25
_DIE_WITH_PARENT = 1


def main() -> None:
    """Take the tables in, close every way out, run the statement, hand the result over."""
    asked = json.loads(sys.stdin.buffer.readline())
    _hold(asked)
    try:
        con = _filled(asked)
        _close(con)
        _run(con, asked)
    except duckdb.Error as error:
        _tell(error=_said(error))
    except (MemoryError, pa.ArrowMemoryError):
        _tell(error={"type": "Out of Memory", "text": ""})


def _hold(asked: dict[str, Any]) -> None:
    """Limits of the process itself, should a limit inside it not hold."""
    memory = asked["memory_mb"] * 2**20
    for kind, most in (
        (resource.RLIMIT_DATA, memory * 2 + 2**30),
        (resource.RLIMIT_FSIZE, asked["spill_mb"] * 2**21),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 2))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != asked["parent"]:
        sys.exit(1)


def _filled(asked: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """A database in memory with the tables that were handed in."""
    con = duckdb.connect(
        config={
            "threads": "1",
            "memory_limit": f"{asked['memory_mb']}MB",
            "temp_directory": asked["folder"],
            "max_temp_directory_size": f"{asked['spill_mb']}MB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET errors_as_json = true")
    source = pa.PythonFile(sys.stdin.buffer, "r")
    for name in asked["tables"]:
        rows = pa.ipc.open_stream(source)
        con.register("handed_in", rows)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM handed_in")
        con.unregister("handed_in")
        _tell(table=name)
    return con


def _close(con: duckdb.DuckDBPyConnection) -> None:
    """No files, no extensions, no other databases, no settings: from here on there is no way back."""
    con.execute("SET allowed_directories = []")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _run(con: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> None:
    statements = con.extract_statements(asked["sql"])
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        _tell(error={"type": "Not a query", "text": ""})
        return
    over = threading.Event()
    threading.Thread(target=_progress, args=(con, over), daemon=True).start()
    try:
        rows, size, cut = 0, 0, False
        reader = con.execute(statements[0]).to_arrow_reader(BATCH)
        with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as out:
            for batch in reader:
                part = batch.slice(0, asked["rows"] - rows)
                rows, size = rows + part.num_rows, size + part.nbytes
                cut = part.num_rows < batch.num_rows or size > asked["bytes"]
                if size > asked["bytes"]:
                    rows -= part.num_rows
                    break
                out.write_batch(part)
                if cut:
                    break
        sys.stdout.buffer.flush()
    finally:
        over.set()
    _tell(done={"rows": rows, "cut": cut})


def _progress(con: duckdb.DuckDBPyConnection, over: threading.Event) -> None:
    while not over.wait(TELLS_EVERY_SECONDS):
        found = con.query_progress()
        if found >= 0:
            _tell(percent=round(found))


def _said(error: duckdb.Error) -> dict[str, Any]:
    """What DuckDB found wrong, in parts."""
    text = str(error)
    begin = text.find("{")
    try:
        told = json.loads(text[begin:])
    except ValueError:
        return {"type": type(error).__name__.removesuffix("Exception"), "text": text[:1000]}
    return {
        "type": told.get("exception_type", ""),
        "text": told.get("exception_message", "").split("\n\nPossible solutions")[0][:1000],
        "at": int(told.get("position", -1)),
    }


_lock = threading.Lock()


def _tell(**told: Any) -> None:
    with _lock:
        sys.stderr.write(json.dumps(told) + "\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
