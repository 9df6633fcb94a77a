"""A report is made: figures equal to the pivot's, each reader his own, on time, once."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.http import QueryDict

from loopline.billing.models import Bill
from loopline.documents import api as documents
from loopline.identity.models import Role, Staff
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed, NotFound
from loopline.kernel.scope import Scope, enter
from loopline.messaging.models import Message
from loopline.olap import api as olap
from loopline.reports import api, making, refusals
from loopline.reports.adapters.folder import FolderMailer
from loopline.reports.laying import question_of
from loopline.reports.mail import Mail
from loopline.reports.models import Delivery, DeliveryStatus, Edition, Report, Run, RunStatus, Schedule
from loopline.reports.standard import STANDARD
from loopline.testing import Operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books

FEBRUARY = date(2026, 2, 1)
SECTION = {
    "title": "收入", "title_en": "Revenue", "cube": "revenue", "months": 2,
    "question": "rows=month,branch&measures=revenue,discount,arpu",
}  # fmt: skip
MONEY = Decimal


def designed(operator: Operator, *sections: dict[str, Any], shared: bool = True) -> Report:
    with operator.door("analyst") as actor:
        draft = api.Draft("月报", "Monthly", is_shared=shared, sections=sections or (SECTION,))
        return api.keep_report(actor=actor, draft=draft)


def made(operator: Operator, report: Report, who: str = "analyst", **wanted: Any) -> Run:
    """A run, asked for and made."""
    with operator.door(who) as actor:
        run = api.run_report(actor=actor, report=report.public_id, month=FEBRUARY, **wanted)
    return api.produce(operator.tenant, run.pk)


def book_of(operator: Operator, run: Run, who: str = "analyst") -> Any:
    """The workbook as somebody gets it."""
    with operator.door(who) as actor:
        mine = [one for one in Edition.objects.filter(run=run) if api.may_open(actor, one)]
        _document, content = api.edition_file(actor, mine[0].public_id, "xlsx")
    return openpyxl.load_workbook(io.BytesIO(content))


def numbers(sheet: Any) -> list[Decimal | None]:
    """Every figure of a section's sheet, row by row."""
    first = sheet.freeze_panes
    row, column = (
        openpyxl.utils.cell.coordinate_from_string(first)[1],
        openpyxl.utils.column_index_from_string("".join(filter(str.isalpha, first))),
    )
    cells = [cell.value for line in sheet.iter_rows(min_row=row, min_col=column) for cell in line]
    return [None if value is None else Decimal(str(value)) for value in cells]


def test_every_number_in_the_file_is_the_pivots(operator):
    report = designed(operator)
    run = made(operator, report)
    assert (run.status, run.error) == (RunStatus.DONE, "")
    book = book_of(operator, run)
    assert book.sheetnames == ["目录", "1 收入"]
    with operator.door("analyst") as actor:
        question = question_of(SECTION, api.Parameters(FEBRUARY))
        answer = olap.ask(actor, question)
    expected = [
        figure
        for row in range(len(answer.rows.keys))
        for column in range(len(answer.columns.keys))
        for figure in answer.values[row, column]
    ]
    found = numbers(book["1 收入"])
    assert len(found) == len(expected) == 15
    for number, figure in zip(found, expected, strict=True):
        assert number == (None if figure is None else pytest.approx(Decimal(figure), rel=Decimal("1e-12")))
    assert answer.figure() == MONEY("184.66")
    assert book["1 收入"].freeze_panes == "C5"
    assert book["1 收入"]["C5"].number_format == "#,##0.00"


@pytest.mark.parametrize("code", [each.code for each in STANDARD])
def test_every_standard_report_is_laid_out_in_both_languages(operator, code):
    with operator.door() as actor:
        api.bring_standard(actor=actor)
        assert api.bring_standard(actor=actor) == 0
        report = Report.objects.get(code=code)
    for language in ("zh-hans", "en"):
        with operator.door() as actor, making.reading(actor, language):
            names = {"name": report.name, "name_en": report.name_en, "about": report.about}
            paper = api.lay(actor, names, report.sections, api.Parameters(FEBRUARY))
            assert [laid.fault for laid in paper.sections] == [""] * len(report.sections)
            assert making.paper.document(paper).startswith(b"%PDF-")
            assert openpyxl.load_workbook(io.BytesIO(making.files.workbook(paper))).sheetnames[0] == (
                "目录" if language == "zh-hans" else "Contents"
            )


def test_each_gets_what_he_may_see_and_equals_share_an_edition(operator, tmp_path):
    report = designed(operator)
    with operator.door("analyst") as actor:
        for who in ("north", "southerner", "marketer"):
            api.add_recipient(actor=actor, report=report.public_id, staff=who)
    run = made(operator, report, send=True)
    with operator.door():
        editions = list(Edition.objects.filter(run=run).order_by("pk"))
        staff = operator.staff
        assert sorted(tuple(one.people) for one in editions) == sorted(
            [tuple(sorted((staff["analyst"], staff["marketer"]))), (staff["north"],), (staff["southerner"],)]
        )
    totals = {}
    for who in ("marketer", "north", "southerner"):
        figures = numbers(book_of(operator, run, who)["1 收入"])
        totals[who] = max((figure for figure in figures if figure is not None), default=MONEY(0))
    assert totals == {"marketer": MONEY("184.66"), "north": MONEY("184.66"), "southerner": MONEY(0)}
    with operator.door("southerner") as actor:
        others = [one for one in editions if operator.staff["southerner"] not in one.people]
        for each in others:
            with pytest.raises(NotFound):
                api.edition_file(actor, each.public_id, "pdf")
        for document in documents.documents_of(others[0]):
            with pytest.raises(NotFound):
                documents.get_document(actor, document.public_id)


