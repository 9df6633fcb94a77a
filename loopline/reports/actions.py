"""Designing reports, scheduling them, saying who gets them, having them made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict

from loopline.identity.api import Role, Staff
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.kernel.workdays import is_workday
from loopline.olap import api as olap
from loopline.reports import queries, refusals
from loopline.reports.events import (
    MailSettled,
    RecipientsChanged,
    ReportKept,
    ReportRemoved,
    ReportRun,
    ReportScheduled,
)
from loopline.reports.models import Delivery, DeliveryStatus, Recipient, Report, Rhythm, Run, Schedule
from loopline.reports.rules import rhythm as rules
from loopline.reports.standard import STANDARD

MOST_SECTIONS = 20
MOST_MONTHS = 36
SHOWS, CHARTS = ("both", "table", "chart"), ("bar", "line", "pie")


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as it is to be; `sections` as `models.Report` keeps them."""

    name: str
    name_en: str = ""
    about: str = ""
    about_en: str = ""
    is_shared: bool = False
    sections: Sequence[Mapping[str, Any]] = ()


def keep_report(*, actor: Actor, draft: Draft, report: UUID | None = None) -> Report:
    """Make a report, or change one's own. Raises NoReportName, TooManySections, NotYours, what a cube refuses."""
    require(actor, queries.DESIGNS)
    if not draft.name.strip():
        raise refusals.NoReportName(field="name")
    if len(draft.sections) > MOST_SECTIONS:
        raise refusals.TooManySections(field="sections", most=MOST_SECTIONS)
    row = own_report(actor, report) if report else Report(owner_id=actor.staff_id, owner_name=actor.name)
    row.name, row.name_en = draft.name.strip()[:200], draft.name_en.strip()[:200]
    row.about, row.about_en = draft.about.strip()[:1000], draft.about_en.strip()[:1000]
    row.is_shared = draft.is_shared
    row.sections = [checked_section(section) for section in draft.sections]
    row.save()
    row.refresh_from_db()
    record(ReportKept(title=row.name, sections=len(row.sections)), about=row, by=actor)
    return row


def checked_section(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section in the shape that is kept. Refuses a question that cannot be asked, by name."""
    texts = {
        name: str(section.get(name, "")).replace("\0", "").strip()[:2000]
        for name in ("title", "title_en", "text", "text_en", "cube", "question")
    }
    months = section.get("months", 1)
    if isinstance(months, bool) or not isinstance(months, int) or not 0 <= months <= MOST_MONTHS:
        raise Invalid(field="months", reason=f"0–{MOST_MONTHS}")
    if texts["cube"]:
        question = olap.parse(texts["cube"], QueryDict(texts["question"]))
        olap.check(question)
        texts["question"] = olap.address(question)
    show, chart = section.get("show", "both"), section.get("chart", "bar")
    return {
        **texts,
        "months": months,
        "show": show if show in SHOWS else "both",
        "chart": chart if chart in CHARTS else "bar",
    }


def own_report(actor: Actor, public_id: UUID) -> Report:
    """A report that one may change, locked: one's own, or one of the standard set. Raises NotYours, NotFound."""
    require(actor, queries.DESIGNS)
    seen = queries.get_report(actor, public_id)
    if seen.owner_id != actor.staff_id and not seen.code and not actor.is_system:
        raise refusals.NotYours(who=seen.owner_name)
    return Report.objects.select_for_update().get(pk=seen.pk)


def copy_report(*, actor: Actor, report: UUID) -> Report:
    """A report of one's own like another one."""
    require(actor, queries.DESIGNS)
    seen = queries.get_report(actor, report)
    draft = Draft(seen.name, seen.name_en, seen.about, seen.about_en, False, seen.sections)
    return keep_report(actor=actor, draft=draft)


def remove_report(*, actor: Actor, report: UUID) -> str:
    """Take a report of one's own away. Raises ReportHasRuns where there is an archive, NotYours."""
    row = own_report(actor, report)
    if row.runs.exists():
        raise refusals.ReportHasRuns
    record(ReportRemoved(title=row.name), about=row, by=actor)
    row.delete()
    return row.name


def bring_standard(*, actor: Actor) -> int:
    """Add the reports of the standard set that are not there; those that are stay as they are. Returns how many."""
    require(actor, queries.DESIGNS)
    there = set(Report.objects.exclude(code="").values_list("code", flat=True))
    wanted = [each for each in STANDARD if each.code not in there]
    for each in wanted:
        Report.objects.get_or_create(
            code=each.code,
            defaults={
                "name": each.name,
                "name_en": each.name_en,
                "about": each.about,
                "about_en": each.about_en,
                "sections": [dict(section) for section in each.sections],
                "is_shared": True,
            },
        )
    return len(wanted)


def set_schedule(
    *, actor: Actor, report: UUID, rhythm: str, day: int, hour: int, working_days: bool, now: datetime
) -> Schedule | None:
    """Have a report made by itself; rhythm '' ends that. Raises BadSchedule, NotYours."""
    row = own_report(actor, report)
    if not rhythm:
        Schedule.objects.filter(report=row).delete()
        record(ReportScheduled(title=row.name, rhythm=""), about=row, by=actor)
        return None
    days = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 31}
    if rhythm not in Rhythm.values or not 1 <= day <= max(days[Rhythm(rhythm)], 1) or not 0 <= hour <= 23:
        raise refusals.BadSchedule(field="day")
    plan = Schedule(report=row, rhythm=rhythm, day=day, hour=hour, working_days=working_days)
    values = {"rhythm": rhythm, "day": day, "hour": hour, "working_days": working_days, "is_active": True}
    values["next_at"] = next_of(actor, plan, now)
    kept, _made = Schedule.objects.update_or_create(report=row, defaults=values)
    record(ReportScheduled(title=row.name, rhythm=rhythm), about=row, by=actor)
    return kept


