"""The embedded PostgreSQL: starts, stops, recovers, and dies with its parent."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from loopline.config.cluster import Cluster
from loopline.config.installation import Installation

_HOLD = """
import sys, time
from pathlib import Path
from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
with Cluster(Installation(Path(sys.argv[1])), durable=False) as cluster:
    print(cluster.pid, flush=True)
    time.sleep(600)
"""


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def test_starts_stops_and_starts_again(tmp_path: Path) -> None:
    installation = Installation(tmp_path).ensure()
    cluster = Cluster(installation)
    cluster.start()
    assert cluster.pid is not None
    family = _family(cluster.pid)
    assert family[0].uids().real != 0
    with psycopg.connect(**installation.dsn("admin", "postgres")) as connection:
        shown = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('wal_level'), "
            "current_setting('fsync'), datlocprovider::text, datlocale, pg_encoding_to_char(encoding) "
            "FROM pg_database WHERE datname = 'template1'"
        ).fetchone()
    assert shown == ("", "logical", "on", "b", "C.UTF-8", "UTF8")
    cluster.stop()
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not cluster.running()
    begun = time.monotonic()
    with cluster:
        assert cluster.running()
    assert time.monotonic() - begun < 5
    assert not cluster.running()


def test_nobody_enters_without_a_password(house: Installation) -> None:
    dsn = house.dsn("admin", "postgres") | {"password": "wrong"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**dsn)


def test_a_data_path_too_long_for_a_socket(tmp_path: Path) -> None:
    installation = Installation(tmp_path / ("x" * 120)).ensure()
    try:
        with Cluster(installation, durable=False) as cluster:
            assert cluster.running()
    finally:
        shutil.rmtree(installation.socket_folder)


def test_killed_postgres_recovers_what_was_committed(tmp_path: Path) -> None:
    installation = Installation(tmp_path).ensure()
    with Cluster(installation) as cluster:
        assert cluster.pid is not None
        with psycopg.connect(**installation.dsn("admin", "postgres"), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(cluster.pid, signal.SIGKILL)
        with (
            Cluster(installation) as again,
            psycopg.connect(**installation.dsn("admin", "postgres")) as connection,
        ):
            assert again.running()
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_stale_pid_file_naming_a_living_program_is_no_obstacle(
    tmp_path: Path,
) -> None:
    installation = Installation(tmp_path).ensure()
    with Cluster(installation, durable=False) as cluster:
        assert cluster.pid is not None
        os.kill(cluster.pid, signal.SIGKILL)
    stale = tmp_path / "postgres" / "data" / "postmaster.pid"
    lines = stale.read_text().splitlines()
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with Cluster(installation, durable=False) as cluster:
        assert cluster.running()


def test_postgres_does_not_outlive_its_parent(tmp_path: Path) -> None:
    Installation(tmp_path).ensure()
    parent = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    family = _family(int(parent.stdout.readline()))
    assert len(family) > 3
    parent.kill()
    parent.wait()
    assert psutil.wait_procs(family, timeout=10)[1] == []
    with Cluster(Installation(tmp_path), durable=False) as cluster:
        assert cluster.running()
