"""The supervisor: ready, restart, a second start, an ordered end, and no survivor of a kill -9."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from loopline.config.cluster import Cluster
from loopline.config.installation import Installation
from loopline.config.lock import InstallationHeldError, holder, holding
from loopline.config.supervise import port_refused

# The tables are the business of other tests: here the database stands without them.
_SERVE = """
import sys
from pathlib import Path
from loopline.config import supervise
from loopline.config.installation import Installation, InstallationError
supervise.is_ready = lambda installation: True
data, port, *more = sys.argv[1:]
server = ("-m", "loopline.config.webserver")
dummy = "loopline.config.tests.dummy"
programs = [
    supervise.Program("web", (*server, "wsgi", f"{dummy}:wsgi", "127.0.0.1", port)),
    supervise.Program("push", (*server, "asgi", f"{dummy}:asgi", "127.0.0.1", str(int(port) + 1))),
    supervise.Program("worker", ("-m", dummy, "600")),
    *(supervise.Program(name, ("-m", dummy, name), once=True, tries=2) for name in more),
]
try:
    installation, say = Installation(Path(data)).ensure(), lambda text: print(text, flush=True)
    prepare = [supervise.Program("first", ("-m", dummy, "0"), once=True, about="Doing it once")]
    supervise.Supervisor(installation, "127.0.0.1", int(port), programs, prepare=prepare, say=say).run()
except InstallationError as refused:
    print(refused, flush=True)
    sys.exit(3)
"""


class Served(NamedTuple):
    """A supervisor at work, and all its processes when it said ready."""

    supervisor: subprocess.Popen[str]
    port: int
    family: dict[str, list[psutil.Process]]

    def everyone(self) -> list[psutil.Process]:
        return [process for group in self.family.values() for process in group]

    def line_with(self, word: str) -> str:
        assert self.supervisor.stdout is not None
        for line in self.supervisor.stdout:
            if word in line:
                return line.strip()
        raise AssertionError(f"ended without saying {word!r}")


def _free_port() -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port_refused("127.0.0.1", port) is None and port_refused("127.0.0.1", port + 1) is None:
            return port


def _family(supervisor: int) -> dict[str, list[psutil.Process]]:
    groups: dict[str, list[psutil.Process]] = {}
    for child in psutil.Process(supervisor).children():
        with suppress(psutil.NoSuchProcess):
            line = " ".join(child.cmdline())
            name = next(
                (name for name in ("web", "push", "worker") if f"loopline: {name}" in line), "postgres"
            )
            groups[name] = [child, *child.children(recursive=True)]
    return groups


def _wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def _served(data: Path, *more: str) -> Iterator[Served]:
    port = _free_port()
    command = [sys.executable, "-c", _SERVE, str(data), str(port), *more]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    served = Served(supervisor, port, {})
    try:
        assert served.line_with("ready ") == f"ready http://127.0.0.1:{port}"
        served.family.update(_family(supervisor.pid))
        yield served
    finally:
        if supervisor.poll() is None:
            supervisor.terminate()
        supervisor.wait(30)
        assert psutil.wait_procs(served.everyone(), timeout=10)[1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with _served(tmp_path) as served:
        assert sorted(served.family) == ["postgres", "push", "web", "worker"]
        # granian's own worker is among them
        assert len(served.family["web"]) > 1
        served.supervisor.send_signal(number)
        assert served.line_with("Stopped") == "Stopped."
        assert served.supervisor.wait(20) == 0
        assert psutil.wait_procs(served.everyone(), timeout=1)[1] == []
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
    assert port_refused("127.0.0.1", served.port) is None


def test_a_signal_during_the_start_is_no_failure(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVE, str(tmp_path), str(_free_port())]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == f"Starting in {tmp_path} …\n"
    family = psutil.Process(supervisor.pid).children(recursive=True)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.stdout.read().splitlines()[-1] == "Stopped."
    assert supervisor.wait(20) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_kill_9_of_the_supervisor_leaves_no_process(tmp_path: Path) -> None:
    with _served(tmp_path) as served:
        served.supervisor.kill()
        served.supervisor.wait()
        assert psutil.wait_procs(served.everyone(), timeout=10)[1] == []
        assert holder(Installation(tmp_path)) is None
    with _served(tmp_path):
        pass


def test_killed_processes_are_started_again_and_their_own_children_go(tmp_path: Path) -> None:
    with _served(tmp_path) as served:
        for name in ("web", "push", "worker", "postgres"):
            old = served.family[name]
            old[0].kill()
            assert psutil.wait_procs(old, timeout=10)[1] == []
            _wait_for(lambda name=name, old=old: _family(served.supervisor.pid).get(name, old)[0] != old[0])
        _wait_for(lambda: port_refused("127.0.0.1", served.port) is not None)
        _wait_for(lambda: port_refused("127.0.0.1", served.port + 1) is not None)
        _wait_for(Cluster(Installation(tmp_path)).running)
        served.family.update({f"new {key}": group for key, group in _family(served.supervisor.pid).items()})


def test_a_killed_granian_worker_is_replaced(tmp_path: Path) -> None:
    with _served(tmp_path) as served:
        served.family["web"][-1].kill()
        assert "starts again" in served.line_with("web ended")
        _wait_for(lambda: port_refused("127.0.0.1", served.port) is not None)
        served.family.update({f"new {key}": group for key, group in _family(served.supervisor.pid).items()})


def test_what_a_first_start_prepares_is_not_done_again(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "first.log"
    with _served(tmp_path):
        assert log.exists()
    log.unlink()
    with _served(tmp_path):
        assert not log.exists()


def test_a_second_start_says_who_holds_the_folder(tmp_path: Path) -> None:
    with _served(tmp_path) as served:
        second = subprocess.run(
            [sys.executable, "-c", _SERVE, str(tmp_path), str(_free_port())],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert second.returncode == 3
        assert (
            f"loopline serve at http://127.0.0.1:{served.port} (process {served.supervisor.pid}"
            in second.stdout
        )


def test_a_port_in_use_is_refused_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        second = subprocess.run(
            [sys.executable, "-c", _SERVE, str(tmp_path), str(port)],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert second.stdout == (
        f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Choose another with --port.\n"
    )


def test_a_program_that_keeps_failing_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    with _served(tmp_path, "fail") as served:
        assert served.line_with("starts again") == "fail ended with code 1; it starts again in 0.25 s."
        assert served.line_with("this program fails") == "this program fails"
        assert served.line_with("given up") == "fail ended with code 1 and is given up."
    assert (tmp_path / "logs" / "fail.log").read_text().count("this program fails") == 2


def test_the_lock_names_its_holder_and_goes_with_it(tmp_path: Path) -> None:
    installation = Installation(tmp_path).ensure()
    with holding(installation, "loopline import"):
        found = holder(installation)
        assert found is not None
        assert (found.what, found.pid) == ("loopline import", os.getpid())
        with (
            pytest.raises(InstallationHeldError, match=r"held by loopline import \(process"),
            holding(installation, "x"),
        ):
            pass
    assert holder(installation) is None
