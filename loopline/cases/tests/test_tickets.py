"""A ticket's life, told: opened, worked, waited for, solved, confirmed, reopened; who sees it and who may."""

import pytest
from django.utils import translation

from loopline.cases import api as cases
from loopline.cases.models import Entry, Ticket
from loopline.cases.queries import people
from loopline.cases.refusals import IllegalStep, ReasonMissing, TooLateToReopen, WorkedByAnother
from loopline.cases.rules import states
from loopline.cases.task_kind import alarm_title
from loopline.cases.tests.ground import MONDAY, at, customer, fresh, opened, set_up, step
from loopline.documents import api as documents
from loopline.identity.api import Staff
from loopline.interactions.models import Interaction
from loopline.kernel.errors import Conflict, NotAllowed, NotFound
from loopline.kernel.models import AccessRecord, Event
from loopline.messaging.models import Message
from loopline.worklist.models import Task


def _entries(operator, ticket):
    with operator.door():
        rows = Entry.objects.filter(ticket=ticket).order_by("id")
        return [(row.kind, row.state, row.public, row.text) for row in rows]


def _task(operator, ticket):
    with operator.door():
        return Task.objects.get(subject=f"cases.ticket:{ticket.pk}")


def test_a_complaint_from_the_counter_to_a_content_customer(operator):
    set_up(operator)
    who = customer(operator)
    ticket = opened(operator, customer=who, category="network.speed", channel="shop", description="晚上很慢")
    assert ticket.number == "T00000001"
    assert (ticket.kind, ticket.priority, ticket.state) == ("complaint", "high", "acknowledged")
    assert ticket.answer_due_at == at("2026-11-23 10:00")
    assert ticket.solution_due_at == at("2026-11-23 18:00")
    assert ticket.due_at == at("2026-11-23 10:00")
    assert ticket.unit_id == operator.units["north-1"]
    with operator.door():
        said = Interaction.objects.get(pk=ticket.interaction_id)
        assert (said.kind, said.channel, said.topic) == ("complaint", "shop", "上网慢")
        assert said.resolved_on is None
    assert _task(operator, ticket).due_at == at("2026-11-23 10:00")

    step(operator, ticket, states.IN_PROGRESS, at("2026-11-23 09:10"), reason="")
    with operator.door("clerk1") as clerk:
        cases.reply(
            actor=clerk, ticket=ticket.public_id, channel="call", text="我们在查", now=at("2026-11-23 09:30")
        )
    now = fresh(operator, ticket)
    assert now.assignee_id == operator.staff["clerk1"]
    assert now.answered_at == at("2026-11-23 09:30")
    assert now.due_at == at("2026-11-23 18:00")

    step(operator, ticket, states.RESOLVED, at("2026-11-23 15:00"), reason="扩容完成")
    now = fresh(operator, ticket)
    assert (now.solution, now.is_open, now.first_contact) == ("扩容完成", True, False)
    assert now.due_at == at("2026-11-26 15:00")
    with operator.door():
        assert str(Interaction.objects.get(pk=ticket.interaction_id).resolved_on) == "2026-11-23"

    step(operator, ticket, states.CLOSED, at("2026-11-24 10:00"), reason="", confirmed=True)
    now = fresh(operator, ticket)
    assert (now.is_open, now.confirmed, now.alarm_at) == (False, True, None)
    assert _task(operator, ticket).status == "done"
    assert [(kind, state) for kind, state, _public, _text in _entries(operator, ticket)] == [
        ("state", "acknowledged"),
        ("state", "inProgress"),
        ("reply", ""),
        ("state", "resolved"),
        ("state", "closed"),
    ]
    with operator.door():
        names = list(
            Event.objects.filter(about_kind="cases.ticket", about_id=ticket.pk)
            .order_by("id")
            .values_list("name", flat=True)
        )
    assert names == ["cases.opened", "cases.state_changed", "cases.replied", *["cases.state_changed"] * 2]


