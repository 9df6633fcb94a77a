"""How a name or number is cut into the tokens under which it is found, and a search text into words.

Every ending of a name or number is a token, so that a prefix scan over tokens finds any part of it. Chinese names
are found by pinyin too: 张三丰 under `zhangsanfeng`, `zhangsf`, `sanfeng` and `zsf`.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from pypinyin import lazy_pinyin

SHORTEST_NUMBER = 4
LONGEST = 60
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NUMBER_LIKE = re.compile(r"\+?[\d\s\-().]+")
_NOISE = re.compile(r"[\s\-().]+")
_WORD = re.compile(r"[^\s,;·•.\-_/()]+")

# Readings that these characters have as family names (unlike elsewhere).
_FAMILY_READINGS = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "任": "ren",
    "朴": "piao", "尉": "wei", "乐": "yue", "冼": "xian", "翟": "zhai", "缪": "miao", "覃": "qin", "晁": "chao",
}  # fmt: skip
_DOUBLE_NAMES = {
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "夏侯",
}


def fold(text: str) -> str:
    """One spelling for what reads the same: full width becomes half width, capitals small."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def name_tokens(name: str) -> set[str]:
    """The tokens of a person's or organisation's name."""
    folded = fold(name)[:LONGEST]
    if not _CHINESE.search(folded):
        return {ending for word in _WORD.findall(folded) for ending in _endings(word, 2)}
    joined = "".join(_WORD.findall(folded))
    return set(_endings(joined, 1)) | set(_pinyin(joined))


def number_tokens(number: str, country: str = "86") -> set[str]:
    """The tokens of a telephone or customer number: its endings of four characters and more.

    The zeros that fill up a series number are spared: C00012345 is found by its whole, by 12345 and by 2345.
    """
    plain = plain_number(number, country)
    endings = set(_endings(plain, SHORTEST_NUMBER))
    if plain.isdigit():
        return endings
    return {part for part in endings if part[0] != "0" or len(part) == SHORTEST_NUMBER}


def plain_number(number: str, country: str = "86") -> str:
    """A number as it is searched: without blanks, dashes and country code, small letters."""
    return _NOISE.sub("", fold(number)).removeprefix(f"+{country}").removeprefix("+")[:LONGEST]


def search_words(text: str, country: str = "86") -> list[str]:
    """What was typed as the words that must all be found; a telephone number in any spelling is one word."""
    folded = fold(text)[: 2 * LONGEST].replace("\0", "")
    if _NUMBER_LIKE.fullmatch(folded):
        digits = plain_number(folded, country).removeprefix("00")
        if digits.startswith(country) and len(digits) > len(country) + 9:
            digits = digits[len(country) :]
        return [_without_zeros(digits)] if digits else []
    return list(dict.fromkeys(map(_without_zeros, _WORD.findall(folded))))[:6]


def _without_zeros(word: str) -> str:
    """The trunk zero of a landline and the zeros before a customer number say nothing: 00012345 → 12345."""
    while word[0] == "0" and len(word) > SHORTEST_NUMBER:
        word = word[1:]
    return word


def _endings(text: str, shortest: int) -> Iterator[str]:
    for start in range(max(1, len(text) - shortest + 1) if text else 0):
        yield text[start:]


def _pinyin(name: str) -> Iterator[str]:
    given = 2 if name[:2] in _DOUBLE_NAMES and len(name) > 2 else 1
    read = [_reading(character) for character in name]
    if name[0] in _FAMILY_READINGS:
        read[0] = _FAMILY_READINGS[name[0]]
    family = "".join(read[:given])
    initials = "".join(syllable[:1] for syllable in read)
    yield "".join(read)[:LONGEST]
    yield initials
    if len(read) > given:
        yield family + initials[given:]
        yield "".join(read[given:])[:LONGEST]


@cache
def _reading(character: str) -> str:
    return str(lazy_pinyin(character)[0]).casefold()
