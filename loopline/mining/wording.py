"""Reasons in plain words, in every language of the product, with the customer's own figures."""

import json
import re
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.kernel import formats
from loopline.mining.catalogue import BY_NAME, TOPIC_OF, Feature
from loopline.mining.rules.reasons import Contributions, top_reasons

type Texts = dict[str, str]

MOST_REASONS = 3
LOOKED_AT = 6
"""More topics are looked at than are told: some strong ones have no words (a typical value, nothing to act on)."""
KEPT = 50_000
"""Sentences remembered; the currency is part of what they are known by."""
NOTICEABLE = 0.02
"""A change smaller than this is no reason, whatever the model makes of it."""
CONTRACT_ENDS = _("Contract ends within %(value)s months")
CONTRACT_OVER = _("Contract has ended and is not renewed")
IS = _("%(column)s = %(value)s")
MORE = _("%(column)s %(value)s, usually %(typical)s")
UNKNOWN = _("%(column)s is not known")
YES, NO = _("Yes"), _("No")


def bilingual(text: Promise | str, **values: object) -> Texts:
    """A text in each language of the product, {"en": …, "zh-hans": …}."""
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            shown = {name: str(value) for name, value in values.items()}
            texts[language] = str(text) % shown if shown else str(text)
    return texts


def history_reasons(contributions: Contributions) -> pd.Series:
    """For each row of the features JSON text: up to three reasons, strongest first, as `scores` keeps them."""
    said = top_reasons(contributions, TOPIC_OF, LOOKED_AT)
    currency = formats.currency.get()
    lines = zip(said["row"], said["topic"], said["column"], said["value"], said["direction"], strict=True)
    told = [
        (row, topic, text)
        for row, topic, column, value, direction in lines
        if (text := _of_feature(column, _rounded(value), direction, currency))
    ]
    return _gathered(told, contributions)


def imported_reasons(contributions: Contributions) -> pd.Series:
    """As `history_reasons`, for a table with columns of its own: each column is a topic."""
    names = list(contributions.pushes.columns)
    said = top_reasons(contributions, {name: name for name in names}, MOST_REASONS)
    lines = zip(said["row"], said["column"], said["value"], said["direction"], strict=True)
    told = [
        (row, column, _of_column(column, _rounded(value), direction, contributions.typical[column]))
        for row, column, value, direction in lines
    ]
    return _gathered(told, contributions)


def readable(column: str) -> str:
    """A column's name as people would say it: MonthlyCharges and monthly_charges become Monthly charges."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column.strip()).replace("_", " ")
    words = re.sub(r"\s+", " ", parted).strip().split(" ")
    rest = [word if word.isupper() and len(word) > 1 else word.lower() for word in words[1:]]
    first = words[0]
    return " ".join([first[:1].upper() + first[1:], *rest])


def _gathered(told: list[tuple[Any, str, Texts]], contributions: Contributions) -> pd.Series:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row, topic, text in told:
        reasons = found.setdefault(row, [])
        if len(reasons) < MOST_REASONS:
            reasons.append({"topic": topic, "text": text})
    index = contributions.pushes.index
    return pd.Series([json.dumps(found.get(row, []), ensure_ascii=False) for row in index], index=index)


def _rounded(value: object) -> float | str:
    """Values as they will be shown, so that equal sentences are made once."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if not np.isfinite(number):
        return number
    return round(number, 2) if abs(number) < 10 else float(round(number))


@lru_cache(KEPT)
def _of_feature(column: str, value: float | str, direction: str, currency: str) -> Texts | None:
    feature = BY_NAME[column]
    if feature.shown == "months_left" and direction == "lower" and not isinstance(value, str):
        return bilingual(CONTRACT_ENDS, value=int(value) + 1) if value >= 0 else bilingual(CONTRACT_OVER)
    words = {"higher": feature.higher, "lower": feature.lower}.get(direction)
    if words is None or isinstance(value, str) or not np.isfinite(value):
        return None
    wrong_way = value < NOTICEABLE if direction == "higher" else value > -NOTICEABLE
    if feature.shown == "change" and wrong_way:
        return None
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts[language] = str(words) % {"value": shown(feature, value)}
    return texts


def shown(feature: Feature, value: float) -> str:
    """A feature's value as its reason writes it, in the language in force."""
    match feature.shown:
        case "share" | "change":
            return formats.percent(abs(value), 0)
        case "money":
            return formats.money(round(value))
        case "decimal":
            return formats.number(value, 1)
        case _:
            return formats.number(round(value))


@lru_cache(KEPT)
def _of_column(column: str, value: float | str, direction: str, typical: float | str) -> Texts:
    name = readable(column)
    if direction == "missing":
        return bilingual(UNKNOWN, column=name)
    if isinstance(value, str) or isinstance(typical, str):
        return bilingual(IS, column=name, value={"Yes": YES, "No": NO}.get(str(value), value))
    return bilingual(MORE, column=name, value=_plain(value), typical=_plain(typical))


def _plain(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:,.4g}"
