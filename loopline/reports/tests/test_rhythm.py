"""When a report is due: by the operator's clock, and on working days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from holidays.countries import China

from loopline.reports.rules.rhythm import next_after

SHANGHAI = ZoneInfo("Asia/Shanghai")
works = China().is_working_day


def due(after: str, rhythm: str, day: int = 1, hour: int = 8, *, working: bool = True) -> str:
    """The next moment in the operator's zone, from one there."""
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    calendar = works if working else None
    found = next_after(moment, SHANGHAI, rhythm=rhythm, day=day, hour=hour, is_working=calendar)
    assert found.tzinfo is UTC
    return found.astimezone(SHANGHAI).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("after", "rhythm", "day", "working", "expected"),
    [
        ("2026-03-05T07:59", "daily", 1, True, "Thu 2026-03-05 08:00"),
        ("2026-03-05T08:00", "daily", 1, True, "Fri 2026-03-06 08:00"),
        ("2026-03-06T09:00", "daily", 1, True, "Mon 2026-03-09 08:00"),
        ("2026-03-06T09:00", "daily", 1, False, "Sat 2026-03-07 08:00"),
        ("2026-03-05T12:00", "weekly", 1, True, "Mon 2026-03-09 08:00"),
        ("2026-03-05T12:00", "weekly", 7, True, "Mon 2026-03-09 08:00"),
        ("2026-03-05T12:00", "weekly", 7, False, "Sun 2026-03-08 08:00"),
        ("2026-01-31T12:00", "monthly", 31, False, "Sat 2026-02-28 08:00"),
        (
            "2026-02-10T12:00",
            "monthly",
            16,
            True,
            "Tue 2026-02-24 08:00",
        ),  # the Spring Festival, 15–23 February
        (
            "2026-09-30T12:00",
            "monthly",
            1,
            True,
            "Thu 2026-10-08 08:00",
        ),  # the national holidays, 1–7 October
        (
            "2026-10-05T12:00",
            "monthly",
            1,
            True,
            "Thu 2026-10-08 08:00",
        ),  # passed on, and not forgotten meanwhile
        ("2026-10-08T08:00", "monthly", 1, True, "Mon 2026-11-02 08:00"),
        ("2026-02-14T07:00", "daily", 1, True, "Sat 2026-02-14 08:00"),  # a Saturday swapped for the festival
    ],
)
def test_the_next_one(after, rhythm, day, working, expected):
    assert due(after, rhythm, day, working=working) == expected


def test_a_day_off_is_never_working():
    assert not works(date(2026, 10, 1))
    assert works(date(2026, 2, 14))
