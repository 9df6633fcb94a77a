"""The command line `loopline`. Each group of commands is a file of its own, found by looking; it owns no rule.

A file in this folder, or `commands.py` of a module, takes part by a function `register(app)`, or by a `typer.Typer`
called `app`, which becomes a group named after the file or module. Django is brought in by commands that need it.
"""

import pkgutil
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

import loopline

_HELP = """Loopline, the open telecom CRM.

Start with **loopline serve**; `loopline COMMAND --help` explains each command. Everything an installation keeps
is in one folder, `./var` unless LOOPLINE_DATA names another."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown"
    )
    for where, name in _sources():
        module = import_module(where)
        if hasattr(module, "register"):
            module.register(app)
        elif isinstance(getattr(module, "app", None), typer.Typer):
            app.add_typer(module.app, name=name)
    return app


def main() -> None:
    """Run a command. An expected refusal is a sentence on stderr and exit code 1 (3: the folder is held)."""
    try:
        build()()
    except Exception as refused:
        code = _exit_code(refused)
        if code is None:
            raise
        typer.echo(str(refused), err=True)
        sys.exit(code)


def _sources() -> list[tuple[str, str]]:
    """Modules that may bring commands, each with the name its group would get."""
    own = [
        (f"{__name__}.{found.name}", found.name)
        for found in pkgutil.iter_modules(__path__)
        if found.name != "__main__"
    ]
    modules = [found.name for found in pkgutil.iter_modules(loopline.__path__) if found.ispkg]
    brought = [
        (f"loopline.{name}.commands", name) for name in modules if find_spec(f"loopline.{name}.commands")
    ]
    return own + brought


def _exit_code(refused: Exception) -> int | None:
    from loopline.config.installation import InstallationError
    from loopline.config.lock import InstallationHeldError
    from loopline.kernel.errors import Refusal

    if isinstance(refused, InstallationHeldError):
        return 3
    return 1 if isinstance(refused, InstallationError | Refusal) else None
