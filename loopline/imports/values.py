"""The meaning of a cell by the kind of its field, or a reason in words why it has none."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from django.conf import settings
from django.db.models import Choices
from django.utils import translation

from loopline.imports.cells import BLANKS, BLANKS_IN_NUMBERS, Cell
from loopline.imports.identifiers import parse_document, parse_phone
from loopline.imports.kinds import NO, YES, day_of
from loopline.imports.refusals import ValueRefused

type FieldKind = Literal[
    "text", "digits", "integer", "decimal", "boolean", "date", "phone", "document", "choice"
]
type Value = str | int | Decimal | bool | date | None
type Parse = Callable[[Cell], Value]

CURRENCY = re.compile(
    r"\A([+-]?)\s*(?:¥|\$|€|£|RMB|CNY|USD)\s*([+-]?)|\s*(?:元|圆|RMB|CNY|USD)\Z", re.IGNORECASE
)
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?\Z", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\Z", re.ASCII)
NOT_FINITE = re.compile(r"[+-]?(?:inf(?:inity)?|nan)\Z", re.IGNORECASE)
TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII)
DAY_SHAPES = re.compile(r"\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日|\d{4})\Z", re.ASCII)
AMBIGUOUS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\Z", re.ASCII)
LARGEST = Decimal(10) ** 16


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ours that a column may fill.

    `label` and `synonyms` are the names under which people's files know it, in Chinese and English, dearest first.
    `choices` gives for each stored value the words that stand for it. `places` bounds the decimal places, `longest` the
    characters of a text; `country` is the calling code of telephone numbers that have none.
    """

    name: str
    label: str = ""
    synonyms: Sequence[str] = ()
    kind: FieldKind = "text"
    required: bool = False
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: int | None = None
    longest: int = 500
    country: str = "86"

    def parser(self) -> Parse:
        """A function from cell to value; blank cells give None, what is no such value raises `ValueRefused`."""
        parse = self._parse()
        blanks = BLANKS if self.kind in ("text", "choice") else BLANKS_IN_NUMBERS
        required = self.required

        def of(cell: Cell) -> Value:
            if cell is None or (isinstance(cell, str) and cell.strip().lower() in blanks):
                if required:
                    raise ValueRefused("required")
                return None
            return parse(cell)

        return of

    def _parse(self) -> Parse:
        parsers: dict[FieldKind, Parse] = {
            "text": lambda cell: parse_text(cell, self.longest),
            "digits": parse_digits,
            "integer": parse_integer,
            "decimal": lambda cell: parse_decimal(cell, self.places),
            "boolean": parse_boolean,
            "date": parse_date,
            "phone": lambda cell: parse_phone(as_text(cell), self.country),
            "document": lambda cell: parse_document(as_text(cell)),
            "choice": _choice_parser(self.choices),
        }
        return parsers[self.kind]


def words_of(choices: type[Choices]) -> dict[str, list[str]]:
    """The words for each value in both languages: an old system may have spoken the other one."""
    found: dict[str, list[str]] = {value: [value] for value in choices.values}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for value, label in choices.choices:
                found[value].append(str(label))
    return found


def as_text(cell: Cell) -> str:
    """A cell as the text a person typed. Numbers of 16 digits and more come out of Excel rounded and are refused."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**15:
        raise ValueRefused("rounded")
    return str(cell)


def parse_text(cell: Cell, longest: int = 500) -> str:
    """The text, trimmed. What looks like a formula is kept as it is; `csv_safe` disarms it on the way out."""
    text = as_text(cell)
    if len(text) > longest:
        raise ValueRefused("too_long", allowed=longest)
    return text


def parse_digits(cell: Cell) -> str:
    """Digits with blanks and hyphens left out, leading zeros kept: ICCID, IMSI, account numbers."""
    text = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", as_text(cell)))
    if "*" in text:
        raise ValueRefused("masked")
    if not (text.isascii() and text.isdigit()):
        raise ValueRefused("not_digits")
    return text


def parse_decimal(cell: Cell, places: int | None = None) -> Decimal:
    """An exact number: "¥1,234.50", "１２.５", "-3", "(none)" refused. Never infinite, below 10^16 in size.

    `places` refuses what would have to be rounded; trailing zeros do not count.
    """
    if isinstance(cell, str):
        number = _decimal_of(cell)
    elif isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise ValueRefused("not_number")
    else:
        number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    if not number.is_finite():
        raise ValueRefused("not_finite")
    if abs(number) >= LARGEST:
        raise ValueRefused("too_large")
    if places is not None and number != round(number, places):
        raise ValueRefused("too_precise", places=places)
    return number


def _decimal_of(cell: str) -> Decimal:
    text = cell.strip()
    if not NUMBER.match(text):
        text = unicodedata.normalize("NFKC", text).strip()
        if NOT_FINITE.match(text):
            raise ValueRefused("not_finite")
        text = CURRENCY.sub(r"\1\2", text).strip()
        if GROUPED.match(text):
            text = text.replace(",", "")
        if not NUMBER.match(text):
            raise ValueRefused("not_number")
    return Decimal(text)


def parse_integer(cell: Cell) -> int:
    """A whole number; "12.0" is one, "12.5" is none."""
    number = parse_decimal(cell)
    if number != number.to_integral_value():
        raise ValueRefused("not_whole")
    return int(number)


def parse_boolean(cell: Cell) -> bool:
    """Yes or no in words of either language, or 1 and 0."""
    if isinstance(cell, bool):
        return cell
    text = unicodedata.normalize("NFKC", as_text(cell)).lower()
    if text in YES or text == "1":
        return True
    if text in NO or text == "0":
        return False
    raise ValueRefused("not_boolean")


def parse_date(cell: Cell) -> date:
    """A day, from 2024-01-05, 2024/1/5, 2024.1.5, 20240105 or 2024年1月5日, or a typed cell; a time of day is dropped.

    Numbers are no dates: what Excel counts from 1900 is taken only from cells that Excel itself marks as dates.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        if 1900 <= cell.year <= 2100:
            return cell
        raise ValueRefused("date_out_of_range")
    text = unicodedata.normalize("NFKC", as_text(cell))
    text = re.sub(r"\s*([年月日])\s*", r"\1", TIME_OF_DAY.sub("", text))
    if DAY_SHAPES.match(text):
        day = day_of(text.replace(".", "-"))
        if day:
            return day
        raise ValueRefused("no_such_day" if 1900 <= int(text[:4]) <= 2100 else "date_out_of_range")
    raise ValueRefused("date_ambiguous" if AMBIGUOUS.match(text) else "not_date")


def _choice_parser(choices: Mapping[str, Sequence[str]]) -> Parse:
    known = {_folded(word): value for value, words in choices.items() for word in (*words, value)}
    listed = ", ".join(words[0] if words else value for value, words in choices.items())

    def parse(cell: Cell) -> str:
        value = known.get(_folded(as_text(cell)))
        if value is None:
            raise ValueRefused("not_choice", choices=listed)
        return value

    return parse


def _folded(word: str) -> str:
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", word)).casefold()
