"""The data folder, its secrets, and how a role signs in."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loopline.config.installation import ROLES, Installation, InstallationError


def test_folder_and_secrets_are_closed_to_others(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "a" / "b").ensure()
    assert stat.S_IMODE(installation.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((installation.data / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in installation.data.iterdir()] == ["secrets.json"]


def test_secrets_are_made_once_even_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: Installation(tmp_path).ensure().django_secret_key, range(32)))
    assert len(set(keys)) == 1
    kept = json.loads((tmp_path / "secrets.json").read_text())
    assert sorted(kept) == sorted(["django", "master", *(f"role.{role}" for role in ROLES)])
    assert len(set(kept.values())) == len(kept)


def test_master_key_of_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation = Installation(tmp_path).ensure()
    assert len(installation.master_key) == 32
    monkeypatch.setenv(
        "LOOPLINE_MASTER_KEY",
        base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
    )
    assert installation.master_key == bytes(range(32))
    monkeypatch.setenv("LOOPLINE_MASTER_KEY", "short")
    with pytest.raises(InstallationError, match="32 bytes"):
        installation.master_key  # noqa: B018


def test_database_url_takes_the_place_of_the_embedded_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "DATABASE_URL",
        "postgresql://chief:p%40ss@db.example:6432/first?sslmode=require",
    )
    installation = Installation(tmp_path).ensure()
    assert not installation.embedded
    assert installation.admin_database == "first"
    assert installation.dsn("admin") == {
        "host": "db.example",
        "port": 6432,
        "user": "chief",
        "password": "p@ss",
        "dbname": "loopline",
    }
    assert installation.dsn("lake", "lake")["user"] == "loopline_lake"
    assert installation.url("admin", "lake") == (
        "postgresql://chief:p%40ss@db.example:6432/lake?sslmode=require"
    )


def test_database_url_may_name_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://chief:hush@/postgres?host=/run/pg&port=5433")
    installation = Installation(tmp_path).ensure()
    assert (installation.dsn("app")["host"], installation.dsn("app")["port"]) == ("/run/pg", 5433)
    assert installation.options == {}
    assert installation.url("admin") == "postgresql://chief:hush@/loopline?host=%2Frun%2Fpg&port=5433"


def test_nonsense_in_database_url_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root@localhost/x")
    with pytest.raises(InstallationError, match="postgresql://user:password@host"):
        Installation(tmp_path).dsn("app")


def test_a_long_path_gets_a_short_socket_folder(tmp_path: Path) -> None:
    long, short = (
        Installation(tmp_path / ("x" * 100)),
        Installation(Path("/srv/loopline")),
    )
    assert short.socket_folder == Path("/srv/loopline/postgres/run")
    assert len(str(long.socket_folder)) <= 92
    assert long.socket_folder != Installation(tmp_path / ("y" * 100)).socket_folder
