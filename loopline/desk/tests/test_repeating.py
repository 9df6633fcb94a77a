"""What repeats: its days as a calendar program would count them, one day of it changed or left out, and its rule."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loopline.desk import actions, ical, queries
from loopline.desk.actions import AppointmentInput
from loopline.desk.models import Appointment
from loopline.desk.repeating import Series
from loopline.kernel.agenda import Span
from loopline.kernel.errors import NotFound

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
FREQUENCIES = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY}
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(DAYS, st.sampled_from(sorted(FREQUENCIES)), st.none() | DAYS, DAYS, st.integers(0, 400))
def test_the_days_are_those_of_the_standard(first, repeats, until, begin, length):
    end = begin + timedelta(days=length)
    rule = rrule.rrule(
        FREQUENCIES[repeats],
        dtstart=datetime.combine(first, datetime.min.time()),
        until=datetime.combine(until, datetime.min.time()) if until else None,
    )
    wanted = [
        moment.date()
        for moment in rule.between(
            datetime.combine(begin, datetime.min.time()),
            datetime.combine(end, datetime.min.time()) - timedelta(seconds=1),
            inc=True,
        )
    ]
    series = Series(first, repeats, until)
    assert list(series.days(begin, end)) == wanted
    left = Series(first, repeats, until, frozenset(wanted[:2]))
    assert list(left.days(begin, end)) == wanted[2:]
    assert series.has(begin) is (begin in wanted) or not length


def make(operator, who="clerk1", **values):
    wanted = AppointmentInput(**({"title": "晨会", "starts_at": MONDAY, "repeats": "weekly"} | values))
    with operator.door(who) as actor:
        return actions.make_appointment(actor=actor, wanted=wanted).public_id


def days_of(operator, first, count, who="clerk1"):
    span = Span(first, first + timedelta(days=count))
    with operator.door(who) as actor:
        return [(one.title, one.starts_at.isoformat()[:16]) for one in queries.entries(actor, span)]


def test_it_stands_on_each_of_its_days_up_to_the_last(operator):
    make(operator, until=date(2026, 12, 7))
    assert days_of(operator, MONDAY, 60) == [
        ("晨会", "2026-11-23T01:00"),
        ("晨会", "2026-11-30T01:00"),
        ("晨会", "2026-12-07T01:00"),
    ]
    assert days_of(operator, MONDAY + timedelta(days=20), 60) == []
    assert days_of(operator, MONDAY, 60, who="clerk2") == []


def test_it_keeps_its_time_of_day_where_clocks_change(operator):
    with operator.door() as system:
        row = Appointment(
            owner_id=operator.staff["clerk1"], branch_id=operator.units["north-1"], title="x", repeats="daily",
            starts_at=datetime(2026, 10, 24, 7, tzinfo=UTC), minutes=30,
        )  # fmt: skip
        span = Span(row.starts_at, row.starts_at + timedelta(days=3))
        told = list(queries.moments(row, span, ZoneInfo("Europe/Berlin")))
        assert system.zone == ZoneInfo("Asia/Shanghai")
    assert [moment.hour for moment in told] == [7, 8, 8]


def test_one_day_is_left_out_and_another_changed_by_itself(operator):
    key = make(operator)
    second, third = date(2026, 11, 30), date(2026, 12, 7)
    later = AppointmentInput("晨会改下午", MONDAY + timedelta(days=14, hours=5), repeats="weekly")
    with operator.door("clerk2") as actor, pytest.raises(NotFound):
        actions.skip_day(actor=actor, public_id=key, day=second)
    with operator.door("clerk1") as actor:
        actions.skip_day(actor=actor, public_id=key, day=second)
        with pytest.raises(NotFound):
            actions.skip_day(actor=actor, public_id=key, day=second)
        single = actions.change_day(actor=actor, public_id=key, day=third, wanted=later)
        assert (single.repeats, single.until) == ("", None)
    assert days_of(operator, MONDAY, 22) == [
        ("晨会", "2026-11-23T01:00"),
        ("晨会改下午", "2026-12-07T06:00"),
        ("晨会", "2026-12-14T01:00"),
    ]
    with operator.door("clerk1") as actor:
        actions.move_appointment(actor=actor, public_id=key, by=timedelta(days=1))
    assert ("晨会", "2026-12-01T01:00") not in days_of(operator, MONDAY, 22)


def test_it_ends_no_earlier_than_it_begins(operator):
    with pytest.raises(actions.EndsBefore):
        make(operator, until=date(2026, 11, 22))
    with pytest.raises(actions.EndsBefore):
        make(operator, repeats="hourly")


def test_a_calendar_program_reads_the_rule_and_its_exceptions(operator):
    key = make(operator, until=date(2026, 12, 31))
    with operator.door("clerk1") as actor:
        actions.skip_day(actor=actor, public_id=key, day=date(2026, 11, 30))
        found = queries.entries(actor, Span(MONDAY, MONDAY + timedelta(days=60)))
        text = ical.calendar(found, actor, str, "house", MONDAY)
        unsteady = ical.Reader(actor, str, "house", MONDAY)
    assert unsteady.is_steady
    assert text.count("BEGIN:VEVENT") == 1
    for line in (
        "TZID:Asia/Shanghai",
        "TZOFFSETTO:+0800",
        "DTSTART;TZID=Asia/Shanghai:20261123T090000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231T010000Z",
        "EXDATE;TZID=Asia/Shanghai:20261130T090000",
    ):
        assert f"{line}\r\n" in text, line


def test_it_is_made_changed_and_left_out_on_screen(operator):
    client = operator.client("clerk1")
    form = {
        "title": "盘点", "day": "2026-11-24", "time": "14:30", "minutes": "60", "repeats": "monthly",
        "until": "2027-02-24",
    }  # fmt: skip
    wrong = client.post("/calendar/new", form | {"until": "2026-11-01"})
    assert (wrong.status_code, b"ends on its first day or later" in wrong.content) == (422, True)
    assert client.post("/calendar/new", form).status_code == 302
    month = client.get("/calendar?view=month&day=2026-12-01").content.decode()
    key = UUID(month.split('calendar-entry is-accent" href="/calendar/')[1].split("?")[0])
    assert f"/calendar/{key}?day=2026-12-24" in month
    page = client.get(f"/calendar/{key}?day=2026-12-24").content.decode()
    assert "24 Dec 2026 14:30 · 1 h · Every month up to 24 Feb 2027" in page
    assert client.get(f"/calendar/{key}?day=2026-12-25").status_code == 404
    only = client.get(f"/calendar/{key}/edit?only=2026-12-24").content.decode()
    assert 'name="only" value="2026-12-24"' in only and 'name="repeats"' not in only
    one = {"title": "年终盘点", "day": "2026-12-26", "time": "10:00", "minutes": "120", "only": "2026-12-24"}
    assert client.post(f"/calendar/{key}/edit", one | {"version": "1"}).status_code == 302
    assert client.post(f"/calendar/{key}/skip", {"day": "2027-01-24"}).status_code == 302
    assert [title for title, _at in days_of(operator, MONDAY, 100)] == ["盘点", "年终盘点", "盘点"]
    assert client.post(f"/calendar/{key}/skip", {"day": "2027-01-24"}).status_code == 404


def test_programs_repeat_and_leave_out(operator):
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}
    call = {"headers": token, "content_type": "application/json"}
    given = {"title": "盘点", "starts_at": MONDAY.isoformat(), "repeats": "daily", "until": "2026-11-27"}
    made = Client().post("/api/v1/desk/appointments", given, **call).json()
    assert (made["repeats"], made["until"], made["skipped"]) == ("daily", "2026-11-27", [])
    one = f"/api/v1/desk/appointments/{made['id']}"
    left = Client().delete(f"{one}/days/2026-11-24", **call).json()
    assert left["skipped"] == ["2026-11-24"]
    changed = Client().put(f"{one}/days/2026-11-25", given | {"minutes": 15}, **call).json()
    assert (changed["minutes"], changed["repeats"]) == (15, "")
    days = {"start": MONDAY.isoformat(), "end": (MONDAY + timedelta(days=6)).isoformat()}
    listed = Client().get("/api/v1/desk/calendar", days, headers=token).json()
    assert len(listed) == 4
