"""Children that die with their parent, however the parent dies.

`python -m loopline.config.deathsignal [options] -- COMMAND…` becomes COMMAND; with `-m MODULE…` it runs a module
in place. Linux tells a child of its parent's death by a signal (prctl(2), PR_SET_PDEATHSIG); elsewhere a thread
watches.
"""

import argparse
import ctypes
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import setproctitle

_PR_SET_PDEATHSIG = 1
_LINUX = os.uname().sysname == "Linux"


def die_with_parent(number: int = signal.SIGKILL, parent: int | None = None) -> None:
    """Ask for signal `number` when the parent process ends, and end now if it already has.

    `parent` is the expected parent's process id; without it the one known to multiprocessing is taken, else
    the present one, which leaves a gap between the start of this process and this call.
    """
    if _LINUX:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if parent is None:
        known = multiprocessing.parent_process()
        parent = os.getppid() if known is None or known.pid is None else known.pid
    if not _LINUX:
        threading.Thread(target=_watch, args=(parent, number), name="deathsignal", daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def launcher(
    *command: str | Path,
    signal_number: int = signal.SIGKILL,
    title: str | None = None,
    user: int | None = None,
    group: int | None = None,
) -> list[str]:
    """The command line that runs `command` as a child of the calling process and dies with it.

    The first word is a program, or `-m` for a Python module, which is then shown as `title`.
    With `user` the child gives up its rights first.
    """
    # -P: the child may start in a folder that others write to; nothing is to be imported from there.
    words = [
        sys.executable,
        "-P",
        "-m",
        "loopline.config.deathsignal",
        f"--parent={os.getpid()}",
        f"--signal={int(signal_number)}",
    ]
    if title is not None:
        words.append(f"--title={title}")
    if user is not None:
        words += [f"--user={user}", f"--group={user if group is None else group}"]
    return [*words, "--", *map(str, command)]


def _watch(parent: int, number: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os.kill(os.getpid(), number)


def _give_up_rights(user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _become(command: list[str], number: int, parent: int) -> None:
    """Run the command in place of this process; where the system has no death signal, stay and watch it."""
    if _LINUX:
        os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)
    child = subprocess.Popen(command)
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(told, lambda received, _frame: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(number)
            parent = os.getppid()
        time.sleep(0.2)
    sys.exit(child.returncode)


def main() -> None:
    """Set the death signal, then run the given module or become the given command."""
    parser = argparse.ArgumentParser(prog="loopline.config.deathsignal")
    parser.add_argument("--parent", type=int, default=os.getppid())
    parser.add_argument("--signal", type=int, default=int(signal.SIGKILL))
    parser.add_argument("--title")
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if asked.user is not None:
        # A change of user clears the death signal, so rights go first.
        _give_up_rights(asked.user, asked.group)
    if command[0] == "-m":
        die_with_parent(asked.signal, asked.parent)
        if asked.title:
            setproctitle.setproctitle(asked.title)
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        if _LINUX:
            die_with_parent(asked.signal, asked.parent)
        _become(command, asked.signal, asked.parent)


if __name__ == "__main__":
    main()
