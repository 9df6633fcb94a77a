"""The calendar: one's own day, the team's, what is due, and what a calendar program reads."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from loopline.desk import actions, queries
from loopline.desk.actions import AppointmentInput
from loopline.desk.models import Appointment
from loopline.identity.api import Staff
from loopline.kernel import clock
from loopline.kernel.agenda import Span
from loopline.kernel.errors import Conflict, NotFound
from loopline.testing import same_query_count
from loopline.worklist import api as worklist

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
WEEK = Span(MONDAY - timedelta(hours=9), MONDAY + timedelta(days=7))


def _make(operator, who, **values):
    with operator.door(who) as actor:
        wanted = AppointmentInput(**({"title": "晨会", "starts_at": MONDAY} | values))
        return actions.make_appointment(actor=actor, wanted=wanted).public_id


def _titles(operator, who, span=WEEK):
    with operator.door(who) as actor:
        return [entry.title for entry in queries.entries(actor, span)]


def _key(operator, who):
    with operator.door():
        return Staff.objects.get(pk=operator.staff[who]).public_id


def test_an_appointment_is_in_the_calendars_of_those_who_take_part_and_of_nobody_else(operator):
    _make(operator, "clerk1", attendees=[_key(operator, "southerner")])
    assert _titles(operator, "clerk1") == ["晨会"]
    assert _titles(operator, "southerner") == ["晨会"]
    assert _titles(operator, "clerk2") == []
    assert _titles(operator, "north") == []
    team = Span(WEEK.start, WEEK.end, team=True)
    assert _titles(operator, "north", team) == ["晨会"]
    assert _titles(operator, "clerk2", team) == []


def test_what_is_private_is_seen_by_the_owner_and_his_guests_alone(operator):
    key = _make(operator, "clerk1", title="体检", is_private=True, attendees=[_key(operator, "marketer")])
    for who, count in {"clerk1": 1, "marketer": 1, "north": 0, "admin": 0, "clerk2": 0}.items():
        with operator.door(who):
            assert Appointment.objects.filter(public_id=key).count() == count, who
    assert operator.client("admin").get(f"/calendar/{key}").status_code == 404


def test_tasks_with_a_due_time_stand_beside_the_appointments(operator):
    with operator.door() as actor:
        for title, assignee in (("回访王女士", "clerk1"), ("送合同", "clerk2")):
            worklist.create_task(
                actor=actor,
                task=worklist.NewTask(
                    kind="other",
                    title=title,
                    branch=operator.units["north-1"],
                    assignee=operator.staff[assignee],
                    due_at=MONDAY + timedelta(hours=2),
                ),
            )
    _make(operator, "clerk1")
    assert _titles(operator, "clerk1") == ["晨会", "回访王女士"]
    assert _titles(operator, "clerk1", Span(WEEK.start, WEEK.end, team=True)) == ["晨会", "回访王女士"]


def test_only_the_owner_changes_it_and_not_over_somebody_elses_change(operator):
    key = _make(operator, "clerk1", attendees=[_key(operator, "clerk2")])
    wanted = AppointmentInput("改期", MONDAY + timedelta(days=1))
    with operator.door("clerk2") as actor, pytest.raises(actions.NotYours):
        actions.change_appointment(actor=actor, public_id=key, wanted=wanted)
    with operator.door("southerner") as actor, pytest.raises(NotFound):
        actions.move_appointment(actor=actor, public_id=key, by=timedelta(days=1))
    with operator.door("clerk1") as actor:
        actions.move_appointment(actor=actor, public_id=key, by=timedelta(minutes=-30))
        with pytest.raises(Conflict):
            actions.change_appointment(actor=actor, public_id=key, wanted=wanted, version=1)
        row = queries.get_appointment(actor, key)
    assert (row.starts_at, row.minutes, row.version) == (MONDAY - timedelta(minutes=30), 60, 2)


def test_a_guest_takes_himself_out_and_the_owner_cancels(operator):
    key = _make(operator, "clerk1", attendees=[_key(operator, "clerk2")])
    with operator.door("clerk2") as actor:
        actions.cancel_appointment(actor=actor, public_id=key)
    assert (_titles(operator, "clerk1"), _titles(operator, "clerk2")) == (["晨会"], [])
    with operator.door("clerk1") as actor:
        actions.cancel_appointment(actor=actor, public_id=key)
    assert _titles(operator, "clerk1") == []


def test_a_long_one_stands_on_each_of_its_days(operator):
    _make(operator, "clerk1", title="年会", starts_at=MONDAY - timedelta(days=3), minutes=5 * 1440)
    assert _titles(operator, "clerk1", Span(MONDAY, MONDAY + timedelta(hours=1))) == ["年会"]
    later = MONDAY + timedelta(days=3)
    assert _titles(operator, "clerk1", Span(later, later + timedelta(days=1))) == []


def test_it_is_made_moved_and_cancelled_on_screen(operator):
    client = operator.client("clerk1")
    form = {"title": "拜访", "day": "2026-11-24", "time": "14:30", "minutes": "90", "link": "/tickets"}
    empty = client.post("/calendar/new", form | {"title": ""})
    assert (empty.status_code, "Please write what it is about." in empty.content.decode()) == (422, True)
    assert client.post("/calendar/new", form | {"day": "2026-13-40"}).status_code == 422
    made = client.post("/calendar/new", form | {"attendees": [str(_key(operator, "clerk2"))]})
    assert made["Location"] == "/calendar?day=2026-11-24"
    for view in ("day", "week", "month"):
        page = client.get(f"/calendar?view={view}&day=2026-11-24").content.decode()
        assert "拜访" in page and "14:30–16:00" in page, view
    key = UUID(page.split('calendar-entry is-accent" href="/calendar/')[1].split('"')[0])
    assert client.post(f"/calendar/{key}/move", {"by": "day_later"}).status_code == 302
    assert "25 Nov 2026 14:30 · 1.5 h" in client.get(f"/calendar/{key}").content.decode()
    assert client.post(f"/calendar/{key}/move", {"by": "a year"}).status_code == 404
    edited = form | {"title": "回访", "day": "2026-11-25", "version": "2", "all_day": "on"}
    assert client.post(f"/calendar/{key}/edit", edited).status_code == 302
    page = client.get(f"/calendar/{key}").content.decode()
    assert "回访" in page and "25 Nov 2026 · all day" in page and "孙二" not in page
    assert client.post(f"/calendar/{key}/cancel").status_code == 302
    assert client.get(f"/calendar/{key}").status_code == 404


def test_a_program_reads_the_calendar_by_its_key_until_there_is_a_new_one(operator):
    _make(operator, "clerk1", title="晨会；带台账, 全员", starts_at=clock.now(), place="三楼" * 20)
    client, program = operator.client("clerk1"), Client()
    page = client.post("/calendar/share", {"act": "new"}).content.decode()
    address = page.split('class="feed-address">')[1].split("<")[0].removeprefix("http://testserver")
    answer = program.get(address)
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "SUMMARY:晨会；带台账\\, 全员\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "LOCATION:" + "三楼" * 20 in text.replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 1
    assert program.get(address.replace("/feed/", "/feed/9")).status_code == 404
    assert program.get("/calendar").status_code == 302
    client.post("/calendar/share", {"act": "new"})
    assert program.get(address).status_code == 404


def test_the_week_takes_the_same_queries_however_much_stands_in_it(operator):
    client = operator.client("clerk1")
    for _more in range(2):
        for hour in range(3):
            _make(operator, "clerk1", starts_at=clock.now() + timedelta(hours=hour))
        with same_query_count("calendar week"):
            assert client.get("/calendar").status_code == 200


def test_a_program_keeps_appointments_over_the_api(operator):
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}
    call = {"headers": token, "content_type": "application/json"}
    given = {"title": "盘点", "starts_at": MONDAY.isoformat(), "attendees": [str(_key(operator, "clerk2"))]}
    made = Client().post("/api/v1/desk/appointments", given, **call)
    assert (made.status_code, made.json()["attendees"]) == (201, ["clerk2"])
    one = f"/api/v1/desk/appointments/{made.json()['id']}"
    changed = Client().put(one, given | {"minutes": 15, "version": 1}, **call).json()
    assert (changed["minutes"], changed["version"]) == (15, 2)
    assert Client().put(one, given | {"version": 1}, **call).status_code == 409
    days = {"start": WEEK.start.isoformat(), "end": WEEK.end.isoformat()}
    listed = Client().get("/api/v1/desk/calendar", days, headers=token).json()
    assert [entry["title"] for entry in listed] == ["盘点"]
    other = {"headers": {"authorization": f"Bearer {operator.token('southerner')}"}}
    assert Client().get(one, **other).status_code == 404
    assert Client().delete(one, headers=token).status_code == 204