def test_the_clock_stands_still_while_the_customer_owes_an_answer(operator):
    set_up(operator)
    ticket = opened(operator, customer=customer(operator), category="billing.dispute")
    assert ticket.solution_due_at == at("2026-11-25 18:00")
    step(operator, ticket, states.PENDING, at("2026-11-23 11:00"), pending_for="customer")
    paused = fresh(operator, ticket)
    assert (paused.solution_due_at, paused.solution_left) == (None, 25 * 3600)
    assert paused.answered_at == at("2026-11-23 11:00")
    assert paused.due_at.year == 9999
    step(operator, ticket, states.IN_PROGRESS, at("2026-11-26 11:00"), reason="")
    assert fresh(operator, ticket).solution_due_at == at("2026-11-30 18:00")
    step(operator, ticket, states.PENDING, at("2026-11-26 12:00"), pending_for="third_party")
    assert fresh(operator, ticket).solution_due_at == at("2026-11-30 18:00")


def test_the_regulators_clock_never_stands_still(operator):
    set_up(operator)
    ticket = opened(
        operator,
        customer=customer(operator),
        category="regulator",
        regulator=True,
        regulator_number="GX-2026-1",
        now=at("2026-11-23 16:20"),
    )
    assert ticket.solution_due_at == at("2026-12-04 00:00")
    step(operator, ticket, states.PENDING, at("2026-11-24 11:00"), pending_for="customer")
    assert fresh(operator, ticket).solution_due_at == at("2026-12-04 00:00")
    step(operator, ticket, states.RESOLVED, at("2026-11-25 11:00"))
    step(operator, ticket, states.REOPENED, at("2026-11-26 11:00"))
    assert fresh(operator, ticket).solution_due_at == at("2026-12-04 00:00")


def test_only_legal_steps_with_their_reasons(operator):
    ticket = opened(operator, kind="fault")
    with pytest.raises(IllegalStep):
        step(operator, ticket, states.CLOSED, MONDAY)
    with pytest.raises(IllegalStep):
        step(operator, ticket, "nonsense", MONDAY)
    for to in (states.RESOLVED, states.REJECTED, states.HELD):
        with pytest.raises(ReasonMissing):
            step(operator, ticket, to, MONDAY, reason="  ")
    with pytest.raises(Conflict):
        step(operator, ticket, states.HELD, MONDAY, version=9)
    now = fresh(operator, ticket)
    assert (now.state, now.version) == ("acknowledged", 1)


def test_every_way_through_the_states_keeps_clocks_and_task_in_step(operator):
    """Takes every edge of the states' graph once, by the shortest way to it."""
    set_up(operator)
    walked = 0
    for path in _paths(states.ACKNOWLEDGED):
        ticket = opened(operator, kind="fault")
        for to in path:
            parts = {"pending_for": "customer"} if to == states.PENDING else {}
            step(operator, ticket, to, MONDAY, **parts)
        now = fresh(operator, ticket)
        over = now.state in states.OVER
        assert now.is_open is not over
        assert (now.solution_due_at is None) == (now.state == states.PENDING)
        assert (now.closed_at is not None) == over
        assert (now.alarm_at is None) == (over or now.state == states.PENDING)
        assert _task(operator, ticket).status == ("done" if over else "open")
        walked += 1
    assert walked == 26


def _paths(start):
    """A path to every edge of the graph, by breadth."""
    edges, queue = set(), [[start]]
    while queue:
        path = queue.pop(0)
        for to in sorted(states.STEPS[path[-1]]):
            if (path[-1], to) not in edges:
                edges.add((path[-1], to))
                queue.append([*path, to])
                yield [*path, to][1:]


def test_reopened_within_the_period_and_not_after_it(operator):
    set_up(operator)
    ticket = opened(operator, kind="fault")
    step(operator, ticket, states.RESOLVED, MONDAY)
    assert fresh(operator, ticket).first_contact
    step(operator, ticket, states.CLOSED, MONDAY)
    step(operator, ticket, states.REOPENED, at("2026-11-30 08:59"))
    now = fresh(operator, ticket)
    assert (now.reopened, now.first_contact, now.solved_at, now.is_open) == (1, False, None, True)
    assert _task(operator, ticket).status == "open"
    step(operator, ticket, states.RESOLVED, at("2026-11-30 09:00"))
    step(operator, ticket, states.CLOSED, at("2026-11-30 09:00"))
    with pytest.raises(TooLateToReopen):
        step(operator, ticket, states.REOPENED, at("2026-12-07 09:01"))


