"""`loopline doctor`: what is wrong with an installation, and how to mend it."""

import ctypes
import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import psycopg
import typer

from loopline.config import environment
from loopline.config.cluster import Cluster, programs
from loopline.config.installation import ROLES, Installation, InstallationError
from loopline.config.lock import holder
from loopline.config.provision import is_ready
from loopline.config.supervise import port_refused

_GIB = 2**30
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` says what to do about it when it is not good."""

    name: str
    state: Literal["good", "note", "bad"]
    what: str
    mend: str = ""


type Check = Callable[[Installation], Iterator[Finding]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False) -> None:
    """Say what is wrong with this installation and how to mend it.

    Ends with code 1 if something is wrong; a note is not wrong. Changes nothing.
    """
    findings = examine()
    if as_json:
        settings = {variable.name: variable.shown for variable in environment.VARIABLES}
        typer.echo(json.dumps({"findings": [asdict(one) for one in findings], "environment": settings}))
    else:
        for one in findings:
            typer.echo(
                f"{one.state:5} {one.name:12} {one.what}" + (f"\n{'':19}{one.mend}" if one.mend else "")
            )
        typer.echo("\nEnvironment")
        for variable in environment.VARIABLES:
            typer.echo(f"  {variable.name:20} {variable.shown}\n{'':23}{variable.meaning}")
    raise typer.Exit(1 if any(one.state == "bad" for one in findings) else 0)


def examine() -> list[Finding]:
    """Everything looked at, in order. A check that itself fails is a finding."""
    installation = Installation(Path(environment.read(environment.DATA)))
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check(installation)
        except (InstallationError, OSError) as failed:
            found.append(Finding(check.__name__.strip("_"), "bad", str(failed)))
    return found


def _python(_: Installation) -> Iterator[Finding]:
    yield Finding("python", "good", f"{sys.version.split()[0]} at {sys.executable}")


def _libgomp(_: Installation) -> Iterator[Finding]:
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libgomp.so.1")
        yield Finding("libgomp", "good", "LightGBM finds its OpenMP library.")
    except OSError:
        yield Finding("libgomp", "bad", "LightGBM needs libgomp.so.1.", "On Debian: apt-get install libgomp1")


def _postgresql(installation: Installation) -> Iterator[Finding]:
    if not installation.embedded:
        with _connected(installation, installation.admin_database) as connection:
            number = connection.info.server_version // 10000
        state: Literal["good", "bad"] = "good" if number >= 18 else "bad"
        yield Finding("postgresql", state, f"DATABASE_URL names PostgreSQL {number}.")
        return
    tried = subprocess.run(
        [programs() / "postgres", "--version"], check=False, capture_output=True, text=True
    )
    if tried.returncode == 0:
        yield Finding("postgresql", "good", f"Embedded: {tried.stdout.strip()}.")
    else:
        yield Finding(
            "postgresql", "bad", tried.stderr.strip(), "Install its libraries, or set DATABASE_URL."
        )


def _data(installation: Installation) -> Iterator[Finding]:
    if not installation.data.exists():
        yield Finding("data", "note", f"{installation.data} is not there yet; `loopline serve` makes it.")
        return
    for path, allowed in ((installation.data, 0o700), (installation.data / "secrets.json", 0o600)):
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & ~allowed:
            yield Finding("data", "bad", f"{path} is open to others ({mode:o}).", f"chmod {allowed:o} {path}")
    free = shutil.disk_usage(installation.data).free / _GIB
    room = f"{installation.data}, {free:.1f} GiB free"
    yield Finding(
        "data", "good" if free >= 2 else "bad", room, "" if free >= 2 else "Make room on this disk."
    )


def _running(installation: Installation) -> Iterator[Finding]:
    if not (installation.data / "lock").exists():
        return
    held = holder(installation)
    if held:
        yield Finding("running", "good", f"{held.what} (process {held.pid}, since {held.since})")
    else:
        yield Finding("running", "note", "Nothing runs on this data folder.")
    for pid, title in _processes(installation):
        if held is None or not _descends(pid, held.pid):
            yield Finding("orphan", "bad", f"Process {pid} ({title}) has lost its parent.", f"kill {pid}")


def _port(installation: Installation) -> Iterator[Finding]:
    if (installation.data / "lock").exists() and holder(installation) is not None:
        return
    host, first = environment.read(environment.HOST), int(environment.read(environment.PORT))
    for port in (first, first + 1):
        refused = port_refused(host, port)
        if refused:
            yield Finding("port", "bad", refused, "Or set LOOPLINE_PORT.")
        else:
            yield Finding("port", "good", f"{port} on {host} is free.")


def _database(installation: Installation) -> Iterator[Finding]:
    if not (installation.data / "secrets.json").exists():
        return
    if installation.embedded and not Cluster(installation).running():
        return
    if not is_ready(installation):
        mend = "Restart `loopline serve`: it brings the tables up to date."
        yield Finding("database", "bad", "The database is not of this release.", mend)
        return
    yield Finding("database", "good", "Up to date.")
    with _connected(installation, installation.admin_database) as connection:
        row = connection.execute("SELECT rolbypassrls FROM pg_roles WHERE rolname = %s", (ROLES["backup"],))
        if row.fetchone() != (True,):
            mend = f"As a superuser: ALTER ROLE {ROLES['backup']} BYPASSRLS"
            yield Finding("backup", "bad", "The backup role is held back by row security.", mend)


def _stream(installation: Installation) -> Iterator[Finding]:
    if installation.embedded and not (
        (installation.data / "secrets.json").exists() and Cluster(installation).running()
    ):
        return
    with _connected(installation, installation.admin_database) as connection:
        level, keeps = connection.execute(
            "SELECT current_setting('wal_level'), current_setting('max_slot_wal_keep_size')"
        ).fetchone() or ("", "")
        role = connection.execute(
            "SELECT rolreplication FROM pg_roles WHERE rolname = %s", (ROLES["stream"],)
        )
        may = role.fetchone()
        slot = connection.execute(
            "SELECT wal_status, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) "
            "FROM pg_replication_slots WHERE slot_name = 'loopline_warehouse'"
        ).fetchone()
    if level != "logical":
        what = "No change stream: loads of the warehouse go by transaction, every ten minutes."
        yield Finding("stream", "note", what, "Set wal_level = logical and restart PostgreSQL.")
    elif may is not None and may != (True,):
        what = "No change stream: its role may not replicate; loads go by transaction, every ten minutes."
        yield Finding("stream", "note", what, f"As a superuser: ALTER ROLE {ROLES['stream']} REPLICATION")
    elif keeps == "-1":
        what = "A slot that nobody reads could fill the disk of the database."
        yield Finding("stream", "note", what, "Set max_slot_wal_keep_size, for example to 4GB.")
    elif slot is not None and slot[0] == "lost":
        what = "The change stream was cut off; the warehouse loads everything anew by itself."
        yield Finding("stream", "note", what)
    elif slot is not None:
        yield Finding("stream", "good", f"The change stream is read; {slot[1]} of the log are kept for it.")


def _lake(_: Installation) -> Iterator[Finding]:
    names = ("duckdb", "duckdb-extension-ducklake", "duckdb-extension-postgres-scanner")
    found = {name: version(name) for name in names}
    shown = ", ".join(f"{name} {text}" for name, text in found.items())
    if len(set(found.values())) == 1:
        yield Finding("lake", "good", shown)
    else:
        yield Finding("lake", "bad", f"Versions that do not belong together: {shown}.", "uv sync --frozen")


def _chromium(_: Installation) -> Iterator[Finding]:
    found = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    if found:
        yield Finding("chromium", "good", found)
    else:
        what = "Not here: the tests that drive a browser are skipped."
        yield Finding("chromium", "note", what, "On Debian: apt-get install chromium fonts-noto-cjk")


CHECKS: tuple[Check, ...] = (
    _python,
    _libgomp,
    _postgresql,
    _data,
    _running,
    _port,
    _database,
    _stream,
    _lake,
    _chromium,
)


def _connected(installation: Installation, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    try:
        return psycopg.connect(installation.url("admin", database), connect_timeout=5)
    except psycopg.OperationalError as refused:
        raise InstallationError(f"The database server cannot be reached: {refused}") from refused


def _processes(installation: Installation) -> Iterator[tuple[int, str]]:
    """Our processes of this data folder, by the titles they give themselves, and its PostgreSQL by its place."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            ours = title.startswith("loopline: ") and str(installation.data) in title.split()
            if ours or (folder / "cwd").readlink() == installation.data / "postgres" / "data":
                yield int(folder.name), title
        except OSError:
            continue


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return False
    return ancestor == pid
