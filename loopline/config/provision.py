"""Roles, databases, extensions and rights, which stand before the first migration; and the migrations."""

import hashlib
import json
import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from loopline.config import environment
from loopline.config.deathsignal import launcher
from loopline.config.installation import (
    DATABASE,
    LAKE,
    ROLES,
    Installation,
    InstallationError,
)

EXTENSIONS: tuple[str, ...] = ("pg_trgm", "ltree", "btree_gist", "unaccent")
"""All of them are trusted by PostgreSQL, so that DATABASE_URL need not name a superuser."""

_OLDEST_SERVER = 180000
_JOB_TABLES = "procrastinate\\_%"

# Whatever the owner role makes from now on is at once the application's to use and the backup's to read.
_RIGHTS: tuple[LiteralString, ...] = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {owner}, {app}",
    "GRANT CONNECT ON DATABASE {database} TO {jobs}, {backup}, {stream}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON SEQUENCES TO {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SCHEMAS TO {app}, {backup}",
)
_LAKE_RIGHTS: tuple[LiteralString, ...] = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {lake}",
    "GRANT CONNECT ON DATABASE {database} TO {lake_reader}, {backup}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    # Inlined tables appear as the lake grows: a reader without rights on one makes DuckDB fail.
    "ALTER DEFAULT PRIVILEGES FOR ROLE {lake} GRANT SELECT ON TABLES TO {lake_reader}, {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {lake} GRANT SELECT ON SEQUENCES TO {lake_reader}, {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {lake} GRANT USAGE ON SCHEMAS TO {lake_reader}, {backup}",
)


class ProvisionError(InstallationError):
    """The database server cannot be made ready; says why."""


def provision(installation: Installation, database: str = DATABASE, lake: str = LAKE) -> None:
    """Make roles, both databases, extensions and rights. Idempotent; when nothing changed, one query."""
    wanted = _fingerprint(installation)
    if notes(installation, database).get("provisioned") == wanted:
        return
    with _admin(installation, installation.admin_database) as server:
        if server.info.server_version < _OLDEST_SERVER:
            raise ProvisionError("Loopline needs PostgreSQL 18 or later.")
        for role in ROLES:
            if role != "admin":
                _make_role(server, installation, role)
        for name, owner in ((database, "owner"), (lake, "lake")):
            _make_database(server, name, ROLES[owner])
    with _admin(installation, database) as connection, connection.transaction():
        for extension in EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(extension))
            )
        _grant(connection, _RIGHTS, database)
        if _one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == (True,):
            # A note of what is running lets the slot forget the log sooner.
            _grant(connection, ("GRANT EXECUTE ON FUNCTION pg_log_standby_snapshot() TO {stream}",), database)
    with _admin(installation, lake) as connection, connection.transaction():
        _grant(connection, _LAKE_RIGHTS, lake)
    note(installation, database, provisioned=wanted)


