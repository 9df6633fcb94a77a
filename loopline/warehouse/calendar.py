"""The calendar: every day from 2015 to 2040 with its place in the Chinese and the common year.

Statutory holidays and swapped working days are those that the State Council has announced (library `holidays`); for
years not yet announced the law's own days alone are known. Lunar dates, the stem and branch of the year, the zodiac,
solar terms and festivals are computed (library `lunar-python`); the lunar year begins with the Spring Festival.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from holidays import country_holidays
from lunar_python import LunarYear, Solar
from lunar_python.util import LunarUtil

from loopline.warehouse.fixed import FIRST, LAST

WORKDAY = ("调休上班", "Working day, swapped")
ZODIAC = dict(
    zip(
        "鼠牛虎兔龙蛇马羊猴鸡狗猪",
        [
            "Rat",
            "Ox",
            "Tiger",
            "Rabbit",
            "Dragon",
            "Snake",
            "Horse",
            "Goat",
            "Monkey",
            "Rooster",
            "Dog",
            "Pig",
        ],
        strict=True,
    )
)
SOLAR_TERMS = {
    "立春": "Beginning of Spring", "雨水": "Rain Water", "惊蛰": "Awakening of Insects", "春分": "Spring Equinox",
    "清明": "Pure Brightness", "谷雨": "Grain Rain", "立夏": "Beginning of Summer", "小满": "Grain Buds",
    "芒种": "Grain in Ear", "夏至": "Summer Solstice", "小暑": "Minor Heat", "大暑": "Major Heat",
    "立秋": "Beginning of Autumn", "处暑": "End of Heat", "白露": "White Dew", "秋分": "Autumn Equinox",
    "寒露": "Cold Dew", "霜降": "Frost's Descent", "立冬": "Beginning of Winter", "小雪": "Minor Snow",
    "大雪": "Major Snow", "冬至": "Winter Solstice", "小寒": "Minor Cold", "大寒": "Major Cold",
}  # fmt: skip
FESTIVALS = {
    "春节": "Spring Festival", "元宵节": "Lantern Festival", "端午节": "Dragon Boat Festival",
    "七夕节": "Double Seventh", "中元节": "Ghost Festival", "中秋节": "Mid-Autumn Festival",
    "重阳节": "Double Ninth", "腊八节": "Laba Festival", "除夕": "New Year's Eve",
}  # fmt: skip
"""The festivals of the lunar year that the trade plans for."""

type Day = tuple[object, ...]


@cache
def days() -> tuple[Day, ...]:
    """The rows of `dim_calendar`, in the order of its columns."""
    return tuple(_days())


def _days() -> Iterator[Day]:
    years = range(FIRST.year, LAST.year + 1)
    chinese, english = (
        country_holidays("CN", years=years, language=language) for language in ("zh_CN", "en_US")
    )
    lunar, terms = _lunar_days(), _solar_terms()
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        weekend = day.isoweekday() > 5
        swapped = day in chinese.weekend_workdays
        holiday = chinese.get(day, "")
        term = terms.get(day, "")
        yield (
            *_common(day),
            weekend,
            bool(holiday) and not swapped,
            swapped,
            swapped or not (weekend or holiday),
            WORKDAY[0] if swapped else holiday,
            WORKDAY[1] if swapped else english.get(day, ""),
            *lunar[day],
            term,
            SOLAR_TERMS.get(term, ""),
        )


def _common(day: date) -> Day:
    year, week, weekday = day.isocalendar()
    quarter = (day.month + 2) // 3
    return (day, day.replace(day=1), day.year, quarter, day.month, day.day, year, week, weekday)


def _lunar_days() -> dict[date, Day]:
    """Each day's place in the lunar year."""
    found: dict[date, Day] = {}
    for number in range(FIRST.year - 1, LAST.year + 1):
        year = LunarYear.fromYear(number)
        of_year = (year.getGanZhi(), zodiac := LunarUtil.SHENGXIAO[(number - 4) % 12 + 1], ZODIAC[zodiac])
        months = [month for month in year.getMonths() if month.getYear() == number]
        for month in months:
            for day in range(1, month.getDayCount() + 1):
                festival = _festival(
                    month.getMonth(), day, month is months[-1] and day == month.getDayCount()
                )
                found[_solar(month.getFirstJulianDay() + day - 1)] = (
                    number,
                    abs(month.getMonth()),
                    month.isLeap(),
                    day,
                    f"{'闰' if month.isLeap() else ''}{LunarUtil.MONTH[abs(month.getMonth())]}月{LunarUtil.DAY[day]}",
                    *of_year,
                    festival,
                    FESTIVALS.get(festival, ""),
                )
    return found


def _festival(month: int, day: int, is_last: bool) -> str:
    name = "除夕" if is_last else LunarUtil.FESTIVAL.get(f"{month}-{day}", "")
    return name if name in FESTIVALS else ""


def _solar_terms() -> dict[date, str]:
    """The days on which a solar term begins, in Chinese time."""
    return {
        date(moment.getYear(), moment.getMonth(), moment.getDay()): name
        for number in range(FIRST.year, LAST.year + 2)
        for name, moment in Solar.fromYmd(number, 6, 1).getLunar().getJieQiTable().items()
        if name in SOLAR_TERMS
    }


def _solar(julian_day: float) -> date:
    found = Solar.fromJulianDay(julian_day)
    return date(found.getYear(), found.getMonth(), found.getDay())
