"""Both languages are complete: every text of a module has its Chinese, with the same places for values."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
METHODS = [("**/tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2)}
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


def _translations() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                said = message.string if isinstance(message.string, str) else message.string[0]
                if message.id and said and not message.context:
                    yield message.id if isinstance(message.id, str) else message.id[0], said


def _texts_of(module: str) -> Iterator[str]:
    for _file, _line, text, _comments, _context in extract_from_dir(
        ROOT / module, METHODS, OPTIONS, KEYWORDS
    ):
        yield text if isinstance(text, str) else text[0]


@pytest.mark.parametrize("module", MODULES)
def test_every_text_has_its_chinese(module: str) -> None:
    chinese = dict(_translations())
    assert sorted({text for text in _texts_of(module) if text not in chinese}) == []


def test_translations_keep_the_places_for_values() -> None:
    wrong = {text for text, said in _translations() if set(PLACE.findall(text)) != set(PLACE.findall(said))}
    assert sorted(wrong) == []


def test_a_text_has_one_chinese() -> None:
    """All modules share one catalogue: with two translations of a text, the order of the modules would decide."""
    kept: dict[str, set[str]] = {}
    for text, said in _translations():
        kept.setdefault(text, set()).add(said)
    assert {text: sorted(said) for text, said in kept.items() if len(said) > 1} == {}