def test_a_run_is_repeated_from_its_snapshot(operator, books: Books):
    report = designed(operator)
    before = made(operator, report)
    first = numbers(book_of(operator, before)["1 收入"])
    with operator.door():
        Bill.objects.filter(pk=books.bills[-1]).update(discount=MONEY("5.00"), amount=MONEY("25.00"))
    warehouse.refresh(operator.tenant)
    with operator.door("analyst") as actor:
        seen = api.get_run(actor, before.public_id)
    repeated = made(operator, report, again=seen)
    now = made(operator, report)
    assert repeated.snapshot == before.snapshot != now.snapshot
    assert numbers(book_of(operator, repeated)["1 收入"]) == first
    assert numbers(book_of(operator, now)["1 收入"]) != first


# Time


def at(text: str) -> Any:
    """The clock, stopped at a moment of the operator's zone."""
    return clock.frozen(datetime.fromisoformat(f"{text}+08:00"))


def test_a_schedule_makes_its_report_once_on_the_working_day(operator):
    report = designed(operator)
    with at("2026-02-10T12:00"), operator.door("analyst") as actor:
        kept = api.set_schedule(
            actor=actor,
            report=report.public_id,
            rhythm="monthly",
            day=16,
            hour=8,
            working_days=True,
            now=clock.now(),
        )
        assert kept is not None and kept.next_at == datetime(2026, 2, 24, 0, tzinfo=UTC)
    for moment, runs in (("2026-02-23T23:59", 0), ("2026-02-24T08:00", 1), ("2026-02-24T08:01", 1)):
        with at(moment), enter(Scope(operator.tenant)):
            api.take_due(actor=operator.actor(), now=clock.now())
            assert Run.objects.filter(report=report).count() == runs
    with operator.door():
        run = Run.objects.get(report=report)
        assert (run.month, run.send, run.by_id) == (date(2026, 1, 1), True, 0)
        assert Schedule.objects.get(report=report).next_at == datetime(2026, 3, 16, 0, tzinfo=UTC)


def test_what_was_missed_is_made_once(operator):
    report = designed(operator)
    with at("2026-03-02T07:00"), operator.door("analyst") as actor:
        api.set_schedule(
            actor=actor,
            report=report.public_id,
            rhythm="daily",
            day=1,
            hour=8,
            working_days=False,
            now=clock.now(),
        )
    with at("2026-03-20T12:00"), enter(Scope(operator.tenant)):
        assert len(api.take_due(actor=operator.actor(), now=clock.now())) == 1
        assert api.take_due(actor=operator.actor(), now=clock.now()) == []
        assert Schedule.objects.get(report=report).next_at == datetime(2026, 3, 21, 0, tzinfo=UTC)


# Mail


class Killed(BaseException):
    """What `kill -9` is to a process: nothing after it runs."""


class Post(FolderMailer):
    """Counts the mails, and can be killed around the handing over."""

    sent: list[str]
    kill: str

    def send(self, mail: Mail) -> None:
        if self.kill == "before":
            raise Killed
        super().send(mail)
        self.sent.append(mail.to)
        if self.kill == "after":
            raise Killed


def post(folder: Path, kill: str = "") -> Post:
    made = Post(folder, "crm@example.com")
    object.__setattr__(made, "sent", [])
    object.__setattr__(made, "kill", kill)
    return made


def scheduled(operator: Operator) -> Run:
    """A run for one person with an address, and one at an address outside."""
    report = designed(operator)
    with operator.door():
        Staff.objects.filter(pk=operator.staff["north"]).update(email="north@example.com")
    with operator.door("admin") as actor:
        standing = Report.objects.filter(pk=report.pk)
        standing.update(owner_id=actor.staff_id)
        api.add_recipient(actor=actor, report=report.public_id, staff="north")
        api.add_recipient(actor=actor, report=report.public_id, address="board@example.com")
        return api.run_report(actor=actor, report=report.public_id, month=FEBRUARY, send=True)


def test_mail_goes_out_with_both_files_and_a_message_in_the_house(operator, tmp_path):
    run, out = scheduled(operator), post(tmp_path)
    assert making.produce(operator.tenant, run.pk, out).status == RunStatus.DONE
    assert sorted(out.sent) == ["board@example.com", "north@example.com"]
    with operator.door():
        told = Delivery.objects.filter(edition__run=run).order_by("address")
        assert [(one.address, one.status) for one in told] == [
            ("board@example.com", DeliveryStatus.SENT),
            ("north@example.com", DeliveryStatus.SENT),
        ]
    with operator.door("north"):
        assert Message.objects.filter(link=f"/reports/{run.report.public_id}").count() == 1