def next_of(actor: Actor, schedule: Schedule, after: datetime) -> datetime:
    """When a schedule is due next."""
    works = (lambda day: is_workday(day, actor.country)) if schedule.working_days else None
    return rules.next_after(
        after, actor.zone, rhythm=schedule.rhythm, day=schedule.day, hour=schedule.hour, is_working=works
    )


def add_recipient(
    *, actor: Actor, report: UUID, staff: str = "", role: str = "", address: str = ""
) -> Recipient:
    """Somebody gets a report: a person by sign-in, a role by code, or an address outside. Raises NobodyChosen, …"""
    row = own_report(actor, report)
    found: dict[str, Any] = {}
    if staff:
        found["staff"] = Staff.objects.filter(user_name=staff.strip(), is_active=True).first()
    elif role:
        found["role"] = Role.objects.filter(code=role).first()
    elif address.strip():
        require(actor, queries.SENDS_OUT)
        found["address"] = _checked_address(address)
    else:
        raise refusals.NobodyChosen(field="staff")
    if None in found.values():
        raise NotFound(field=next(iter(found)))
    made, is_new = Recipient.objects.get_or_create(report=row, **found, defaults={"by_id": actor.staff_id})
    if is_new:
        who = staff or role or made.address
        record(RecipientsChanged(who=who, added=True), about=row, by=actor)
    return made


def _checked_address(address: str) -> str:
    try:
        validate_email(address.strip())
    except ValidationError:
        raise refusals.BadAddress(field="address") from None
    return address.strip()[:200]


def remove_recipient(*, actor: Actor, report: UUID, recipient: UUID) -> None:
    """Somebody gets a report no longer."""
    row = own_report(actor, report)
    found = row.recipients.select_related("staff", "role").filter(public_id=recipient).first()
    if found is None:
        raise NotFound
    who = found.staff.user_name if found.staff else found.role.code if found.role else found.address
    found.delete()
    record(RecipientsChanged(who=who, added=False), about=row, by=actor)


def run_report(
    *, actor: Actor, report: UUID, month: date, unit: str = "", send: bool = False, again: Run | None = None
) -> Run:
    """Have a report made, for oneself or (`send`) for everybody who gets it; `again` repeats a run from its snapshot.

    It is made in the background: ask for `jobs.produce` with its key. Raises NotFound.
    """
    row = queries.get_report(actor, report)
    if send:
        require(actor, queries.DESIGNS)
    if unit and unit not in {one.code for one in queries.units(actor)}:
        raise NotFound(field="unit")
    run = Run.objects.create(
        report=row,
        by_id=actor.staff_id,
        by_name=actor.name,
        month=month.replace(day=1),
        unit=unit,
        send=send,
        sections=again.sections if again else row.sections,
        snapshot=again.snapshot if again else None,
    )
    run.refresh_from_db()
    record(ReportRun(title=row.name, month=f"{run.month:%Y-%m}"), about=run, by=actor)
    return run


def settle_mail(*, actor: Actor, mail: UUID, sent: bool, now: datetime) -> Delivery:
    """Note of a mail that perhaps went, or did not, that it has gone; or have it sent again (`jobs.ask_for_mail`).

    It keeps its id, so that a house that got it already may know it. Raises MailNotInDoubt, NotYours, NotFound.
    """
    require(actor, queries.DESIGNS)
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("edition__run__report")
    row = rows.filter(public_id=mail).first()
    if row is None:
        raise NotFound
    report = own_report(actor, row.edition.run.report.public_id)
    if row.status not in (DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED):
        raise refusals.MailNotInDoubt
    row.status = DeliveryStatus.SENT if sent else DeliveryStatus.WAITING
    row.sent_at, row.error = now if sent else None, ""
    row.save(update_fields=["status", "sent_at", "error"])
    record(MailSettled(to=row.name, sent=sent), about=report, by=actor)
    return row


def take_due(*, actor: Actor, now: datetime) -> list[Run]:
    """The runs of every schedule that is due: each moment once, however many workers look."""
    made = []
    rows = Schedule.objects.select_for_update(skip_locked=True, of=("self",)).select_related("report")
    for schedule in rows.filter(is_active=True, next_at__lte=now).order_by("pk")[:100]:
        due = schedule.next_at
        today = queries.today_of(actor, due)
        run, is_new = Run.objects.get_or_create(
            report=schedule.report,
            due_at=due,
            defaults={
                "month": queries.month_of(schedule.rhythm, today),
                "send": True,
                "by_name": "",
                "sections": schedule.report.sections,
            },
        )
        # What was missed while nothing ran is made once, not once for each time missed.
        schedule.next_at = next_of(actor, schedule, now)
        schedule.save(update_fields=["next_at"])
        if is_new:
            record(ReportRun(title=schedule.report.name, month=f"{run.month:%Y-%m}"), about=run, by=actor)
            made.append(run)
    return made
