"""What each database role may and may not do."""

import time
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from loopline.config.cluster import Cluster
from loopline.config.installation import ROLES, Installation
from loopline.config.provision import EXTENSIONS, ProvisionError, provision


def test_second_time_is_quick(house: Installation) -> None:
    begun = time.monotonic()
    provision(house)
    assert time.monotonic() - begun < 1


def test_roles_hold_only_what_they_need(house: Installation) -> None:
    with psycopg.connect(**house.dsn("admin")) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles "
            "WHERE rolname LIKE 'loopline%' AND rolname <> 'loopline_admin' ORDER BY 1"
        ).fetchall()
        extensions = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    ours = sorted(name for role, name in ROLES.items() if role != "admin")
    assert found == [(name, False, False, False, name == "loopline_backup") for name in ours]
    assert set(EXTENSIONS) <= extensions


def test_app_uses_what_owner_makes_and_owns_nothing(house: Installation) -> None:
    with psycopg.connect(**house.dsn("owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE rights_probe (id bigserial PRIMARY KEY, word text)")
        try:
            with psycopg.connect(**house.dsn("app"), autocommit=True) as app:
                app.execute("INSERT INTO rights_probe (word) VALUES ('a')")
                app.execute("UPDATE rights_probe SET word = 'b'")
                assert app.execute("SELECT * FROM rights_probe").fetchall() == [(1, "b")]
                app.execute("CREATE TEMPORARY TABLE staged (n int)")
                app.execute("DELETE FROM rights_probe")
                for refused in (
                    "CREATE TABLE x (n int)",
                    "TRUNCATE rights_probe",
                    "DROP TABLE rights_probe",
                ):
                    with pytest.raises(InsufficientPrivilege):
                        app.execute(refused)
            with psycopg.connect(**house.dsn("backup"), autocommit=True) as backup:
                assert backup.execute("SELECT * FROM rights_probe").fetchall() == []
                with pytest.raises(InsufficientPrivilege):
                    backup.execute("DELETE FROM rights_probe")
            with (
                psycopg.connect(**house.dsn("jobs")) as jobs,
                pytest.raises(InsufficientPrivilege),
            ):
                jobs.execute("SELECT * FROM rights_probe")
        finally:
            owner.execute("DROP TABLE rights_probe")


@pytest.mark.parametrize("role", ["owner", "app", "jobs"])
def test_the_lake_is_closed_to_operations(house: Installation, role: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(**house.dsn(role, "lake"))


@pytest.mark.parametrize("role", ["lake", "lake_reader"])
def test_operations_are_closed_to_the_lake(house: Installation, role: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(**house.dsn(role))


def test_lake_reader_reads_what_lake_makes(house: Installation) -> None:
    with psycopg.connect(**house.dsn("lake", "lake"), autocommit=True) as lake:
        lake.execute("CREATE SCHEMA probe CREATE TABLE inlined (n int)")
        try:
            with psycopg.connect(**house.dsn("lake_reader", "lake"), autocommit=True) as reader:
                assert reader.execute("SELECT * FROM probe.inlined").fetchall() == []
                with pytest.raises(InsufficientPrivilege):
                    reader.execute("INSERT INTO probe.inlined VALUES (1)")
        finally:
            lake.execute("DROP SCHEMA probe CASCADE")


def test_a_server_of_ones_own_without_its_superuser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = Installation(tmp_path / "theirs").ensure(), Installation(tmp_path / "ours").ensure()
    with Cluster(theirs, durable=False):
        with psycopg.connect(theirs.url("admin", "postgres"), autocommit=True) as server:
            server.execute("CREATE ROLE chief LOGIN CREATEROLE CREATEDB PASSWORD 'hush'")
        monkeypatch.setenv("DATABASE_URL", f"postgresql://chief:hush@/postgres?host={theirs.socket_folder}")
        provision(ours)
        provision(ours)
        with psycopg.connect(ours.url("owner"), autocommit=True) as owner:
            owner.execute("CREATE TABLE probe (n int)")
        with psycopg.connect(ours.url("app")) as app:
            app.execute("INSERT INTO probe VALUES (1)")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(ours.url("app", "lake"))


def test_a_server_out_of_reach_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://chief:hush@127.0.0.1:1/postgres")
    with pytest.raises(ProvisionError, match="cannot be reached"):
        provision(Installation(tmp_path).ensure())
