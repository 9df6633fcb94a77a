"""Key accounts where people look for them: search, calendar, files, and forms that keep what was typed."""

from datetime import UTC, date, datetime

import pytest

from loopline.customers import panels
from loopline.imports import api as imports
from loopline.kernel import agenda, clock, finding
from loopline.kernel.agenda import Span
from loopline.keyaccounts import api
from loopline.keyaccounts.models import Charge, KeyPerson, Member, Run
from loopline.keyaccounts.tests.ground import NOW, TODAY, account, found_desk

WEEK = Span(datetime(2026, 6, 14, 16, tzinfo=UTC), datetime(2026, 6, 21, 16, tzinfo=UTC))


@pytest.fixture
def desk(operator):
    panels.load()
    made = found_desk(operator)
    with operator.door() as system:
        person = account(operator, "north-1", "王大力", tier="gold")
        house = account(operator, "north-1", "红星机械厂", kind="organisation")
        works = account(operator, "north-1", "红星机械厂二分厂", kind="organisation")
        api.put_in_charge(actor=system, post=made.posts["am1"], chosen=[person, house], now=clock.now())
        group = api.make_group(actor=system, customer=house, grade="A", industry="制造")
        api.make_group(actor=system, customer=works, grade="B", industry="制造", parent=group)
        staff = made.posts["am1"].staff
        api.plan_visit(actor=system, customer=person, at=NOW, purpose="季度走访", staff=staff)
        api.add_step(actor=system, customer=person, title="生日祝福", way="call", due_on=TODAY)
    made.person, made.group, made.house = person, group, house
    return made


def hits(desk, who, text):
    with desk.operator.door(who) as actor:
        return {group.name: group.hits for group in finding.find(actor, text, 10)}.get("groups", [])


def test_groups_are_found_by_their_number_and_their_organisation_s_name(desk):
    (by_number,) = hits(desk, "am1", desk.group.number.lower())
    assert by_number.url == f"/groups/{desk.group.public_id}"
    named = hits(desk, "am1", "红星机械")
    assert [hit.label for hit in named] == ["红星机械厂", "红星机械厂二分厂"]
    assert named[1].detail.endswith(" · Grade B · 制造 · 红星机械厂")
    assert hits(desk, "am3", desk.group.number) == []
    assert hits(desk, "clerk1", desk.group.number) == []


def test_visits_and_care_stand_in_the_calendar_of_who_looks_after_the_customer(desk):
    def due(who, span):
        with desk.operator.door(who) as actor:
            found = agenda.due(actor, span)
            return sorted((one.title, one.who) for one in found if one.icon in ("map-pin", "heart-handshake"))

    both = [("季度走访", "客一"), ("生日祝福", "客一")]
    assert due("am1", WEEK) == both
    assert due("am2", WEEK) == []
    assert due("am1", Span(WEEK.end, WEEK.end.replace(day=28))) == []
    page = desk.operator.client("am1").get("/calendar?day=2026-06-15").content.decode()
    assert "季度走访" in page and "王*" in page and "王大力" not in page


def test_a_refused_form_keeps_what_was_typed_and_nothing_else(desk):
    browser = desk.operator.client("am1")
    page = f"/groups/{desk.group.public_id}"
    form = {"name": "李经理", "role": "decides", "telephone": "12", "note": "周三在", "back": page}
    refused = browser.post(f"{page}/people", form)
    told = refused.content.decode()
    assert refused.status_code == 422
    assert f'action="{page}/people" data-typed="' in told
    assert "周三在" in told and 'data-refused="telephone"' in told
    assert 'value="12"' not in told and "<h1>" in told
    with desk.operator.door():
        assert not KeyPerson.objects.exists()
    assert browser.post(f"{page}/people", form | {"back": "//evil"}).status_code == 422
    assert browser.post(f"{page}/people", form | {"telephone": "13800138000"}).status_code == 302


def brought(desk, path, target, who="director"):
    with desk.operator.door(who) as actor:
        run = imports.take_up(actor=actor, path=path, target=target)
    imports.carry_out(desk.operator.tenant, run.pk)
    with desk.operator.door(who):
        run.refresh_from_db()
        return run, [(each.row_number, each.code) for each in imports.rejects_of(run)]


def file_of(tmp_path, head, rows):
    path = tmp_path / "file.csv"
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def test_members_come_by_file_once_and_every_row_is_accounted_for(desk, tmp_path):
    with desk.operator.door():
        other = api.Group.objects.exclude(pk=desk.group.pk).get()
        people = [account(desk.operator, "north-1", f"员工{n}").number for n in range(3)]
    rows = [
        (people[0], desk.group.number, "2026-05-02", "车间主任"),
        (people[1], desk.group.number.lower(), "", ""),
        (people[2], "G999999", "2026-05-02", ""),
        ("C99999999", desk.group.number, "2026-05-02", ""),
    ]
    head = "客户编号,集团编号,加入日期,角色"
    run, rejected = brought(desk, file_of(tmp_path, head, rows), "group_members")
    assert (run.read, run.created, run.rejected) == (4, 2, 2)
    assert rejected == [(4, "no_such_group"), (5, "no_such_customer")]
    with desk.operator.door():
        member = Member.objects.get(customer__number=people[0])
        assert (member.group_id, member.since, member.role) == (desk.group.pk, date(2026, 5, 2), "车间主任")
    rows = [(people[0], desk.group.number, "2026-05-02", "厂长"), (people[1], other.number, "", "")]
    run, rejected = brought(desk, file_of(tmp_path, head, rows), "group_members")
    assert (run.created, run.updated) == (0, 1)
    with desk.operator.door():
        assert Member.objects.get(customer__number=people[0]).role == "厂长"
        assert Member.objects.get(customer__number=people[1]).group_id == desk.group.pk
    new = file_of(tmp_path, head, [(desk.person.number, other.number, "", "")])
    assert brought(desk, new, "group_members")[0].created == 1
    with desk.operator.door() as system:
        api.end_membership(
            actor=system, member=Member.objects.get(customer=desk.person), on=clock.today(system.zone)
        )


def test_customers_come_into_hands_by_file_and_one_step_takes_it_back(desk, tmp_path):
    with desk.operator.door():
        new = [account(desk.operator, "north-1", f"客户{n}").number for n in range(2)]
    rows = [(new[0], "am2"), (new[1], "AM2"), (desk.person.number, "am1"), (desk.house.number, "nobody")]
    run, rejected = brought(desk, file_of(tmp_path, "客户编号,客户经理", rows), "charges")
    assert (run.read, run.created, run.duplicates) == (4, 2, 1)
    assert rejected == [(5, "no_such_manager")]
    with desk.operator.door():
        held = Charge.objects.filter(until=None, post=desk.posts["am2"])
        assert sorted(held.values_list("customer__number", flat=True)) == sorted(new)
    with desk.operator.door("director") as director:
        api.undo_run(actor=director, run=Run.objects.latest("pk"), now=clock.now())
        assert not Charge.objects.filter(until=None, post=desk.posts["am2"]).exists()
