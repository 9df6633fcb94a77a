"""A Spark standalone cluster for a test: a master and two small workers on free ports, ended with the test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

MEMORY = "512MB"


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """The address of a master whose workers have registered."""
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: uv sync --extra spark")
    if shutil.which("java") is None:
        pytest.skip("Java 17 is not on the PATH")
    import pyspark

    home = Path(pyspark.__path__[0])
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
    }
    log = folder / "cluster.log"

    def start(*words: str) -> None:
        with log.open("ab") as told:
            started.append(
                subprocess.Popen(
                    [str(home / "bin" / "spark-class"), *words],
                    env=environment,
                    stdout=told,
                    stderr=told,
                    cwd=folder,
                )
            )

    port = _free_port()
    try:
        start(
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--webui-port",
            "0",
        )
        _wait(log, "I have been elected leader", 1)
        for number in range(workers):
            start(
                "org.apache.spark.deploy.worker.Worker",
                *("--host", "127.0.0.1", "--cores", "1", "--memory", "600m", "--webui-port", "0"),
                *("--work-dir", str(folder / f"worker{number}"), f"spark://127.0.0.1:{port}"),
            )
        _wait(log, "Successfully registered with master", workers)
        yield f"spark://127.0.0.1:{port}"
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _wait(log: Path, words: str, times: int, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while log.read_text(errors="replace").count(words) < times:
        if time.monotonic() > until:
            raise TimeoutError(log.read_text(errors="replace")[-3000:])
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
