"""Runs an installation: PostgreSQL, then the processes; restarts what falls, and takes all down together."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from loopline.config.cluster import Cluster
from loopline.config.deathsignal import launcher
from loopline.config.installation import Installation, InstallationError
from loopline.config.lock import holding
from loopline.config.provision import child_environment, is_ready, migrate, note, notes, provision

PROCESSES = ("web", "worker", "push", "warehouse")
_READY_SECONDS = 180.0
_FAILURES_TO_GIVE_UP = 4
_STOP_SECONDS = 15.0
_STEADY_SECONDS = 60.0
_LONGEST_WAIT = 30.0


class ServeError(InstallationError):
    """Loopline cannot serve; says why."""


@dataclass(frozen=True)
class Program:
    """One process to run: its name (also of its log) and command. `once`: it ends well and is done.

    After `tries` failures it is given up; `about` says what it does while the start waits for it.
    """

    name: str
    command: tuple[str, ...]
    once: bool = False
    tries: int | None = None
    about: str = ""


@dataclass
class Child:
    """A program and the process that runs it now."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    finished: bool = False


@dataclass
class Supervisor:
    """Looks after the processes of one installation until told to stop. Runs in the main thread."""

    installation: Installation
    host: str
    port: int
    programs: Sequence[Program]
    prepare: Sequence[Program] = ()
    say: Callable[[str], None] = print
    on_ready: Callable[[], None] = lambda: None
    cluster: Cluster | None = None
    _children: list[Child] = field(default_factory=list, init=False)
    _asked_to_stop: int = field(default=0, init=False)
    _told: float = field(default=float("-inf"), init=False)

    def run(self) -> None:
        """Start everything, say `ready`, watch, and return when stopped by a signal. Raises ServeError."""
        self._listen_to_signals()
        with holding(self.installation, f"loopline serve at {self.address}"):
            self._refuse_taken_ports()
            if self.installation.embedded:
                self.cluster = Cluster(self.installation)
            try:
                self._start()
                self._watch()
            except InstallationError:
                # What we were waiting for may have been stopped by the same Ctrl-C.
                if not self._asked_to_stop:
                    raise
            finally:
                self._stop()

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{shown}:{self.port}"

    # Starting

    def _start(self) -> None:
        begun = time.monotonic()
        if self.cluster is not None:
            self.say(f"Starting in {self.installation.data} …")
            self.cluster.start()
        provision(self.installation)
        if not is_ready(self.installation):
            self.say("Bringing the tables up to date …")
            migrate(self.installation)
        done = notes(self.installation)
        for program in self.prepare:
            if program.name not in done and not self._asked_to_stop:
                self.say(f"{program.about} …")
                self._run_to_end(program)
        self._children = [Child(program) for program in self.programs if not program.once]
        while not self._asked_to_stop:
            self._look_after_all()
            if self._all_answer():
                self.say(f"Started in {time.monotonic() - begun:.1f} s.")
                self.say(f"ready {self.address}")
                self._children += [Child(program) for program in self.programs if program.once]
                self.on_ready()
                return
            if failing := next((c for c in self._children if c.failures >= _FAILURES_TO_GIVE_UP), None):
                raise ServeError(f"{failing.program.name} does not start; see {self._logs}.")
            if time.monotonic() - begun > _READY_SECONDS:
                raise ServeError(f"Not ready after {_READY_SECONDS:.0f} s; see {self._logs}.")
            time.sleep(0.05)

    def _run_to_end(self, program: Program) -> None:
        child = Child(program)
        self._children = [child]
        self._launch(child)
        assert child.process is not None
        while child.process.poll() is None and not self._asked_to_stop:
            time.sleep(0.05)
        if self._asked_to_stop:
            return
        if child.process.returncode:
            raise ServeError(f"{program.name} failed.\n{self._log_end(program)}")
        note(self.installation, **{program.name: "done"})

    def _launch(self, child: Child) -> None:
        log = self._logs / f"{child.program.name}.log"
        if log.exists() and log.stat().st_size > 10 * 2**20:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as out:
            # A session of its own: Ctrl-C reaches only us, and what it starts can be ended with it.
            child.process = subprocess.Popen(
                launcher(*child.program.command, title=self._title(child.program)),
                env=child_environment(self.installation) | {"LOOPLINE_PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.started = time.monotonic()

    def _title(self, program: Program) -> str:
        return f"loopline: {program.name} {self.installation.data}"

    def _all_answer(self) -> bool:
        running = {child.program.name: child for child in self._children}
        if any(child.process is None or child.process.poll() is not None for child in running.values()):
            return False
        if "push" in running and not _accepts(self._near_host, self.port + 1):
            return False
        return "web" not in running or _answers(self._near_host, self.port, "/readyz")

    # Watching

    def _watch(self) -> None:
        while not self._asked_to_stop:
            if self.cluster is not None and self.cluster.pid is None:
                self.say("PostgreSQL has ended; starting it again.")
                self.cluster.start()
            self._look_after_all()
            time.sleep(0.2)

    def _look_after_all(self) -> None:
        for child in self._children:
            if child.finished:
                continue
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child, child.process.returncode)
            if child.process is None and not child.finished and time.monotonic() >= child.due:
                self._launch(child)

    def _note_end(self, child: Child, code: int) -> None:
        program = child.program
        self._end_family(child, signal.SIGKILL)
        child.process = None
        if program.once and code == 0:
            child.finished = True
            return
        child.failures = 1 if time.monotonic() - child.started > _STEADY_SECONDS else child.failures + 1
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        if program.tries is not None and child.failures >= program.tries:
            child.finished = True
            self.say(f"{program.name} ended {how} and is given up.\n{self._log_end(program)}")
            return
        wait = min(_LONGEST_WAIT, 0.25 * 2 ** (child.failures - 1))
        child.due = time.monotonic() + wait
        self.say(f"{program.name} ended {how}; it starts again in {wait:g} s.\n{self._log_end(program)}")

    # Stopping

    def _stop(self) -> None:
        living = [child for child in self._children if child.process is not None]
        for child in living:
            self._end_family(child, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for child in living:
            assert child.process is not None
            while child.process.poll() is None and time.monotonic() < deadline and self._asked_to_stop < 2:
                time.sleep(0.02)
            # Also after a good end: what the process had started goes with it.
            self._end_family(child, signal.SIGKILL)
            child.process.wait()
        self._children = []
        if self.cluster is not None:
            self.cluster.stop()
        if self._asked_to_stop:
            self.say("Stopped.")

    def _end_family(self, child: Child, number: int) -> None:
        assert child.process is not None
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)

    def _listen_to_signals(self) -> None:
        def told(number: int, frame: FrameType | None) -> None:
            # One Ctrl-C may arrive twice: from the terminal and through the program that started us.
            if time.monotonic() - self._told > 1:
                self._asked_to_stop += 1
            self._told = time.monotonic()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, told)

    # Odds

    def _refuse_taken_ports(self) -> None:
        names = {program.name for program in self.programs}
        for name, port in (("web", self.port), ("push", self.port + 1)):
            if name in names and (why := port_refused(self.host, port)):
                raise ServeError(why)

    @property
    def _near_host(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def _logs(self) -> Path:
        return self.installation.folder("logs")

    def _log_end(self, program: Program, lines: int = 12) -> str:
        text = (self._logs / f"{program.name}.log").read_text(errors="replace")
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def port_refused(host: str, port: int) -> str | None:
    """Why the port cannot be listened on, in words; None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Binding alone succeeds beside a listener that shares its port.
            probe.listen()
        except OSError as refused:
            return f"Port {port} on {host} cannot be used: {refused.strerror}. Choose another with --port."
    return None


def programs_for(host: str, port: int, names: Sequence[str]) -> list[Program]:
    """The long-running processes of these names (see PROCESSES)."""
    server = ("-m", "loopline.config.webserver")
    known = {
        "web": (*server, "wsgi", "loopline.config.wsgi:application", host, str(port)),
        "worker": ("-m", "loopline.config.worker"),
        "warehouse": ("-m", "loopline.config.lakewriter"),
        "push": (*server, "asgi", "loopline.web.push:application", host, str(port + 1)),
    }
    return [Program(name, known[name]) for name in names]


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
