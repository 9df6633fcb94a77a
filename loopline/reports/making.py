"""Making a run: an edition for each scope and language, its files, and the mails, each once.

Every step is a transaction. A killed run begins again at the step it had not committed. A mail is noted as being
sent before it is handed over; found so after a crash, it is sent again only where the way out knows that it had not
gone.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from loopline.documents import api as documents
from loopline.identity import api as identity
from loopline.kernel import clock, formats
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.messaging import api as messaging
from loopline.reports import files, laying, paper, queries
from loopline.reports.adapters.folder import FolderMailer
from loopline.reports.adapters.smtp import SmtpMailer
from loopline.reports.events import ReportFinished
from loopline.reports.mail import Attachment, Mail, Mailer, NotSent
from loopline.reports.models import Delivery, DeliveryStatus, Edition, Recipient, Run, RunStatus
from loopline.warehouse import api as warehouse


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody for whom an edition is made. `address` is where it is mailed, '' where it is not."""

    actor: Actor
    language: str
    staff_id: int | None
    name: str
    address: str
    gets_mail: bool


def mailer() -> Mailer:
    """How mail leaves this installation."""
    if settings.MAIL_URL:
        return SmtpMailer(settings.MAIL_URL, settings.MAIL_FROM)
    return FolderMailer(settings.INSTALLATION.folder("outbox"), settings.MAIL_FROM)


def produce(tenant: int, key: int, out: Mailer | None = None) -> Run:
    """Make a run to its end; safe to be killed and called again at any point. Opens its own doors."""
    try:
        run, groups = _begin(tenant, key)
        if run.status in (RunStatus.DONE, RunStatus.FAILED):
            return run
        for place, ((reach, language), readers) in enumerate(sorted(groups.items()), start=1):
            _make(tenant, run, reach, language, readers)
            with enter(Scope(tenant)):
                Run.objects.filter(pk=key).update(done=place)
    except Refusal as refusal:
        return _finish(tenant, key, refusal.message)
    _send_all(tenant, run, out or mailer())
    return _finish(tenant, key, "")


type Groups = dict[tuple[str, str], list[Reader]]


def _begin(tenant: int, key: int) -> tuple[Run, Groups]:
    newest = warehouse.snapshot(tenant)
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update(of=("self",)).select_related("report").get(pk=key)
        if run.status in (RunStatus.DONE, RunStatus.FAILED):
            return run, {}
        groups: Groups = {}
        for reader in _readers(tenant, run):
            groups.setdefault((queries.reach(reader.actor.scope), reader.language), []).append(reader)
        run.status, run.of = RunStatus.RUNNING, len(groups)
        run.snapshot = run.snapshot or newest
        run.save(update_fields=["status", "of", "snapshot"])
        return run, groups


def _readers(tenant: int, run: Run) -> Iterator[Reader]:
    """For whom the run is made: who asked, and, where it is to be sent, everybody who gets it."""
    seen: set[int] = set()
    if run.by_id:
        yield from _of_staff(_staff(run.by_id), seen, gets_mail=False)
    elif not run.send:
        yield Reader(identity.platform_actor(tenant, run.by_name), "zh-hans", None, run.by_name, "", False)
    if not run.send:
        return
    for recipient in queries.recipients_of(run.report):
        if recipient.staff is not None:
            yield from _of_staff([recipient.staff], seen, gets_mail=True)
        elif recipient.role is not None:
            yield from _of_staff(queries.staff_of_role(recipient.role), seen, gets_mail=True)
        else:
            yield from _outside(recipient)


def _staff(key: int) -> list[identity.Staff]:
    return list(identity.Staff.objects.filter(pk=key, is_active=True))


def _of_staff(people: list[identity.Staff], seen: set[int], *, gets_mail: bool) -> Iterator[Reader]:
    for each in people:
        if each.pk in seen or not each.is_active:
            continue
        actor = _actor(each.pk)
        if not actor.may(queries.VIEWS):
            continue
        seen.add(each.pk)
        yield Reader(actor, each.language or "zh-hans", each.pk, each.name, each.email, gets_mail)


def _outside(recipient: Recipient) -> Iterator[Reader]:
    """An address outside, within the rights that who named it has now; if he may not send out any more, nobody."""
    for named_by in _staff(recipient.by_id):
        actor = _actor(named_by.pk)
        if actor.may(queries.SENDS_OUT):
            language = named_by.language or "zh-hans"
            yield Reader(actor, language, None, recipient.address, recipient.address, True)


def _actor(key: int) -> Actor:
    staff = identity.Staff.objects.select_related("unit__parent").get(pk=key)
    return identity.actor_of(staff, clock.now())


@contextmanager
def reading(actor: Actor, language: str) -> Iterator[None]:
    """Numbers, moments and words as a reader has them."""
    zone, money = formats.zone.set(actor.zone), formats.currency.set(actor.currency)
    try:
        with translation.override(language):
            yield
    finally:
        formats.zone.reset(zone)
        formats.currency.reset(money)