def test_handed_over_with_a_note_to_a_unit_that_did_not_see_it(operator):
    who = customer(operator)
    ticket = opened(operator, customer=who, kind="fault", take=True)
    with operator.door("southerner"):
        assert not Ticket.objects.exists()
    with operator.door("clerk1") as clerk:
        cases.attach_file(actor=clerk, ticket=ticket.public_id, name="图.txt", content=b"ok", now=MONDAY)
        cases.hand_over(
            actor=clerk,
            ticket=ticket.public_id,
            unit=operator.units["south-1"],
            person=None,
            note="南城机房",
            now=MONDAY,
        )
    with operator.door("southerner") as southerner:
        seen = Ticket.objects.get()
        assert (seen.unit_id, seen.assignee_id) == (operator.units["south-1"], None)
        assert [row.name for row in documents.documents_of(seen)] == ["图.txt"]
        assert Entry.objects.filter(ticket=seen).count() == 3
        assert Task.objects.get().branch_id == operator.units["south-1"]
        cases.take_ticket(actor=southerner, ticket=seen.public_id, now=MONDAY)
    with operator.door("clerk1"):
        assert Ticket.objects.get().assignee_id == operator.staff["southerner"]
    with operator.door("clerk2"):
        assert not Ticket.objects.exists()
        assert not Entry.objects.exists()
        assert not documents.Document.objects.exists()
    with pytest.raises(WorkedByAnother):
        step(operator, ticket, states.RESOLVED, MONDAY)
    with operator.door("southerner") as southerner:
        cases.hand_over(
            actor=southerner,
            ticket=ticket.public_id,
            unit=operator.units["north-1"],
            person=None,
            note="回",
            now=MONDAY,
        )
    with operator.door("southerner"):
        assert not Ticket.objects.exists()
    assert fresh(operator, ticket).handed_over == 2


def test_the_next_ticket_goes_to_whom_knows_it_and_has_least(operator):
    set_up(operator)
    with operator.door("admin") as admin:
        cases.set_category(
            actor=admin, code="fault.broadband", parent="fault", name="宽带故障",
            unit=operator.units["north-1"], to_person=True,
        )  # fmt: skip
    first = opened(operator, category="fault.broadband")
    assert first.assignee_id == operator.staff["clerk1"]
    other = opened(operator, "clerk2", category="fault.broadband", customer=customer(operator, "north-2"))
    assert (other.unit_id, other.assignee_id) == (operator.units["north-1"], operator.staff["clerk1"])
    with operator.door("clerk2"):
        assert Ticket.objects.count() == 1


def test_a_mass_fault_carries_its_parts_with_it(operator):
    set_up(operator)
    parts = [
        opened(operator, customer=customer(operator), category="fault.broadband", place="锦湖"),
        opened(
            operator,
            "clerk2",
            customer=customer(operator, "north-2"),
            category="fault.broadband",
            place="锦湖",
        ),
    ]
    with operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        cases.declare_mass(actor=clerk, ticket=parts[0].public_id, place="锦湖", now=MONDAY)
    mass = opened(operator, "north", category="fault.broadband", mass=True, place="锦湖", title="光缆中断")
    with operator.door("north") as chief:
        linked = cases.link_children(
            actor=chief, parent=mass.public_id, children=[part.public_id for part in parts], now=MONDAY
        )
        assert linked == 2
        told = cases.give_notice(
            actor=chief, parent=mass.public_id, text="预计18点恢复", now=at("2026-11-23 09:20")
        )
        assert told == 2
    step(operator, mass, states.RESOLVED, at("2026-11-23 17:00"), "north", reason="光缆已修复")
    for part in parts:
        now = fresh(operator, part)
        assert (now.state, now.answered_at) == ("resolved", at("2026-11-23 09:20"))
        assert now.solution == "Solved with the mass fault T00000003: 光缆已修复"
    assert ("notice", "", True, "预计18点恢复") in _entries(operator, parts[1])
    step(operator, mass, states.CLOSED, at("2026-11-23 18:00"), "north")
    assert {fresh(operator, part).state for part in parts} == {"closed"}


