"""Moments look as Babel writes them, at a fraction of what it takes for it."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
import time_machine
from babel.dates import format_datetime, format_timedelta
from django.utils import translation

from loopline.kernel import formats

LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans_CN"}
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", LOCALES)
def test_a_moment_is_written_as_babel_writes_it(language: str) -> None:
    random = Random(7)
    with translation.override(language):
        for _turn in range(300):
            moment = NOW + timedelta(seconds=random.randint(-(10**9), 10**9))
            said = format_datetime(moment, "medium", ZoneInfo("Asia/Shanghai"), LOCALES[language])
            assert formats.moment(moment) == said


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(
    "seconds", [0, 20, 75, 600, 3000, 4000, 20_000, 80_000, 100_000, 400_000, 10**6, 10**7, 10**8]
)
def test_how_long_ago_is_told_as_babel_tells_it(language: str, seconds: int) -> None:
    with translation.override(language), time_machine.travel(NOW, tick=False):
        for sign in (-1, 1):
            away = timedelta(seconds=sign * seconds)
            said = format_timedelta(away, add_direction=True, locale=LOCALES[language])
            assert formats.ago(NOW + away) == said