def _make(tenant: int, run: Run, reach: str, language: str, readers: list[Reader]) -> None:
    """The edition of a scope and language, with its files and the mails that go with it, in one transaction."""
    actor = readers[0].actor
    with enter(Scope(tenant)):
        if Edition.objects.filter(run=run, reach=reach, language=language).exists():
            return
        unit = identity.Unit.objects.filter(code=run.unit).first() if run.unit else None
    with reading(actor, language):
        names = {
            "name": run.report.name, "name_en": run.report.name_en,
            "about": run.report.about, "about_en": run.report.about_en,
            "unit": formats.named(unit) if unit else "",
        }  # fmt: skip
        asked = laying.Parameters(run.month, run.unit, unit.level if unit else "", run.snapshot)
        laid = laying.lay(actor, names, run.sections, asked)
        made = {"xlsx": files.workbook(laid), "pdf": paper.document(laid)}
        title = f"{laid.title} {run.month:%Y-%m}"
        words = messaging.Words(
            _("Report: %(title)s") % {"title": title}, "", f"/reports/{run.report.public_id}", laid.title
        )
    with enter(Scope(tenant)):
        edition = Edition.objects.create(
            run=run,
            reach=reach,
            language=language,
            unit_name=actor.unit_name if actor.scope.branches is not None else actor.operator,
            people=sorted({reader.staff_id for reader in readers if reader.staff_id is not None}),
        )
        edition.refresh_from_db()
        for form, content in made.items():
            branch = actor.unit_id or identity.Unit.objects.get(parent=None).pk
            documents.keep_document(
                actor=actor, about=edition, name=f"{title}.{form}", content=content, branch=branch
            )
        for reader in readers:
            if reader.gets_mail:
                _deliver(tenant, run, edition, reader, words)


def _deliver(tenant: int, run: Run, edition: Edition, reader: Reader, words: messaging.Words) -> None:
    to = reader.address.lower() or f"staff-{reader.staff_id}"
    mark = hashlib.sha256(f"{run.public_id} {to}".encode()).hexdigest()[:40]
    Delivery.objects.get_or_create(
        message=f"<report-{mark}@loopline>",
        defaults={
            "edition": edition,
            "staff_id": reader.staff_id,
            "name": reader.name,
            "address": reader.address,
            "status": DeliveryStatus.WAITING if reader.address else DeliveryStatus.NO_ADDRESS,
        },
    )
    if reader.staff_id is not None:
        messaging.send_message(
            actor=identity.platform_actor(tenant, ""),
            recipient=identity.Staff.objects.get(pk=reader.staff_id),
            subject=words.subject,
            link=words.link,
            link_label=words.link_label,
        )


# Mail


def _send_all(tenant: int, run: Run, out: Mailer) -> None:
    with enter(Scope(tenant)):
        open_ones = [DeliveryStatus.WAITING, DeliveryStatus.SENDING]
        rows = Delivery.objects.filter(edition__run=run, status__in=open_ones).order_by("pk")
        keys = list(rows.values_list("pk", flat=True))
    for key in keys:
        send(tenant, key, out)


def send(tenant: int, key: int, out: Mailer | None = None) -> None:
    """One mail. It goes out once: what was under way when a process died goes again only if it surely had not gone."""
    out = out or mailer()
    with enter(Scope(tenant)):
        row = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("edition__run__report")
            .get(pk=key)
        )
        if row.status == DeliveryStatus.SENDING:
            gone = out.knows(row.message)
            if gone is not False:
                _note(row, DeliveryStatus.SENT if gone else DeliveryStatus.UNKNOWN, clock.now())
                return
        elif row.status != DeliveryStatus.WAITING:
            return
        mail = _mail(row)
        row.status = DeliveryStatus.SENDING
        row.save(update_fields=["status"])
    try:
        out.send(mail)
    except NotSent as refused:
        status, error = DeliveryStatus.FAILED, str(refused)
    except Exception as unclear:  # the mail may have gone: nobody sends it again unasked
        status, error = DeliveryStatus.UNKNOWN, f"{type(unclear).__name__}: {unclear}"
    else:
        status, error = DeliveryStatus.SENT, ""
    with enter(Scope(tenant)):
        _note(Delivery.objects.get(pk=key), status, clock.now(), error)


def _note(row: Delivery, status: DeliveryStatus, now: datetime, error: str = "") -> None:
    row.status, row.error = status, error[:500]
    row.sent_at = now if status == DeliveryStatus.SENT else None
    row.save(update_fields=["status", "error", "sent_at"])


def _mail(row: Delivery) -> Mail:
    edition, report = row.edition, row.edition.run.report
    with translation.override(edition.language):
        name = laying.of_two({"name": report.name, "name_en": report.name_en}, "name")
        month = formats.month(edition.run.month)
        body = _(
            "%(report)s for %(month)s is attached, as Excel and PDF. It stays in the archive of reports."
        )
        text = body % {"report": name, "month": month}
        subject = f"{name} {month}"
    attached = tuple(
        Attachment(one.name, one.media_type, documents.content_of(one))
        for one in documents.documents_of(edition)
    )
    return Mail(row.message, row.address, subject, text, attached)


def _finish(tenant: int, key: int, error: str) -> Run:
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update(of=("self",)).select_related("report").get(pk=key)
        if run.status not in (RunStatus.DONE, RunStatus.FAILED):
            run.status = RunStatus.FAILED if error else RunStatus.DONE
            run.error, run.finished_at = error[:1000], clock.now()
            run.save(update_fields=["status", "error", "finished_at"])
            title, editions = run.report.name, run.editions.count()
            by = identity.platform_actor(tenant, "")
            record(ReportFinished(title=title, editions=editions, error=run.error), about=run, by=by)
        return run
