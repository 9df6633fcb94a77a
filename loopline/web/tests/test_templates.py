"""Rules that hold for every template of every module."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver
from jinja2 import nodes

from loopline.kernel import pages

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "an event attribute": re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:a-z-]*)\s*="),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)"),
    "an inline sheet": re.compile(r"<style[\s>]"),
    "another host": re.compile(r"""(src|href)=["'](https?:)?//"""),
}
ICONS = set((ROOT / "web" / "icons.txt").read_text().split())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=_name)
def test_template_compiles_and_keeps_the_policy(template: Path) -> None:
    text = template.read_text("utf-8")
    pages.environment().parse(text)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def _icon_places() -> dict[str, int]:
    """Where each macro of shell/ui.html takes the name of an icon."""
    macros = (
        pages.environment()
        .parse((ROOT / "web/templates/shell/ui.html").read_text("utf-8"))
        .find_all(nodes.Macro)
    )
    names = {macro.name: [argument.name for argument in macro.args] for macro in macros}
    return {name: given.index("icon_name") for name, given in names.items() if "icon_name" in given}


def _icons_in(template: Path, places: dict[str, int]) -> Iterator[str]:
    for call in pages.environment().parse(template.read_text("utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "icon":
            given = call.args[:1]
        elif isinstance(call.node, nodes.Getattr) and call.node.attr in places:
            given = call.args[places[call.node.attr] :][:1]
            given += [keyword.value for keyword in call.kwargs if keyword.key == "icon_name"]
        else:
            continue
        yield from (word.value for word in given if isinstance(word, nodes.Const) and word.value)


@pytest.mark.parametrize("template", TEMPLATES, ids=_name)
def test_every_icon_that_a_template_names_is_listed(template: Path) -> None:
    assert sorted(set(_icons_in(template, _icon_places())) - ICONS) == []


def test_every_icon_that_a_page_names_is_listed() -> None:
    named = re.compile(r"""\bicon(?:_name)?=["']([a-z0-9-]+)["']""")
    sources = [path.read_text("utf-8") for path in ROOT.glob("*/*.py")]
    assert sorted({icon for source in sources for icon in named.findall(source)} - ICONS) == []


def test_every_icon_of_the_menu_is_listed() -> None:
    assert get_resolver().url_patterns  # every module has registered its entries
    assert sorted({entry.icon for entry in [*pages.areas, *pages.menu]} - ICONS) == []


def test_go_keys_of_the_menu_differ() -> None:
    keys = [item.key for item in pages.menu if item.key]
    assert sorted(keys) == sorted(set(keys))


def test_lock_names_no_registry() -> None:
    lock = json.loads((ROOT.parent / "frontend" / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
