"""Working time, states and service levels, as pure functions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopline.cases.rules import levels, routing, states
from loopline.cases.rules.calendar import Calendar, NeverWorks, add_working, working_between

ZONE = ZoneInfo("Asia/Shanghai")
DAY = ((9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60))
OFFICE = Calendar(
    (DAY,) * 5 + ((), ()),
    ZONE,
    {date(2026, 10, day): None for day in range(1, 8)} | {date(2026, 10, 10): 0},
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_hours_run_on_over_lunch_night_and_weekend():
    friday = local("2026-09-25 17:00")
    assert add_working(OFFICE, friday, timedelta(hours=1)) == local("2026-09-25 18:00")
    assert add_working(OFFICE, friday, timedelta(hours=2)) == local("2026-09-28 10:00")
    assert add_working(OFFICE, local("2026-09-28 11:30"), timedelta(hours=1)) == local("2026-09-28 14:00")


def test_the_national_holidays_do_not_count_and_the_make_up_saturday_does():
    before = local("2026-09-30 17:00")
    assert add_working(OFFICE, before, timedelta(hours=2)) == local("2026-10-08 10:00")
    assert working_between(OFFICE, local("2026-10-01 00:00"), local("2026-10-08 00:00")) == timedelta(0)
    assert working_between(OFFICE, local("2026-10-10 00:00"), local("2026-10-12 00:00")) == timedelta(
        hours=7.5
    )


def test_outside_of_hours_time_begins_with_the_next_opening():
    assert add_working(OFFICE, local("2026-09-26 12:00"), timedelta(minutes=30)) == local("2026-09-28 09:30")


def test_a_calendar_without_hours_ends_in_words_and_not_in_a_loop():
    with pytest.raises(NeverWorks):
        add_working(Calendar(((),) * 7, ZONE, {}), local("2026-09-25 17:00"), timedelta(minutes=1))


def _in_order(pairs):
    made, last = [], 0
    for begin, length in sorted(pairs):
        first = max(begin, last)
        end = min(first + length, 1440)
        if end > first:
            made.append((first, end))
            last = end
    return tuple(made)


spans = st.lists(st.tuples(st.integers(0, 1430), st.integers(1, 600)), max_size=3).map(_in_order)


@st.composite
def calendars(draw):
    week = tuple(draw(spans) for _ in range(7))
    if not any(week):
        week = (((540, 600),), *week[1:])
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    special = draw(st.dictionaries(days, st.one_of(st.none(), st.integers(0, 6)), max_size=8))
    return Calendar(week, draw(st.sampled_from([ZONE, UTC, ZoneInfo("Europe/Berlin")])), special)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
amounts = st.integers(0, 100 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(calendars(), moments, amounts)
def test_what_is_added_lies_between(calendar, start, amount):
    end = add_working(calendar, start, amount)
    assert end >= start
    assert working_between(calendar, start, end) == amount


@given(calendars(), moments, moments, moments)
def test_working_time_adds_up(calendar, one, two, three):
    first, middle, last = sorted((one, two, three))
    whole = working_between(calendar, first, last)
    assert whole == working_between(calendar, first, middle) + working_between(calendar, middle, last)
    assert timedelta(0) <= whole <= last - first
    assert working_between(calendar, last, first) == -whole


@given(calendars(), moments, amounts, amounts)
def test_adding_in_two_steps_is_adding_at_once(calendar, start, one, two):
    at_once = add_working(calendar, start, one + two)
    assert working_between(
        calendar, add_working(calendar, add_working(calendar, start, one), two), at_once
    ) == timedelta(0)


def test_every_step_leads_to_a_known_state_and_the_ends_are_ends():
    assert set(states.STEPS) == set().union(*states.STEPS.values(), {states.ACKNOWLEDGED})
    assert {state for state, after in states.STEPS.items() if not after} == {
        states.CANCELLED,
        states.REJECTED,
    }
    assert not states.may_follow(states.RESOLVED, states.CANCELLED)
    assert not states.may_follow(states.ACKNOWLEDGED, states.CLOSED)
    assert not states.may_follow("nonsense", states.CLOSED)


def test_only_waiting_for_the_customer_stops_the_clock_and_never_the_regulators():
    assert states.pauses(states.PENDING, "customer", regulator=False)
    assert not states.pauses(states.PENDING, "third_party", regulator=False)
    assert not states.pauses(states.PENDING, "customer", regulator=True)
    assert not states.pauses(states.HELD, "", regulator=False)


def test_the_nearest_category_wins_then_priority_then_tier():
    targets = [
        levels.Target(None, "", "", 400, 4000),
        levels.Target(None, "high", "diamond", 10, 100),
        levels.Target(1, "", "", 300, 3000),
        levels.Target(2, "", "", 200, 2000),
        levels.Target(2, "high", "", 100, 1000),
    ]
    assert levels.target_of(targets, line=[2, 1], priority="high", tier="diamond") == (100, 1000)
    assert levels.target_of(targets, line=[2, 1], priority="low", tier="diamond") == (200, 2000)
    assert levels.target_of(targets, line=[3, 1], priority="high", tier="diamond") == (300, 3000)
    assert levels.target_of(targets, line=[9], priority="high", tier="diamond") == (10, 100)
    assert levels.target_of([], line=[], priority="urgent", tier="") == (30, 240)


def test_alarms_come_at_their_share_of_the_working_time():
    opened, due = local("2026-09-28 09:00"), local("2026-09-29 10:30")
    minutes = 540
    half = levels.alarm_at(OFFICE, due=due, minutes=minutes, percent=50, now=opened)
    assert half == local("2026-09-28 15:00")
    assert levels.alarm_at(OFFICE, due=due, minutes=minutes, percent=100, now=opened) == due
    late = local("2026-09-28 16:00")
    assert levels.alarm_at(OFFICE, due=due, minutes=minutes, percent=50, now=late) == late


def test_a_clock_tells_what_is_left_and_used():
    due = local("2026-09-29 10:30")
    half = levels.clock(OFFICE, due=due, minutes=540, left=0, now=local("2026-09-28 15:00"))
    assert (half.left, half.share) == (timedelta(hours=4.5), 0.5)
    over = levels.clock(OFFICE, due=due, minutes=540, left=0, now=local("2026-09-29 11:30"))
    assert over.left == timedelta(hours=-1)
    assert over.share > 1
    paused = levels.clock(OFFICE, due=None, minutes=60, left=900, now=due)
    assert (paused.left, paused.share) == (timedelta(minutes=15), 0.75)


def test_the_regulator_counts_whole_days():
    received = local("2026-09-28 16:20")
    due = levels.end_of_day(received, 10, Calendar.always(ZONE))
    assert due == local("2026-10-09 00:00")


def test_the_next_ticket_goes_to_the_skilled_with_the_least_who_waited_longest():
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    idle = routing.Candidate(1, False, 0, None)
    able = [
        routing.Candidate(2, True, 3, late),
        routing.Candidate(3, True, 2, late),
        routing.Candidate(4, True, 2, early),
    ]
    assert routing.choose([idle, *able]) == 4
    assert routing.choose([idle]) == 1
    assert routing.choose([]) is None
