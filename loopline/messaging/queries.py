"""What somebody has received."""

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from loopline.identity.api import Staff, Unit
from loopline.kernel.permission import Actor
from loopline.messaging.models import Message, Notice, NoticeReceipt


def inbox(actor: Actor, limit: int = 50) -> list[Message]:
    """Messages to the actor, newest first."""
    return list(Message.objects.filter(recipient_id=actor.staff_id).order_by("-id")[:limit])


def notices_for(actor: Actor, limit: int = 20) -> list[tuple[Notice, bool]]:
    """Notices to the actor's unit or any above it, newest first, each with whether he has read it."""
    found = list(_notices(actor).order_by("-id")[:limit])
    receipts = NoticeReceipt.objects.filter(notice__in=found, staff_id=actor.staff_id)
    was_read = set(receipts.values_list("notice_id", flat=True))
    return [(notice, notice.pk in was_read) for notice in found]


def unread(actor: Actor) -> int:
    """How many messages and notices wait."""
    messages = Message.objects.filter(recipient_id=actor.staff_id, read_at=None).count()
    return messages + _notices(actor).exclude(receipts__staff_id=actor.staff_id).count()


def times_read(notices: Iterable[Notice]) -> dict[int, int]:
    """How many people have read each notice, in one query."""
    rows = NoticeReceipt.objects.filter(notice__in=[notice.pk for notice in notices])
    return dict(rows.values_list("notice_id").annotate(people=Count("id")).order_by("notice_id"))


def recipients(actor: Actor, text: str, limit: int = 10) -> list[Staff]:
    """Colleagues whose name or sign-in contains `text`."""
    found = Staff.objects.filter(is_active=True).exclude(pk=actor.staff_id)
    return list(found.filter(Q(name__icontains=text) | Q(user_name__icontains=text)).order_by("name")[:limit])


def _notices(actor: Actor) -> QuerySet[Notice]:
    unit = Unit.objects.filter(pk=actor.unit_id).values_list("path", flat=True).first() or "/"
    above = [int(part) for part in unit.strip("/").split("/") if part]
    return Notice.objects.filter(Q(unit=None) | Q(unit__in=above))
