"""The tables of docs/reference that are made from the code, so that they cannot tell anything else.

`python scripts/documents.py` writes them between their marks; tests/test_documents.py fails where one is out of date.
"""

import inspect
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"


def environment() -> Iterator[str]:
    """Every environment variable."""
    from loopline.config.environment import VARIABLES

    yield from _table("variable", "default", "what it decides")
    for one in VARIABLES:
        yield _row(f"`{one.name}`", f"`{one.default}`" if one.default else "", one.meaning)


def commands() -> Iterator[str]:
    """Every command with its options, as `--help` tells them."""
    for name, command in command_tree().items():
        if not getattr(command, "commands", None):
            yield from [f"## {name}", "", inspect.cleandoc(command.help or ""), ""]
            yield from _table("argument or option", "default", "what it does")
            yield from [_row(_spelled(one), _default(one), _help_of(one)) for one in options(command)]
            yield ""


def permissions() -> Iterator[str]:
    """Every permission, and the roles that an operator starts with."""
    from loopline.identity.permissions import PERMISSIONS, ROLES

    yield from _table("permission", "allows to", *(english for _chinese, english, _may in ROLES.values()))
    for code, meaning in PERMISSIONS.items():
        held = ("●" if code in may else "" for _chinese, _english, may in ROLES.values())
        yield _row(f"`{code}`", str(meaning), *held)


def events() -> Iterator[str]:
    """Every event that a module records."""
    from django.conf import settings

    from loopline.kernel.events import Happened

    yield from _table("event", "says", "carries")
    found: dict[str, type[Happened]] = {}
    for module in settings.MODULES:
        if find_spec(f"loopline.{module}.events"):
            there = vars(import_module(f"loopline.{module}.events")).values()
            found |= {one.name: one for one in there if isinstance(one, type) and issubclass(one, Happened)}
    del found[Happened.name]
    for name, kind in sorted(found.items()):
        carried = ", ".join(f"`{field.name}`" for field in fields(kind))
        yield _row(f"`{name}`", inspect.cleandoc(kind.__doc__ or "").replace("\n", " "), carried)


def import_fields() -> Iterator[str]:
    """Every field of the customer base, and under which headers it is found."""
    from loopline.subscriptions.base_fields import customer_base_fields

    yield from _table("field", "is", "headers that find it")
    for field in customer_base_fields("86"):
        yield _row(f"`{field.name}`", field.label, ", ".join(field.synonyms))


TABLES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "environment": ("environment.md", environment),
    "commands": ("command-line.md", commands),
    "permissions": ("permissions.md", permissions),
    "events": ("events.md", events),
    "import fields": ("import-fields.md", import_fields),
}
"""Name of the mark → the document it stands in, and what makes it."""


def command_tree() -> dict[str, Any]:
    """Every command and group by its whole name, as typer builds them."""
    from typer.main import get_command

    from loopline.cli import build

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for sub, child in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {sub}", child)

    return dict(sorted(walk("loopline", get_command(build()))))


def options(command: Any) -> list[Any]:
    """Its arguments and options without those of the shell."""
    return [one for one in command.params if "completion" not in one.name and one.name != "help"]


def made(name: str) -> str:
    """The text that belongs between the marks."""
    from django.utils import translation

    with translation.override("en"):
        return "\n".join(TABLES[name][1]()).strip()


def written(name: str) -> str:
    """The text that stands there."""
    found = _between(name).search((REFERENCE / TABLES[name][0]).read_text())
    return found["text"].strip() if found else ""


def write() -> None:
    """Bring every document up to date."""
    for name, (file, _make) in TABLES.items():
        path, text = REFERENCE / file, made(name)
        path.write_text(
            _between(name).sub(lambda found, text=text: f"{found[1]}\n{text}\n{found[3]}", path.read_text())
        )


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- made: {name} -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def _table(*headings: str) -> Iterator[str]:
    yield _row(*headings)
    yield _row(*("---" for _ in headings))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _spelled(one: Any) -> str:
    if one.param_type_name == "argument":
        return f"`{one.name.upper()}`"
    return ", ".join(f"`{name}`" for name in [*one.opts, *one.secondary_opts])


def _default(one: Any) -> str:
    value = one.default
    if one.required or value is None or callable(value) or value is False or value == "":
        return "required" if one.required else ""
    return f"`{getattr(value, 'value', value)}`"


def _help_of(one: Any) -> str:
    return " ".join((one.help or "").split())


if __name__ == "__main__":
    os.environ.setdefault("LOOPLINE_DATA", str(ROOT / ".build" / "check"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
    import django

    django.setup()
    write()