def test_alarms_go_to_the_person_then_the_unit_then_above_and_each_once(operator):
    set_up(operator)
    ticket = opened(operator, customer=customer(operator), category="network.speed", take=True)
    assert ticket.alarm_at == at("2026-11-23 09:48")
    with operator.door():
        Staff.objects.filter(user_name="clerk1").update(language="zh-hans")
    with operator.door() as system:
        assert cases.raise_alarms(actor=system, now=at("2026-11-23 09:40")) == 0
    with operator.door() as system:
        assert cases.raise_alarms(actor=system, now=at("2026-11-23 09:48")) == 1
        assert cases.raise_alarms(actor=system, now=at("2026-11-23 09:48")) == 0
    with operator.door("clerk1"):
        assert [row.subject for row in Message.objects.all()] == ["T00000001：首次答复时限已用 80%"]
    with operator.door() as system:
        assert cases.raise_alarms(actor=system, now=at("2026-11-23 18:00")) == 1
        tasks = Task.objects.filter(kind="cases.alarm").order_by("id")
        assert [(task.branch_id, task.title) for task in tasks] == [
            (operator.units["north-1"], "T00000001: the time for the first answer is over"),
            (operator.units["north-1"], "T00000001: 80% of the time for the solution is used"),
            (operator.units["north"], "T00000001: the time for the solution is over"),
        ]
        with translation.override("zh-hans"):
            assert alarm_title(tasks[0]) == "T00000001：首次答复已超时"
    with operator.door("north"):
        assert Message.objects.count() == 1
    assert fresh(operator, ticket).alarm_at is None


def test_silence_closes_what_was_solved(operator):
    set_up(operator)
    ticket = opened(operator, kind="fault")
    step(operator, ticket, states.RESOLVED, MONDAY)
    with operator.door() as system:
        assert cases.raise_alarms(actor=system, now=at("2026-11-26 08:59")) == 0
        assert cases.raise_alarms(actor=system, now=at("2026-11-26 09:00")) == 1
    now = fresh(operator, ticket)
    assert (now.state, now.confirmed) == ("closed", None)


def test_a_new_category_moves_the_clock_by_what_is_used(operator):
    set_up(operator)
    ticket = opened(operator, customer=customer(operator), category="billing.dispute")
    with operator.door("clerk1") as clerk:
        changed = cases.change_ticket(
            actor=clerk,
            ticket=ticket.public_id,
            changes={"category": "network.speed", "priority": "high"},
            now=at("2026-11-23 11:00"),
        )
    assert (changed.kind, changed.solution_minutes) == ("complaint", 540)
    assert changed.solution_due_at == at("2026-11-23 18:00")


def test_the_same_matter_again_is_pointed_out(operator):
    set_up(operator)
    who = customer(operator)
    first = opened(operator, customer=who, category="network.speed")
    with operator.door("clerk1"):
        root = cases.Category.objects.get(code="network.coverage")
        bills = cases.Category.objects.get(code="billing.refund")
        assert cases.similar(who.pk, root) == [first]
        assert cases.similar(who.pk, bills) == []