def migrate(installation: Installation, database: str = DATABASE) -> bool:
    """Bring the tables up to date as the owner role, then their row security. False when all was."""
    wanted = _migrations_fingerprint()
    if notes(installation, database).get("migrated") == wanted:
        return False
    for words in (
        ("django", "migrate", "--no-input", "--skip-checks", "-v", "0"),
        ("loopline.kernel.rowsecurity",),
    ):
        done = subprocess.run(
            launcher("-m", *words),
            check=False,
            env=child_environment(installation, role="owner"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise ProvisionError(f"`{' '.join(words)}` failed.\n{done.stdout}{done.stderr}".rstrip())
    _grant_jobs(installation, database)
    note(installation, database, migrated=wanted)
    return True


def is_ready(installation: Installation, database: str = DATABASE) -> bool:
    """Whether this very release has provisioned and migrated the database."""
    marks = notes(installation, database)
    wanted = {"provisioned": _fingerprint(installation), "migrated": _migrations_fingerprint()}
    return wanted.items() <= marks.items()


def child_environment(installation: Installation, role: str = "app") -> dict[str, str]:
    """The environment of a process that works on this installation as the given role."""
    return os.environ | {
        environment.DATA.name: str(installation.data),
        environment.ROLE.name: role,
        "DJANGO_SETTINGS_MODULE": "loopline.config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def _admin(installation: Installation, database: str) -> psycopg.Connection[Any]:
    dsn: dict[str, Any] = {
        **installation.dsn("admin", database),
        **installation.options,
    }
    try:
        return psycopg.connect(**dsn, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as refused:
        raise ProvisionError(f"The database server cannot be reached: {refused}") from refused


def _make_role(server: psycopg.Connection[Any], installation: Installation, role: str) -> None:
    name, password = (
        sql.Identifier(ROLES[role]),
        sql.Literal(installation.password(role)),
    )
    if not _exists(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLES[role]):
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, password))
    (is_super, bypasses, replicates) = _one(
        server,
        "SELECT rolsuper, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = current_user",
    )
    if role == "backup" and (is_super or bypasses):
        # Elsewhere `loopline doctor` tells that backups need it.
        server.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(name))
    if role == "stream" and (is_super or replicates):
        # Without it the warehouse reads changes by transaction, which `loopline doctor` tells too.
        server.execute(sql.SQL("ALTER ROLE {} REPLICATION").format(name))
    if not is_super:
        # One who is no superuser may hand over databases and set default rights only for roles he can become.
        server.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE").format(name))


def _make_database(server: psycopg.Connection[Any], name: str, owner: str) -> None:
    if not _exists(server, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        words: LiteralString = (
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
            "LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
        )
        server.execute(sql.SQL(words).format(sql.Identifier(name), sql.Identifier(owner)))


def _grant(connection: psycopg.Connection[Any], words: tuple[LiteralString, ...], database: str) -> None:
    known = {role: sql.Identifier(name) for role, name in ROLES.items()} | {
        "database": sql.Identifier(database)
    }
    for statement in words:
        connection.execute(sql.SQL(statement).format(**known))


def _grant_jobs(installation: Installation, database: str) -> None:
    """Give the worker's own connection the job tables and nothing else."""
    kinds = (
        ("r", "SELECT, INSERT, UPDATE, DELETE ON TABLE"),
        ("S", "USAGE, SELECT ON SEQUENCE"),
    )
    with _admin(installation, database) as connection, connection.transaction():
        for kind, rights in kinds:
            found = connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind = %s AND c.relname LIKE %s",
                (kind, _JOB_TABLES),
            )
            for (name,) in found.fetchall():
                connection.execute(
                    sql.SQL("GRANT {} {} TO {}").format(
                        sql.SQL(rights),
                        sql.Identifier(name),
                        sql.Identifier(ROLES["jobs"]),
                    )
                )


# What was done is noted in the comment of the database itself, so that the note goes where the database goes.


def notes(installation: Installation, database: str = DATABASE) -> dict[str, str]:
    """What has been done to this database, each with the mark of what did it."""
    try:
        connection = _admin(installation, database)
    except ProvisionError as refused:
        if isinstance(refused.__cause__, psycopg.OperationalError) and "does not exist" in str(refused):
            return {}
        raise
    with connection:
        (text,) = _one(
            connection,
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = current_database()",
        )
    try:
        marks = json.loads(text or "{}")
    except ValueError:
        return {}
    return marks if isinstance(marks, dict) else {}


def note(installation: Installation, database: str = DATABASE, **done: str) -> None:
    """Note that something has been done to this database."""
    marks = json.dumps(notes(installation, database) | done)
    with _admin(installation, database) as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(marks))
        )


def _fingerprint(installation: Installation) -> str:
    words = [
        *(installation.password(role) for role in ROLES if role != "admin"),
        *EXTENSIONS,
        Path(__file__).read_text(),
    ]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _migrations_fingerprint() -> str:
    """Changes with any migration, model or definer of ours (row security reads them) or library with tables."""
    package = Path(__file__).parents[1]
    patterns = (
        "*/migrations/**/*.py",
        "*/models.py",
        "*/models/*.py",
        "*/definers.py",
        "kernel/rowsecurity.py",
    )
    files = sorted(path for pattern in patterns for path in package.glob(pattern))
    summed = hashlib.sha256("\0".join(version(name) for name in ("django", "procrastinate")).encode())
    for path in files:
        summed.update(str(path.relative_to(package)).encode() + b"\0")
        summed.update(path.read_bytes())
    return summed.hexdigest()


def _one(connection: psycopg.Connection[Any], words: LiteralString) -> Any:
    row = connection.execute(words).fetchone()
    assert row is not None
    return row


def _exists(connection: psycopg.Connection[Any], words: LiteralString, name: str) -> bool:
    return connection.execute(words, (name,)).fetchone() is not None
