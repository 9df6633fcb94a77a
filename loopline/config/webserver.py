"""A granian server whose worker, too, ends when its parent does.

`python -m loopline.config.webserver INTERFACE TARGET HOST PORT`, INTERFACE being wsgi or asgi.
"""

import sys
from collections.abc import Callable
from typing import Any

import setproctitle
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from loopline.config import environment
from loopline.config.deathsignal import die_with_parent


def load(target: str) -> Callable[..., Any]:
    """Bring in the application `module:name`, in the worker, bound to the life of the server above it."""
    die_with_parent()
    module, _, name = target.partition(":")
    found: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)
    return found


def serve(interface: str, target: str, host: str, port: int) -> None:
    """Serve until told to stop. One worker: its threads share what Django keeps in memory."""
    threads = int(environment.read(environment.THREADS))
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces(interface),
        workers=1,
        blocking_threads=threads if interface == "wsgi" else None,
        backpressure=max(64, threads * 16) if interface == "wsgi" else None,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
        process_name=setproctitle.getproctitle(),
    ).serve(target_loader=load)


if __name__ == "__main__":
    # Under its own name, so that a worker started afresh can find `load` again.
    from loopline.config import webserver  # noqa: PLW0406

    webserver.serve(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
