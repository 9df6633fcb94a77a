"""Who looks after a customer, what is promised and when he was seen, on his page: one query."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from loopline.customers.panels import USE, Panel, Subject, panels
from loopline.kernel import clock, formats
from loopline.kernel.pages import address_of
from loopline.keyaccounts import wording

_FACTS = """
SELECT
    (SELECT jsonb_build_object('name', s.name, 'name_en', s.name_en, 'since', h.since)
        FROM keyaccounts_charge h JOIN identity_staff s ON s.id = h.staff_id
        WHERE h.customer_id = ANY (%(files)s) AND h.until IS NULL ORDER BY h.id DESC LIMIT 1),
    (SELECT max(done_at) FROM keyaccounts_visit WHERE customer_id = ANY (%(files)s) AND state = 'done'),
    (SELECT min(planned_at) FROM keyaccounts_visit WHERE customer_id = ANY (%(files)s) AND state = 'planned'),
    (SELECT jsonb_build_object('what', what, 'title', title, 'due_on', due_on) FROM keyaccounts_carestep
        WHERE customer_id = ANY (%(files)s) AND done_on IS NULL AND NOT dropped ORDER BY due_on, id LIMIT 1),
    (SELECT jsonb_build_object('id', g.public_id, 'number', g.number, 'grade', g.grade) FROM keyaccounts_group g
        WHERE g.customer_id = ANY (%(files)s) LIMIT 1),
    (SELECT jsonb_agg(jsonb_build_object('id', g.public_id, 'name', c.name)) FROM keyaccounts_member m
        JOIN keyaccounts_group g ON g.id = m.group_id JOIN customers_customer c ON c.id = g.customer_id
        WHERE m.customer_id = ANY (%(files)s) AND m.until IS NULL)
"""


@dataclass(frozen=True, slots=True)
class CareFacts:
    """Who looks after him since when, visits, the next step of care, the group he is, the groups he belongs to."""

    manager: Mapping[str, Any] | None
    visited: datetime | None
    planned: datetime | None
    step: Mapping[str, Any] | None
    group: Mapping[str, Any] | None
    member_of: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """A fact; `late` asks for something."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class CarePanel:
    """The care of a customer."""

    title: str
    url: str
    lines: list[Line]
    is_empty: bool


def gather(subject: Subject) -> CareFacts:
    """The facts, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"files": subject.files})
        manager, visited, planned, step, group, member_of = cursor.fetchone()
    return CareFacts(_read(manager), visited, planned, _read(step), _read(group), _read(member_of) or [])


def _read(text: str | None) -> Any:
    return json.loads(text) if text else None


def show(subject: Subject, facts: CareFacts) -> CarePanel:
    """The facts as finished strings."""
    lines = [_manager(facts)]
    if facts.group:
        url = address_of("keyaccounts:group", facts.group["id"])
        told = _("Grade %(grade)s") % {"grade": facts.group["grade"]}
        lines.append(Line(_("Group customer"), facts.group["number"], told, url))
    for one in facts.member_of:
        url = address_of("keyaccounts:group", one["id"])
        lines.append(Line(_("Member of"), one["name"], "", url))
    if facts.visited:
        lines.append(Line(_("Last visit"), formats.ago(facts.visited), formats.moment(facts.visited)))
    if facts.planned:
        late = facts.planned < clock.now()
        lines.append(
            Line(_("Next visit"), formats.ago(facts.planned), formats.moment(facts.planned), late=late)
        )
    if facts.step:
        due = date.fromisoformat(facts.step["due_on"])
        title = wording.step_of(facts.step["what"], facts.step["title"])
        late = due < clock.today(subject.actor.zone)
        lines.append(Line(_("Next care"), title, formats.day(due), late=late))
    url = address_of("keyaccounts:file", subject.customer.public_id)
    return CarePanel(_("Care"), url, lines, is_empty=len(lines) == 1 and facts.manager is None)


def _manager(facts: CareFacts) -> Line:
    if facts.manager is None:
        return Line(_("Account manager"), _("nobody by name"))
    name = formats.named(SimpleNamespace(**facts.manager))
    since = formats.day(date.fromisoformat(facts.manager["since"]))
    return Line(_("Account manager"), name, _("since %(day)s") % {"day": since})


panels.add("care", Panel(USE, "keyaccounts/care.html", gather, show, permission="keyaccounts.view"), order=35)