@pytest.mark.parametrize(("kill", "times"), [("before", 1), ("after", 1)])
def test_a_killed_run_goes_on_without_double_mail(operator, tmp_path, kill, times):
    run, dying = scheduled(operator), post(tmp_path, kill)
    with pytest.raises(Killed):
        making.produce(operator.tenant, run.pk, dying)
    again = post(tmp_path)
    assert making.produce(operator.tenant, run.pk, again).status == RunStatus.DONE
    assert len(list(tmp_path.glob("*.eml"))) == 2
    assert sorted(dying.sent + again.sent) == sorted(["board@example.com", "north@example.com"] * times)
    assert making.produce(operator.tenant, run.pk, again).status == RunStatus.DONE
    assert len(dying.sent + again.sent) == 2


def test_where_the_way_out_cannot_tell_nobody_sends_twice(operator, tmp_path):
    class Silent(Post):
        def knows(self, message: str) -> None:  # type: ignore[override]
            return None

    run = scheduled(operator)
    dying = Silent(tmp_path, "crm@example.com")
    object.__setattr__(dying, "sent", [])
    object.__setattr__(dying, "kill", "after")
    with pytest.raises(Killed):
        making.produce(operator.tenant, run.pk, dying)
    object.__setattr__(dying, "kill", "")
    making.produce(operator.tenant, run.pk, dying)
    assert len(dying.sent) == 2
    with operator.door():
        states = Delivery.objects.filter(edition__run=run).order_by("pk").values_list("status", flat=True)
        assert sorted(states) == [DeliveryStatus.SENT, DeliveryStatus.UNKNOWN]


def test_a_run_killed_between_editions_makes_the_missing_one(operator, tmp_path, monkeypatch):
    report = designed(operator)
    with operator.door("analyst") as actor:
        for who in ("north", "southerner"):
            api.add_recipient(actor=actor, report=report.public_id, staff=who)
        run = api.run_report(actor=actor, report=report.public_id, month=FEBRUARY, send=True)
    whole, calls = making.paper.document, []

    def dies_at_the_second(paper: api.Paper) -> bytes:
        calls.append(paper.title)
        if len(calls) == 2:
            raise Killed
        return whole(paper)

    monkeypatch.setattr(making.paper, "document", dies_at_the_second)
    with pytest.raises(Killed):
        making.produce(operator.tenant, run.pk, post(tmp_path))
    with operator.door():
        assert Edition.objects.filter(run=run).count() == 1
    assert making.produce(operator.tenant, run.pk, post(tmp_path)).status == RunStatus.DONE
    assert len(calls) == 4
    with operator.door():
        assert Edition.objects.filter(run=run).count() == 3
        assert Message.objects.filter(link=f"/reports/{report.public_id}").count() <= 2


# Rights


def test_addresses_outside_need_a_permission(operator):
    report = designed(operator)
    with pytest.raises(NotAllowed), operator.door("analyst") as actor:
        api.add_recipient(actor=actor, report=report.public_id, address="boss@example.com")
    with operator.door("admin") as actor:
        role = Role.objects.get(code="administrator")
        assert "reports.send_out" in role.permissions
        with pytest.raises(refusals.NotYours):
            api.add_recipient(actor=actor, report=report.public_id, address="boss@example.com")
        own = api.copy_report(actor=actor, report=report.public_id)
        with pytest.raises(refusals.BadAddress):
            api.add_recipient(actor=actor, report=own.public_id, address="no address")
        assert api.add_recipient(actor=actor, report=own.public_id, address="boss@example.com").address


def test_a_report_is_seen_by_its_owner_who_it_is_shared_with_and_who_gets_it(operator):
    report = designed(operator, shared=False)
    with operator.door("marketer") as actor, pytest.raises(NotFound):
        api.get_report(actor, report.public_id)
    with operator.door("analyst") as actor:
        api.add_recipient(actor=actor, report=report.public_id, role="marketer")
    with operator.door("marketer") as actor:
        assert api.get_report(actor, report.public_id).pk == report.pk
    with pytest.raises(NotAllowed), operator.door("marketer") as actor:
        api.keep_report(actor=actor, draft=api.Draft("x"))


def test_a_section_that_cannot_be_asked_is_refused_by_name(operator):
    with operator.door("analyst") as actor:
        for section, refusal in (
            ({"cube": "nothing"}, olap.UnknownCube),
            ({"cube": "revenue", "question": "rows=nowhere&measures=revenue"}, olap.UnknownLevel),
            ({"cube": "revenue", "question": "measures=happiness"}, olap.UnknownMeasure),
        ):
            with pytest.raises(refusal):
                api.keep_report(actor=actor, draft=api.Draft("x", sections=(section,)))
        with pytest.raises(refusals.NoReportName):
            api.keep_report(actor=actor, draft=api.Draft(" "))
    assert olap.parse("revenue", QueryDict("measures=revenue")).cube == "revenue"
