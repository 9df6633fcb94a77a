"""Backup and restore of a whole installation: both databases, the lake's files and what stands beside them.

The archive is one tar file: two dumps, the files of the data folder, and last a manifest with a SHA-256 digest of
each. The lake's writer is held off from the first dump to the last file, so that its catalogue and its Parquet
files agree; the operational database is dumped in one snapshot while everybody goes on working.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from loopline.config.cluster import Cluster, programs
from loopline.config.installation import DATABASE, LAKE, Installation, InstallationError
from loopline.config.provision import migrate, provision

KEPT_OUT = {"postgres", "spill", "uploads", "static", "lock", "lock.json", "guests.lock"}
"""What belongs to the running machine and not to the business."""

MANIFEST = "manifest.json"
DUMPS = {DATABASE: "loopline.dump", LAKE: "lake.dump"}
WAIT_FOR_LAKE_SECONDS = 600.0


class BackupError(InstallationError):
    """The archive cannot be written, is not whole, or the folder to restore into is in use; says which."""


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: file names with their SHA-256, in the order they were written."""

    loopline: str
    made_at: str
    files: dict[str, str]

    @property
    def summary(self) -> dict[str, Any]:
        """For people and programs."""
        return {"loopline": self.loopline, "made_at": self.made_at, "files": len(self.files)}


def backup(installation: Installation, target: Path) -> Manifest:
    """Write `target` (0600), whole or not at all. Needs the database to run and Django to be set up."""
    from loopline.warehouse import api as warehouse

    if target.exists():
        raise BackupError(f"{target} exists already; choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".dumps-") as staging,
            warehouse.hold(WAIT_FOR_LAKE_SECONDS),
        ):
            for database in (LAKE, DATABASE):
                _dump(installation, database, Path(staging) / DUMPS[database])
            manifest = _write(half, installation, Path(staging))
        half.rename(target)
    finally:
        half.unlink(missing_ok=True)
    return manifest


def restore(archive: Path, data: Path) -> Manifest:
    """Make an installation in the empty folder `data` out of an archive.

    Raises BackupError when a byte of the archive differs from its manifest or the folder is not empty.
    """
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data} is not empty; restore into a new folder.")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    unpacked = data / ".restore"
    try:
        manifest = _unpack(archive, unpacked)
        for name in {Path(file).parts[1] for file in manifest.files if file.startswith("data/")}:
            shutil.move(unpacked / "data" / name, data / name)
        installation = Installation(data).ensure()
        with Cluster(installation):
            provision(installation)
            for database, file in DUMPS.items():
                _load(installation, database, unpacked / file)
            _forget_the_old_cluster(installation)
            migrate(installation)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return manifest


def _dump(installation: Installation, database: str, file: Path) -> None:
    _call(
        installation, "backup", database, "pg_dump", "--format=custom", "--compress=gzip:3", f"--file={file}"
    )


def _load(installation: Installation, database: str, file: Path) -> None:
    with psycopg.connect(**installation.dsn("admin", database), **installation.options) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if row is not None and row[0]:
            raise BackupError(f"The database {database} is not empty; restore into a new one.")
    # Who restores must get past row security: the embedded administrator does, elsewhere DATABASE_URL must.
    _call(installation, "admin", database, "pg_restore", "--exit-on-error", "--single-transaction", str(file))


def _call(installation: Installation, role: str, database: str, program: str, *words: str) -> None:
    dsn = installation.dsn(role, database)
    environment = os.environ | {
        "PGHOST": dsn["host"],
        "PGPORT": str(dsn["port"]),
        "PGUSER": dsn["user"],
        "PGPASSWORD": dsn["password"],
    }
    environment |= {"PGSSLMODE": mode} if (mode := installation.options.get("sslmode")) else {}
    where = ("--dbname", database) if program == "pg_restore" else (database,)
    done = subprocess.run(
        [str(programs() / program), *words[:-1], *where, words[-1]],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(f"{program} of {database} failed: {done.stderr.strip()[-2000:]}")


def _files(installation: Installation, staging: Path) -> Iterator[tuple[str, Path]]:
    for file in DUMPS.values():
        yield file, staging / file
    for entry in sorted(installation.data.iterdir()):
        if entry.name in KEPT_OUT or entry.name.startswith("."):
            continue
        inside = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        for path in inside:
            if path.is_file() and not path.is_symlink():
                yield f"data/{path.relative_to(installation.data)}", path


def _write(target: Path, installation: Installation, staging: Path) -> Manifest:
    digests = {}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
        for name, path in _files(installation, staging):
            with path.open("rb") as content:
                digests[name] = hashlib.file_digest(content, "sha256").hexdigest()
            tar.add(path, name, recursive=False)
        manifest = Manifest(version("loopline"), datetime.now(UTC).isoformat(timespec="seconds"), digests)
        text = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(text), 0o600
        tar.addfile(entry, io.BytesIO(text))
    with target.open("rb") as written:
        os.fsync(written.fileno())
    return manifest


def _unpack(archive: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, tarfile.TarError, ValueError, TypeError) as broken:
        raise BackupError(f"{archive} is not a whole Loopline backup: {broken}") from broken
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{archive} lacks {name}.")
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != digest:
                raise BackupError(f"{name} in {archive} differs from what was backed up.")
    return manifest


def _forget_the_old_cluster(installation: Installation) -> None:
    """Give every row that is followed by its transaction an id of this cluster, and let handlers repeat.

    Ids of the old cluster mean nothing here: a row could look as if it lay in the future for ever. A handler
    starts again before the first event that it had not seen; it is idempotent.
    """
    with psycopg.connect(**installation.dsn("admin"), **installation.options) as connection:
        connection.execute(
            """
            UPDATE kernel_handlercursor c SET event_id = coalesce(
              (SELECT min(e.id) - 1 FROM kernel_event e
               WHERE e.tenant_id = c.tenant_id AND (e.xid, e.id) > (c.xid, c.event_id)),
              (SELECT max(e.id) FROM kernel_event e WHERE e.tenant_id = c.tenant_id), c.event_id)
            """
        )
        followed = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name IN ('changed_xid', 'xid') AND table_name <> 'kernel_handlercursor'"
        ).fetchall()
        for table, column in followed:
            # The trigger writes this transaction's id, whatever is asked for here.
            connection.execute(
                sql.SQL("UPDATE {} SET {} = 0").format(sql.Identifier(table), sql.Identifier(column))
            )
        connection.execute("UPDATE kernel_handlercursor SET xid = pg_current_xact_id()::text::bigint")
        # A job that ran when the backup was made runs again.
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'"
        )
