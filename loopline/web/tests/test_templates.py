"""Rules that hold for every template of every module."""

import json
import re
from pathlib import Path

import pytest
from django.urls import get_resolver

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
ICON = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']""")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=_name)
def test_template_compiles_and_keeps_the_policy(template: Path) -> None:
    text = template.read_text("utf-8")
    pages.environment().parse(text)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_every_icon_named_in_a_template_is_listed() -> None:
    listed = set((ROOT / "web" / "icons.txt").read_text().split())
    named = {icon for template in TEMPLATES for icon in ICON.findall(template.read_text("utf-8"))}
    assert sorted(named - listed) == []


def test_every_icon_of_the_menu_is_listed() -> None:
    assert get_resolver().url_patterns  # every module has registered its entries
    listed = set((ROOT / "web" / "icons.txt").read_text().split())
    assert sorted({entry.icon for entry in [*pages.areas, *pages.menu]} - listed) == []


def test_go_keys_of_the_menu_differ() -> None:
    keys = [item.key for item in pages.menu if item.key]
    assert sorted(keys) == sorted(set(keys))


def test_lock_names_no_registry() -> None:
    lock = json.loads((ROOT.parent / "frontend" / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
