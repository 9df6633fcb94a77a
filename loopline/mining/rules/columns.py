"""What the columns of a brought table are: numbers, categories, dates, or nothing to learn from.

Only the shape of a column is read here, never the target; whatever is estimated (medians, levels, scales) is
estimated inside a fold by `encoding`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy as _

type Column = pd.Series[Any]
type Kind = Literal["number", "category", "date"]
type Absence = Literal["asked", "target", "order", "constant", "identifier"]

ABSENCES = {
    "asked": _("left out as asked"),
    "target": _("is the target"),
    "order": _("gives the order of time"),
    "constant": _("has the same value on every row"),
    "identifier": _("identifies rows rather than describing them"),
}

BLANKS = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?"})
IDENTIFIER_NAME = re.compile(
    r"(?i:(?:^|[\W_])(?:id|uuid|guid|msisdn|imsi|imei|iccid|phone|row)(?:$|[\W_])|number$)|[a-z](?:ID|Id)$"
    r"|编号|号码|手机号|身份证|证件号|序号|工号|账号|卡号",
)
DATE_NAME = re.compile(r"date|month|period|day|日期|月份|账期|时间", re.IGNORECASE)
DATE_TEXT = re.compile(r"^\d{4}[-/.年]\d{1,2}(?:[-/.月](?:\d{1,2}日?(?:[T ].*)?)?)?$")
# Digits as people write them: thousands separators, currency signs and per cent around a plain number.
ORNAMENT = str.maketrans("０１２３４５６７８９．－，", "0123456789.-,")
NUMBER_TEXT = re.compile(r"^[¥￥$€£]?\s*([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*%?$")

NEARLY_UNIQUE = 0.9
SHARE_OF_NUMBERS = 0.95


@dataclass(frozen=True)
class LeftOut:
    """A column that is not learnt from, and why."""

    column: str
    why: Absence

    @property
    def reason(self) -> str:
        """The reason in words, in the reader's language."""
        return str(ABSENCES[self.why])


def without_blanks(column: Column) -> Column:
    """The column with blank strings and the usual words for "nothing" turned into missing values."""
    if column.dtype.kind in "biufM":
        return column
    text = column.astype("object").where(column.notna())
    bare = text.map(lambda value: value.strip() if isinstance(value, str) else value)
    empty = bare.map(lambda value: isinstance(value, str) and value.lower() in BLANKS).astype(bool)
    return bare.mask(empty, np.nan)


def as_number(column: Column) -> Column:
    """The column as floats; text is read as people write numbers; what cannot be read is missing."""
    if column.dtype.kind in "biuf":
        numbers = column.astype("float64")
    else:
        numbers = pd.to_numeric(column.map(_plain_number), errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _plain_number(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = NUMBER_TEXT.match(value.translate(ORNAMENT).strip())
    return found.group(1).replace(",", "") if found else None


def as_days(column: Column) -> Column:
    """Dates as days since 1970-01-01; text such as 2024-01-31, 2024/1, 2024年1月 and numbers such as 202401
    are read.
    """
    text = column if column.dtype.kind == "M" else column.map(_date_text, na_action="ignore")
    moments = pd.to_datetime(text, errors="coerce", format="mixed", utc=True)
    days: Column = (moments - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)
    return days


def _date_text(value: object) -> str:
    text = str(value).strip().removesuffix(".0")
    if re.fullmatch(r"\d{6}|\d{8}", text):
        return f"{text[:4]}-{text[4:6]}-{text[6:] or '01'}"
    text = re.sub(r"[年月/.]", "-", text.replace("日", "")) if DATE_TEXT.match(text) else text
    return f"{text.strip('-')}-01" if re.fullmatch(r"\d{4}-\d{1,2}-?", text) else text


def kind_of(column: Column) -> Kind:
    """Whether a column (blanks already missing) holds numbers, categories or dates."""
    if column.dtype.kind == "M":
        return "date"
    if column.dtype.kind in "biuf":
        return "date" if _is_date_number(column) else "number"
    known = column.dropna()
    if known.map(lambda value: bool(DATE_TEXT.match(str(value)))).mean() >= SHARE_OF_NUMBERS:
        return "date"
    if as_number(known).notna().mean() >= SHARE_OF_NUMBERS:
        return "date" if _is_date_number(as_number(known), str(column.name)) else "number"
    return "category"


def _is_date_number(column: Column, name: str | None = None) -> bool:
    if not DATE_NAME.search(name or str(column.name)):
        return False
    known = column.dropna().astype("float64")
    if known.empty or not (known.between(190001, 210012) | known.between(19000101, 21001231)).all():
        return False
    return bool(as_days(known.astype("int64").astype("object")).notna().all())


def is_identifier(column: Column, kind: Kind) -> bool:
    """Whether the values name rows: text that hardly repeats, or whole numbers that never do and look given
    out.

    Whole numbers count as given out when the name says so, when they run in order, lie densely, or all have
    the same five or more digits; amounts of bytes or money do none of that.
    """
    known = column.dropna()
    if len(known) < 20 or kind == "date":
        return False
    unique = known.nunique() / len(known)
    if kind == "category":
        return bool(unique >= NEARLY_UNIQUE)
    numbers = as_number(known)
    if unique < 0.98 or (numbers % 1 != 0).any():
        return False
    digits = numbers.abs().map(lambda value: len(str(int(value))))
    dense = numbers.max() - numbers.min() < 2 * len(numbers)
    same_length = digits.nunique() == 1 and digits.iloc[0] >= 5 and unique == 1
    named = bool(IDENTIFIER_NAME.search(str(column.name)))
    return bool(named or numbers.is_monotonic_increasing or (dense and unique == 1) or same_length)


def read_kinds(frame: pd.DataFrame, absent: Mapping[str, Absence]) -> tuple[dict[str, Kind], list[LeftOut]]:
    """The kind of every column worth learning from, and the columns left out with their reasons, in table
    order.
    """
    kinds: dict[str, Kind] = {}
    left_out: list[LeftOut] = []
    for name in frame.columns:
        if name in absent:
            left_out.append(LeftOut(name, absent[name]))
            continue
        column = without_blanks(frame[name])
        if column.nunique(dropna=False) < 2:
            left_out.append(LeftOut(name, "constant"))
            continue
        kind = kind_of(column)
        if is_identifier(column, kind):
            left_out.append(LeftOut(name, "identifier"))
            continue
        kinds[name] = kind
    return kinds, left_out


def tidy(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """The columns as the candidates take them: numbers and dates as floats (missing = NaN), categories as
    text ("" = missing).

    A column that `kinds` names and the frame lacks is all missing: a model scores what is there.
    """
    columns: dict[str, Column] = {}
    for name, kind in kinds.items():
        if name not in frame:
            columns[name] = pd.Series("" if kind == "category" else np.nan, index=frame.index)
            continue
        column = without_blanks(frame[name])
        if kind == "category":
            columns[name] = column.map(_category_text).astype("object")
        else:
            columns[name] = as_number(column) if kind == "number" else as_days(column)
    return pd.DataFrame(columns, index=frame.index)


def _category_text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    return str(value)
