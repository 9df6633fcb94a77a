"""Send and answer messages, put threads away; publish notices, mark them read, remind who has not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from loopline.identity.api import Role, Staff, Unit
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require
from loopline.messaging import queries
from loopline.messaging.events import NoticePublished, NoticeWithdrawn, ReadersReminded
from loopline.messaging.models import Message, Notice, NoticeReceipt

MOST_RECIPIENTS = 30


class NothingToSay(Refusal):
    """A message or notice without a subject."""

    code = "nothing_to_say"
    sentence = _("Please write a subject.")


class NothingInBetween(Refusal):
    """A notice that ends before it begins."""

    code = "nothing_in_between"
    sentence = _("The end must lie after the beginning.")


class TooMany(Refusal):
    """A message to more people than take part in a talk: that is a notice."""

    code = "too_many_recipients"
    sentence = _("A message goes to at most %(most)s people; for more, publish a notice.")


class NobodyToRemind(Refusal):
    """Everybody has read it, or its time is over."""

    code = "nobody_to_remind"
    status = 409
    sentence = _("There is nobody to remind.")


@dataclass(frozen=True, slots=True)
class NoticeInput:
    """A notice as it is to be. Without a unit it goes to everybody, without roles to every role.

    `valid_from` None: at once. `valid_to` None: until it is withdrawn.
    """

    title: str
    body: str = ""
    unit: Unit | None = None
    roles: Sequence[str] = ()
    must_read: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def send_message(
    *,
    actor: Actor,
    recipient: Staff,
    subject: str,
    body: str = "",
    link: str = "",
    link_label: str = "",
    thread: UUID | None = None,
) -> None:
    """Write to a member of staff; only the two of them see it. `link` is an address within the house."""
    told = Words(subject, body, link, link_label)
    _send(actor, [recipient], told, [], thread)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said. `link` is an address within the house."""

    subject: str
    body: str = ""
    link: str = ""
    link_label: str = ""


def send_to_several(*, actor: Actor, recipients: Sequence[Staff], words: Words) -> None:
    """Write to colleagues who all see it and one another's answers. Raises NothingToSay, TooMany."""
    found = {one.pk: one for one in recipients if one.pk != actor.staff_id}
    if len(found) > MOST_RECIPIENTS:
        raise TooMany(field="to", most=MOST_RECIPIENTS)
    if not found:
        raise NotFound(field="to")
    people = sorted([actor.staff_id, *found]) if len(found) > 1 else []
    _send(actor, list(found.values()), words, people, None)


def _send(
    actor: Actor, recipients: Sequence[Staff], words: Words, people: list[int], thread: UUID | None
) -> None:
    if not words.subject.strip():
        raise NothingToSay(field="subject")
    link = own_link(words.link)
    said, thread = uuid4(), thread or (uuid4() if people else None)
    rows = [
        Message(
            sender_id=actor.staff_id,
            sender_name=actor.name,
            recipient_id=one.pk,
            subject=words.subject.strip()[:200],
            body=words.body[:10_000],
            link=link,
            link_label=words.link_label.strip()[:200] if link else "",
            said=said,
            people=people,
            **({"thread": thread} if thread else {}),
        )
        for one in recipients
    ]
    # The rows are written without reading them back: the system, as sender, may not see them afterwards.
    Message.objects.bulk_create(rows)
    for one in recipients:
        announce("messages", staff=one.pk)


def answer_message(*, actor: Actor, thread: UUID, body: str, link: str = "", link_label: str = "") -> None:
    """Write on in a thread that one is part of, to all others in it. Raises NotFound, NothingToSay."""
    last = queries.messages_of(actor, thread)[-1]
    recipients = list(Staff.objects.filter(pk__in=queries.others_of(last, actor), is_active=True))
    if not recipients:
        raise NotFound
    if not body.strip():
        raise NothingToSay(field="body")
    words = Words(last.subject.removeprefix("Re: "), body, link, link_label)
    _send(actor, recipients, words, last.people, thread)


def read_thread(*, actor: Actor, thread: UUID, now: datetime) -> None:
    """Mark what came to oneself in a thread as read."""
    rows = Message.objects.filter(thread=thread, recipient_id=actor.staff_id, read_at=None)
    if rows.update(read_at=now):
        announce("messages", staff=actor.staff_id)


