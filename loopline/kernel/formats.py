"""How numbers, money and moments look, in the reader's language and the operator's zone."""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import translation
from django.utils.translation import gettext as _

from loopline.kernel import clock

zone: ContextVar[tzinfo] = ContextVar("zone", default=ZoneInfo("Asia/Shanghai"))
currency: ContextVar[str] = ContextVar("currency", default="CNY")


_CHINESE_STEPS: list[tuple[int, str]] = [(10**8, "亿"), (10**4, "万")]
_ENGLISH_STEPS: list[tuple[int, str]] = [(10**9, "B"), (10**6, "M"), (10**3, "K")]


def _locale() -> str:
    return "zh_Hans_CN" if (translation.get_language() or "en").startswith("zh") else "en_GB"


def number(value: int | float | Decimal | None, places: int | None = None) -> str:
    """1234567.5 → 1,234,567.5; an absent value is a dash."""
    if value is None:
        return "–"
    return _number(value, places, _locale())


def money(amount: Decimal | int | None) -> str:
    """With the operator's currency: ¥1,234.50."""
    if amount is None:
        return "–"
    return _money(amount, currency.get(), _locale())


def moneys(amounts: Iterable[Decimal]) -> Iterator[str]:
    """As `money`, for a whole column: the reader and the currency are asked for once."""
    unit, locale = currency.get(), _locale()
    return (_money(amount, unit, locale) for amount in amounts)


def compact(value: int | Decimal | None) -> str:
    """Short for summaries: 12.3万 and 1.2亿 in Chinese, 123K and 120M in English."""
    if value is None:
        return "–"
    steps = _CHINESE_STEPS if _locale().startswith("zh") else _ENGLISH_STEPS
    for size, unit in steps:
        if abs(Decimal(value)) >= size:
            return f"{Decimal(value) / size:.1f}".rstrip("0").rstrip(".") + unit
    return number(value)


def percent(share: float | Decimal | None, places: int = 1) -> str:
    """0.1234 → 12.3%."""
    if share is None:
        return "–"
    return _percent(share, places, _locale())


def day(value: date | None) -> str:
    """2026年3月5日, 5 Mar 2026; of a moment, the day it is in the operator's zone."""
    if isinstance(value, datetime):
        value = clock.local_day(value, zone.get())
    return "–" if value is None else _date(value, "medium", _locale())


def month(value: date | None) -> str:
    """2026年3月, Mar 2026."""
    pattern = "y年M月" if _locale().startswith("zh") else "MMM y"
    return "–" if value is None else _date(value, pattern, _locale())


def moment(value: datetime | None) -> str:
    """The exact moment in the operator's zone."""
    if value is None:
        return "–"
    local, locale = value.astimezone(zone.get()), _locale()
    return _glue(locale).format(f"{local:%H:%M:%S}", _date(local.date(), "medium", locale))


def ago(value: datetime | None) -> str:
    """Relative to now: 3 hours ago, 3小时前."""
    if value is None:
        return "–"
    seconds = round((value - clock.now()).total_seconds())
    # Nobody sees a minute in what is hours away, and what is told alike is made once.
    return _ago(seconds if abs(seconds) < _HOUR else seconds // 60 * 60, _locale())


def listed(words: Iterable[object]) -> str:
    """Words one after the other, as the reader's language divides them."""
    chinese = _locale().startswith("zh")
    return ("、" if chinese else ", ").join(str(word) for word in words)


def bilingual(texts: dict[str, str]) -> str:
    """The text of a stored pair {"en": …, "zh-hans": …} in the reader's language."""
    language = translation.get_language() or "en"
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def named(row: Any) -> str:
    """The name of a row that has one in Chinese (`name`) and perhaps in English (`name_en`)."""
    english = not (translation.get_language() or "en").startswith("zh")
    return str((english and row.name_en) or row.name)


def author(name: str, staff_id: int) -> str:
    """Who did something: the person's name, or the system where nobody did."""
    return name if staff_id else _("System")


_HOUR = 3600

# The same amounts, shares and days come again on every page, and Babel takes 100 µs for each.


@lru_cache(8192)
def _number(value: int | float | Decimal, places: int | None, locale: str) -> str:
    pattern = None if places is None else "#,##0." + "0" * places if places else "#,##0"
    return format_decimal(value, format=pattern, locale=locale)


@lru_cache(8192)
def _money(amount: Decimal | int, unit: str, locale: str) -> str:
    # The operator has one currency: English need not tell this ¥ from the other.
    return format_currency(amount, unit, locale=locale).replace("CN¥", "¥")


@lru_cache(8192)
def _percent(share: float | Decimal, places: int, locale: str) -> str:
    pattern = "0." + "0" * places + "%" if places else "0%"
    return format_percent(share, format=pattern, locale=locale)


@lru_cache(8192)
def _date(value: date, pattern: str, locale: str) -> str:
    return format_date(value, format=pattern, locale=locale)


@lru_cache
def _glue(locale: str) -> str:
    """How a time ({0}) and a day ({1}) stand together."""
    return str(get_datetime_format("medium", locale=locale)).replace("'", "")


@lru_cache(8192)
def _ago(seconds: int, locale: str) -> str:
    return format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=locale)


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "money": money,
    "compact": compact,
    "percent": percent,
    "date": day,
    "month": month,
    "datetime": moment,
    "ago": ago,
    "bilingual": bilingual,
}
