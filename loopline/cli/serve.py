"""`loopline serve`."""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loopline.config import environment
from loopline.config.installation import Installation


class Size(StrEnum):
    """How large the demo operator is: none, 2,000, 20,000 or 1,000,000 customers."""

    NONE = "none"
    SMALL = "small"
    DEMO = "demo"
    LARGE = "large"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    data: Annotated[Path | None, typer.Option(help="Data folder. LOOPLINE_DATA, else ./var.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. LOOPLINE_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; push takes the next. LOOPLINE_PORT, else 8000.")
    ] = None,
    demo: Annotated[Size, typer.Option(help="Bring the demo operator, and how large it grows.")] = Size.NONE,
    only: Annotated[
        str, typer.Option(help="Processes to run, separated by commas.")
    ] = "web,worker,push,warehouse",
) -> None:
    """Run Loopline: PostgreSQL, the web pages, the background work, the push of news and the warehouse's writer.

    Prints `ready http://HOST:PORT` on a line of its own when all of it answers. Ctrl-C stops everything. A second
    start on the same folder says who holds it and ends with code 3.
    """
    from loopline.config import supervise

    names = tuple(name.strip() for name in only.split(",") if name.strip())
    if unknown := set(names) - set(supervise.PROCESSES):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}: choose from {', '.join(supervise.PROCESSES)}"
        )
    installation = Installation(data).ensure() if data is not None else Installation.from_env()
    os.environ[environment.DATA.name] = str(installation.data)
    host = host or environment.read(environment.HOST)
    port = port or int(environment.read(environment.PORT))
    load = ("-m", "loopline.cli", "demo", "load", "--size")
    # The small operator is waited for once; later it is brought up to today in the background like the rest.
    prepare = [
        supervise.Program("demo-small", (*load, "small"), once=True, about="Loading the demo operator")
    ]
    grow = [supervise.Program("demo", (*load, demo), once=True, tries=5)]
    if demo is Size.NONE:
        prepare, grow = [], []
    supervise.Supervisor(
        installation,
        host,
        port,
        [*supervise.programs_for(host, port, names), *grow],
        prepare=prepare,
        say=typer.echo,
        on_ready=_show_sign_ins if demo is not Size.NONE else lambda: None,
    ).run()


def _show_sign_ins() -> None:
    """Who may sign in to the demo operator, told by a process of its own: this one stays small."""
    words = (
        "from loopline.cli.django import with_django; with_django(); "
        "from loopline.demo.api import SIGN_INS; print(*SIGN_INS, sep='\\n')"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    typer.echo("Sign in with operator / user name / password:\n" + told.stdout.rstrip())
