"""Every text of the rules has its Chinese, with the same places for figures."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from loopline.kernel.errors import Refusal
from loopline.mining.rules import refusals
from loopline.mining.rules.candidates import CANDIDATE_NAMES
from loopline.mining.rules.columns import ABSENCES
from loopline.mining.rules.warnings import SENTENCES

CATALOGUE = Path(__file__).parents[1] / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def source(text: object) -> str:
    """The English behind a lazy text, whatever language is active."""
    return str(text._args[0]) if hasattr(text, "_args") else str(text)


def test_every_text_is_there_in_chinese() -> None:
    with CATALOGUE.open("rb") as file:
        chinese = {message.id: message.string for message in read_po(file) if message.id}
    refused = [
        kind.sentence
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    ]
    texts = [*SENTENCES.values(), *ABSENCES.values(), *CANDIDATE_NAMES.values(), *refused]
    for text in map(source, texts):
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", chinese[text])), text
