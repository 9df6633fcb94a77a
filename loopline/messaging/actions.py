"""Send messages, publish notices, and mark them read."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from loopline.identity.api import Staff, Unit
from loopline.kernel.errors import Refusal
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require
from loopline.messaging.events import NoticePublished
from loopline.messaging.models import Message, Notice, NoticeReceipt


class NothingToSay(Refusal):
    """A message or notice without a subject."""

    code = "nothing_to_say"
    sentence = _("Please write a subject.")


def send_message(*, actor: Actor, recipient: Staff, subject: str, body: str = "", link: str = "") -> None:
    """Write to a member of staff; only the two of them see it."""
    if not subject.strip():
        raise NothingToSay(field="subject")
    # The row is written without reading it back: the system, as sender, may not see it afterwards.
    Message.objects.bulk_create(
        [
            Message(
                sender_id=actor.staff_id,
                sender_name=actor.name,
                recipient_id=recipient.pk,
                subject=subject.strip()[:200],
                body=body[:10_000],
                link=link,
            )
        ]
    )
    announce("messages", staff=recipient.pk)


def publish_notice(*, actor: Actor, title: str, body: str, unit: Unit | None) -> Notice:
    """Tell a unit and everybody below it; None means the whole operator."""
    require(actor, "messaging.publish")
    if not title.strip():
        raise NothingToSay(field="title")
    notice = Notice.objects.create(
        title=title.strip()[:200],
        body=body[:10_000],
        unit=unit,
        author_id=actor.staff_id,
        author_name=actor.name,
    )
    record(NoticePublished(title=notice.title, unit=unit.name if unit else ""), about=notice, by=actor)
    return notice


def read_message(*, actor: Actor, public_id: str, now: datetime) -> None:
    """Mark a message to oneself as read."""
    Message.objects.filter(public_id=public_id, recipient_id=actor.staff_id, read_at=None).update(read_at=now)


def read_notice(*, actor: Actor, public_id: str) -> None:
    """Leave the receipt that a notice was read; once."""
    notice = Notice.objects.filter(public_id=public_id).first()
    if notice is not None:
        NoticeReceipt.objects.get_or_create(notice=notice, staff_id=actor.staff_id)
