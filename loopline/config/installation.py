"""One installation: its data folder, its secrets, and how each database role signs in."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypedDict
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from loopline.config import environment

DATABASE = "loopline"
LAKE = "lake"

ROLES: dict[str, str] = {
    "admin": "loopline_admin",
    "owner": "loopline_owner",
    "app": "loopline_app",
    "jobs": "loopline_jobs",
    "backup": "loopline_backup",
    "lake": "loopline_lake",
    "lake_reader": "loopline_lake_reader",
    "stream": "loopline_stream",
}
"""Our short name of a role and its name in PostgreSQL."""

_LONGEST_SOCKET = 107 - len("/.s.PGSQL.65535")


class Dsn(TypedDict):
    """How to reach a database, in words libpq and psycopg take. `host` may be a socket folder."""

    host: str
    port: int
    user: str
    password: str
    dbname: str


class InstallationError(Exception):
    """Something about the data folder or the environment that a person must mend; says how."""


@dataclass(frozen=True)
class Installation:
    """One data folder (closed to others) and what belongs to it."""

    data: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", Path(self.data).expanduser().absolute())

    @classmethod
    def from_env(cls) -> Self:
        """The installation that LOOPLINE_DATA names, its folder made if needed."""
        return cls(Path(environment.read(environment.DATA))).ensure()

    def ensure(self) -> Self:
        """Make the data folder (0700) and its secrets if they are not there yet."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.data.stat().st_uid == os.geteuid():
                self.data.chmod(0o700)
        except OSError as refused:
            raise InstallationError(
                f"The data folder {self.data} cannot be used: {refused.strerror}."
            ) from refused
        self._secrets  # noqa: B018 (made once, so that two processes starting together agree)
        return self

    def folder(self, name: str) -> Path:
        """A folder of this name inside the data folder, made 0700 if needed."""
        path = self.data / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    # Secrets

    @property
    def django_secret_key(self) -> str:
        """Signs sessions and forms."""
        return self._secrets["django"]

    @property
    def master_key(self) -> bytes:
        """The 32 bytes that wrap each person's key: from LOOPLINE_MASTER_KEY, else from secrets.json."""
        text = environment.MASTER_KEY.value or self._secrets["master"]
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            key = b""
        if len(key) != 32:
            raise InstallationError(
                "LOOPLINE_MASTER_KEY must be 32 bytes in URL-safe base64; make one with: "
                "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
            )
        return key

    def password(self, role: str) -> str:
        """The password of one of our roles (short name)."""
        if role == "admin" and self._server is not None:
            return unquote(self._server.password or "")
        return self._secrets[f"role.{role}"]

    @cached_property
    def _secrets(self) -> dict[str, str]:
        path = self.data / "secrets.json"
        if not path.exists():
            _write_once(path, _new_secrets())
        kept: dict[str, str] = json.loads(path.read_text())
        # A role that came with a later release has a word derived from this installation's own secret.
        for role in ROLES:
            derived = hmac.new(kept["django"].encode(), f"role.{role}".encode(), hashlib.sha256)
            kept.setdefault(f"role.{role}", derived.hexdigest())
        return kept

    # The database server

    @property
    def embedded(self) -> bool:
        """Whether PostgreSQL is ours to start: no DATABASE_URL is given."""
        return self._server is None

    @property
    def socket_folder(self) -> Path:
        """Where the embedded server's socket stands.

        In the data folder; where a long path forbids it, in a short private folder named after it.
        """
        inside = self.data / "postgres" / "run"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"loopline-{os.geteuid()}-{mark}"

    def dsn(self, role: str, database: str = DATABASE) -> Dsn:
        """How `role` (short name, see ROLES) reaches `database`."""
        server = self._server
        if server is None:
            host, port, admin = str(self.socket_folder), 5432, ROLES["admin"]
        else:
            # As in libpq, the options may name a socket folder, which has no place before the slash.
            asked = dict(parse_qsl(server.query))
            host = asked.get("host") or server.hostname or "localhost"
            port = int(asked.get("port") or server.port or 5432)
            admin = unquote(server.username or "")
        user = admin if role == "admin" else ROLES[role]
        return Dsn(
            host=host,
            port=port,
            user=user,
            password=self.password(role),
            dbname=database,
        )

    def url(self, role: str, database: str = DATABASE) -> str:
        """The same as one URL, with the options of DATABASE_URL (sslmode and the like) kept."""
        dsn = self.dsn(role, database)
        asked = dict(self.options)
        host = f"[{dsn['host']}]" if ":" in dsn["host"] else dsn["host"]
        place = f"{host}:{dsn['port']}"
        if dsn["host"].startswith("/"):
            asked |= {"host": dsn["host"], "port": str(dsn["port"])}
            place = ""
        sign_in = f"{quote(dsn['user'], safe='')}:{quote(dsn['password'], safe='')}"
        tail = f"?{urlencode(asked)}" if asked else ""
        return f"postgresql://{sign_in}@{place}/{quote(database, safe='')}{tail}"

    @property
    def options(self) -> dict[str, Any]:
        """Further connection options that DATABASE_URL carries (sslmode, connect_timeout, …)."""
        if self._server is None:
            return {}
        return {name: value for name, value in parse_qsl(self._server.query) if name not in ("host", "port")}

    @property
    def admin_database(self) -> str:
        """The database to sign in to before ours exist."""
        return (self._server.path.lstrip("/") if self._server is not None else "") or "postgres"

    @cached_property
    def _server(self) -> SplitResult | None:
        url = environment.DATABASE.value
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("postgres", "postgresql") or not parts.username:
            raise InstallationError(
                "DATABASE_URL must look like postgresql://user:password@host:5432/postgres."
            )
        return parts


def _new_secrets() -> dict[str, str]:
    passwords = {f"role.{role}": secrets.token_urlsafe(32) for role in ROLES}
    master = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {"django": secrets.token_urlsafe(50), "master": master, **passwords}


def _write_once(path: Path, kept: dict[str, str]) -> None:
    """Write the file whole or not at all; of two writers the first wins and both read the same."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    try:
        with os.fdopen(handle, "w") as out:
            json.dump(kept, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