def test_files_are_checked_kept_outside_and_opened_by_those_who_see_the_ticket(operator):
    ticket = opened(operator, customer=customer(operator), kind="fault")
    with operator.door("clerk1") as clerk:
        for name, content in [
            ("a.html", b"<html><script>alert(1)</script>"),
            ("a.png", b"%PDF-1.7 x"),
            ("a.exe", b"MZ\x90\x00"),
            ("a.svg", b"<svg onload=alert(1)>"),
            ("a.pdf", b""),
        ]:
            with pytest.raises(documents.TypeNotTaken):
                cases.attach_file(
                    actor=clerk, ticket=ticket.public_id, name=name, content=content, now=MONDAY
                )
        with pytest.raises(documents.TooLarge):
            big = b"%PDF-" + b" " * documents.LARGEST
            cases.attach_file(actor=clerk, ticket=ticket.public_id, name="a.pdf", content=big, now=MONDAY)
        kept = cases.attach_file(
            actor=clerk, ticket=ticket.public_id, name="../../etc/账单.pdf", content=b"%PDF-1.7", now=MONDAY
        )
    assert (kept.name, kept.media_type, kept.size) == ("账单.pdf", "application/pdf", 8)
    assert "/" not in kept.place
    answer = operator.client("clerk1").get(f"/documents/{kept.public_id}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment;")
    with operator.door():
        assert AccessRecord.objects.filter(kind="document", customer_id=ticket.customer_id).count() == 1
    assert operator.client("clerk2").get(f"/documents/{kept.public_id}").status_code == 404
    assert operator.client("marketer").get(f"/documents/{kept.public_id}").status_code == 403


def test_who_may_not_work_on_tickets_does_not_see_or_touch_one(operator):
    ticket = opened(operator, kind="fault")
    with operator.door("marketer") as marketer:
        for refused in (
            lambda: cases.get_ticket(marketer, ticket.public_id),
            lambda: cases.take_ticket(actor=marketer, ticket=ticket.public_id, now=MONDAY),
            lambda: cases.add_note(actor=marketer, ticket=ticket.public_id, text="x", now=MONDAY),
            lambda: cases.open_ticket(actor=marketer, new=cases.NewTicket(title="x"), now=MONDAY),
            lambda: cases.set_terms(actor=marketer, confirm_days=1),
        ):
            with pytest.raises(NotAllowed):
                refused()
    with operator.door("southerner") as southerner, pytest.raises(NotFound):
        cases.get_ticket(southerner, ticket.public_id)
    assert fresh(operator, ticket).version == 1


def test_looking_over_the_whole_operator_ends_with_the_block(operator):
    opened(operator, kind="fault")
    with operator.door("southerner"):
        assert not Ticket.objects.exists()
        with pytest.raises(ZeroDivisionError), people.whole_operator():
            assert Ticket.objects.exists()
            1 / 0  # noqa: B018
        assert not Ticket.objects.exists()


def test_programs_do_what_the_screens_do(operator):
    set_up(operator)
    who = customer(operator)
    browser = operator.client("clerk1")
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}

    def call(method: str, path: str, body: object = None) -> object:
        send = getattr(browser, method)
        kept = {} if body is None else {"data": body, "content_type": "application/json"}
        return send(f"/api/v1/cases{path}", headers=token, **kept)

    new = {"title": "No dial tone", "category": "fault.broadband", "customer": str(who.public_id)}
    made = call("post", "/tickets", new)
    assert made.status_code == 201
    own = f"/tickets/{made.json()['id']}"
    assert made.json()["kind"] == "fault"
    assert [row["number"] for row in call("get", "/tickets?view=unit").json()["items"]] == ["T00000001"]
    assert call("post", own + "/take").json()["assignee"] == "clerk1"
    assert call("post", own + "/notes", {"text": "seen", "channel": "call"}).status_code == 201
    assert call("post", own + "/step", {"to": "closed"}).status_code == 409
    assert call("post", own + "/step", {"to": "resolved"}).json()["code"] == "reason_missing"
    solved = call("post", own + "/step", {"to": "resolved", "reason": "modem changed"}).json()
    assert (solved["state"], solved["solution"]) == ("resolved", "modem changed")
    assert call("post", own + "/hand-over", {"unit": "nowhere", "note": "x"}).status_code == 422
    assert call("post", own + "/hand-over", {"unit": "south-1", "note": "x"}).status_code == 204
    assert len(call("get", own).json()["entries"]) == 5
    hidden = operator.client("clerk2").get(
        f"/api/v1/cases{own}", headers={"authorization": f"Bearer {operator.token('clerk2')}"}
    )
    assert hidden.status_code == 404