def read_message(*, actor: Actor, public_id: str, now: datetime) -> None:
    """Mark a message to oneself as read."""
    Message.objects.filter(public_id=public_id, recipient_id=actor.staff_id, read_at=None).update(read_at=now)


def put_away(*, actor: Actor, thread: UUID, away: bool = True) -> None:
    """Put one's own side of a thread away, or back; a new message brings it back by itself. Raises NotFound."""
    rows = Message.objects.filter(thread=thread)
    mine = rows.filter(recipient_id=actor.staff_id).update(recipient_archived=away)
    mine += rows.filter(sender_id=actor.staff_id).update(sender_archived=away)
    if not mine:
        raise NotFound
    announce("messages", staff=actor.staff_id)


def publish_notice(
    *,
    actor: Actor,
    title: str = "",
    body: str = "",
    unit: Unit | None = None,
    wanted: NoticeInput | None = None,
) -> Notice:
    """Tell a unit and everybody below it; None means the whole operator. Raises NothingToSay, NothingInBetween."""
    require(actor, "messaging.publish")
    wanted = wanted or NoticeInput(title, body, unit)
    if not wanted.title.strip():
        raise NothingToSay(field="title")
    if wanted.valid_to and wanted.valid_from and wanted.valid_to <= wanted.valid_from:
        raise NothingInBetween(field="valid_to")
    known = Role.objects.filter(code__in=list(wanted.roles)).values_list("code", flat=True)
    notice = Notice(
        title=wanted.title.strip()[:200],
        body=wanted.body[:10_000],
        unit=wanted.unit,
        roles=sorted(known),
        must_read=wanted.must_read,
        author_id=actor.staff_id,
        author_name=actor.name,
        valid_to=wanted.valid_to,
    )
    if wanted.valid_from:
        notice.valid_from = wanted.valid_from
    notice.save()
    notice.refresh_from_db()
    to = wanted.unit.name if wanted.unit else ""
    record(NoticePublished(title=notice.title, unit=to), about=notice, by=actor)
    return notice


def withdraw_notice(*, actor: Actor, public_id: UUID, now: datetime) -> Notice:
    """A notice stands no longer. Raises NotFound."""
    notice = _published(actor, public_id)
    notice.valid_to = now
    notice.valid_from = min(notice.valid_from, now)
    notice.save(update_fields=["valid_to", "valid_from"])
    record(NoticeWithdrawn(title=notice.title), about=notice, by=actor)
    return notice


def read_notice(*, actor: Actor, public_id: str) -> None:
    """Leave the receipt that a notice was read; once."""
    notice = Notice.objects.filter(public_id=public_id).first()
    if notice is not None:
        NoticeReceipt.objects.get_or_create(notice=notice, staff_id=actor.staff_id)


def remind_readers(*, actor: Actor, public_id: UUID, now: datetime, link: str = "") -> int:
    """Write to everybody who should have read a notice and has not. Returns how many. Raises NobodyToRemind."""
    notice = _published(actor, public_id)
    people = list(queries.not_yet_read(notice)) if queries.stands(notice, now) else []
    people = [one for one in people if one.pk != actor.staff_id]
    if not people:
        raise NobodyToRemind
    subject = (_t("Please read: %(title)s") % {"title": notice.title})[:200]
    Message.objects.bulk_create(
        [
            Message(
                sender_id=actor.staff_id,
                sender_name=actor.name,
                recipient_id=one.pk,
                subject=subject,
                body=notice.body,
                link=own_link(link),
                link_label=notice.title if link else "",
                sender_archived=True,
            )
            for one in people
        ],
        batch_size=1000,
    )
    for one in people:
        announce("messages", staff=one.pk)
    notice.reminded_at = now
    notice.save(update_fields=["reminded_at"])
    record(ReadersReminded(title=notice.title, people=len(people)), about=notice, by=actor)
    return len(people)


def own_link(link: str) -> str:
    """The address of a page of ours: its path, also where the whole address was given; empty for any other."""
    path = urlsplit(link.strip()).path
    return path[:500] if path.startswith("/") and not path.startswith("//") and "\\" not in path else ""


def _published(actor: Actor, public_id: UUID) -> Notice:
    notice = queries.get_notice(actor, public_id)
    return Notice.objects.select_for_update(of=("self",)).select_related("unit").get(pk=notice.pk)
