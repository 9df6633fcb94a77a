"""A served installation for stories and soak tests: started, called, killed and started again like in real life."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

READY_SECONDS = 240


@dataclass
class House:
    """`loopline serve` on a data folder of its own."""

    data: Path
    port: int
    demo: str = "none"
    token: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start serving and return once `ready` is printed."""
        command = [sys.executable, "-m", "loopline.cli", "serve", "--data", str(self.data)]
        command += ["--port", str(self.port), "--demo", self.demo]
        log = self.data.with_suffix(".log").open("a+")
        log.seek(0, os.SEEK_END)
        begin = log.tell()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, env=self._environment()
        )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            log.seek(begin)
            if f"ready {self.address}" in log.read().splitlines():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        log.seek(begin)
        raise AssertionError(f"not ready: {log.read()[-3000:]}")

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def family(self) -> list[psutil.Process]:
        """Every process that serves this installation."""
        found = []
        for process in psutil.process_iter(["pid"]):
            with suppress(psutil.Error):
                if process.environ().get("LOOPLINE_DATA") == str(self.data) or (
                    self.process is not None and process.pid == self.process.pid
                ):
                    found.append(process)
        return found

    def kill_one(self, rng: random.Random) -> str:
        """`kill -9` one of the family, chosen at random; returns what it was."""
        family = sorted(self.family(), key=lambda process: process.pid)
        victim = rng.choice(family)
        with suppress(psutil.Error):
            what = " ".join(victim.cmdline())[:100] or victim.name()
            victim.kill()
            return what
        return "already gone"

    def mend(self) -> None:
        """After a kill: start again when the supervisor fell, then wait until all of it answers."""
        assert self.process is not None
        time.sleep(0.5)
        if self.process.poll() is not None:
            self._nobody_is_left()
            self.start()
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, urllib.error.URLError):
                if self._open("GET", "/readyz").status == 200:
                    return
            if self.process.poll() is not None:
                self.start()
            time.sleep(0.3)
        raise AssertionError("it did not recover")

    def _nobody_is_left(self) -> None:
        deadline = time.monotonic() + 30
        while (left := self.family()) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not left, f"survivors: {[process.cmdline() for process in left]}"

    def sign_in(self, user: str, operator: str = "dongjiang") -> None:
        """Take a bearer token for the API."""
        self.token = self.run("token", "--user", user, "--operator", operator).strip()

    def run(self, *words: str, timeout: float = 300) -> str:
        """A command of the command line beside the running house; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "loopline.cli", *words],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"loopline {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call of the API, tried again while the house is being mended."""
        deadline = time.monotonic() + 60
        while True:
            try:
                with self._open(method, f"/api/v1{path}", body) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                if refused.code < 500 or time.monotonic() > deadline:
                    raise AssertionError(f"{path}: {refused.code} {refused.read()[:500]!r}") from refused
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def upload(self, path: str, file: Path) -> Any:
        """Post a file as a form."""
        mark = "loopline-boundary"
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + file.read_bytes() + f"\r\n--{mark}--\r\n".encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", body, self._headers(), method="POST")
        request.add_header("Content-Type", f"multipart/form-data; boundary={mark}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _open(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", data, self._headers(), method=method)
        request.add_header("Content-Type", "application/json")
        return urllib.request.urlopen(request, timeout=60)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _environment(self) -> dict[str, str]:
        return os.environ | {"LOOPLINE_DATA": str(self.data)}


def free_port() -> int:
    """A port with a free neighbour, for web and push."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise AssertionError("no two neighbouring ports are free")


@contextmanager
def served(folder: Path, demo: str = "none") -> Iterator[House]:
    """A house that is stopped at the end, and leaves nobody behind."""
    house = House(folder / "house", free_port(), demo)
    house.data.mkdir(mode=0o700, parents=True)
    house.start()
    try:
        yield house
    finally:
        house.stop()
        for left in house.family():
            with suppress(psutil.Error):
                left.kill()
