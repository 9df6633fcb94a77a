"""What somebody has received: threads of messages, and the notices that stand for him."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from loopline.identity.api import Role, Staff, Unit, colleagues
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.base import KEPT
from loopline.messaging.models import Message, Notice, NoticeReceipt


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages that answer one another: the newest, how many there are, and how many of them wait to be read."""

    key: UUID
    last: Message
    messages: int
    unread: int

    def others(self, actor: Actor) -> list[int]:
        """The members of staff who take part besides; 0 is the system."""
        return others_of(self.last, actor)


def others_of(message: Message, actor: Actor) -> list[int]:
    """Who takes part in a message's thread besides; 0 is the system."""
    if message.people:
        return [one for one in message.people if one != actor.staff_id]
    return [message.sender_id if message.sender_id != actor.staff_id else message.recipient_id]


THREADS = """
SELECT thread, max(id), count(DISTINCT said), count(*) FILTER (WHERE recipient_id = %(me)s AND read_at IS NULL)
FROM (
  SELECT id, thread, said, recipient_id, read_at FROM messaging_message
  WHERE recipient_id = %(me)s AND recipient_archived = %(away)s
  UNION
  SELECT id, thread, said, recipient_id, read_at FROM messaging_message
  WHERE sender_id = %(me)s AND sender_archived = %(away)s
) m
GROUP BY thread HAVING max(id) < %(below)s ORDER BY max(id) DESC LIMIT %(limit)s
"""


def threads(actor: Actor, *, away: bool = False, below: int = 2**62, limit: int = 50) -> list[Thread]:
    """The threads of somebody, the newest first; `away` those that he has put away, `below` pages on."""
    values = {"me": actor.staff_id, "away": away, "below": below, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(THREADS, values)
        found = cursor.fetchall()
    last = Message.objects.in_bulk([newest for _thread, newest, _count, _unread in found])
    return [
        Thread(key, last[newest], count, unread) for key, newest, count, unread in found if newest in last
    ]


def messages_of(actor: Actor, thread: UUID) -> list[Message]:
    """The messages of a thread, oldest first, each once. Raises NotFound."""
    return [copies[0] for copies in said_in(actor, thread)]


def said_in(actor: Actor, thread: UUID) -> list[list[Message]]:
    """What was said in a thread, oldest first, as one message to each whom it went to. Raises NotFound."""
    mine = Q(sender_id=actor.staff_id) | Q(recipient_id=actor.staff_id)
    copies: dict[UUID, list[Message]] = {}
    for row in Message.objects.filter(mine, thread=thread).order_by("id"):
        copies.setdefault(row.said, []).append(row)
    if not copies:
        raise NotFound
    return list(copies.values())


def inbox(actor: Actor, limit: int = 50) -> list[Message]:
    """Messages to the actor, newest first."""
    return list(Message.objects.filter(recipient_id=actor.staff_id).order_by("-id")[:limit])


def notices_for(actor: Actor, limit: int = 20) -> list[tuple[Notice, bool]]:
    """Notices that stand for the actor, newest first, each with whether he has read it."""
    found = list(_notices(actor).order_by("-id")[:limit])
    receipts = NoticeReceipt.objects.filter(notice__in=found, staff_id=actor.staff_id)
    was_read = set(receipts.values_list("notice_id", flat=True))
    return [(notice, notice.pk in was_read) for notice in found]


def published(actor: Actor, below: int = 2**62, limit: int = 50) -> list[Notice]:
    """The notices that somebody may look after: his own and those to units that he sees; the newest first."""
    require(actor, "messaging.publish")
    rows = Notice.objects.select_related("unit").filter(pk__lt=below)
    branches = actor.scope.branches
    if branches is not None:
        rows = rows.filter(Q(author_id=actor.staff_id) | Q(unit_id__in=branches))
    return list(rows.order_by("-id")[:limit])


def get_notice(actor: Actor, public_id: UUID) -> Notice:
    """A notice that somebody may look after. Raises NotAllowed, NotFound."""
    require(actor, "messaging.publish")
    found = Notice.objects.select_related("unit").filter(public_id=public_id).first()
    branches = actor.scope.branches
    if found is None or (
        branches is not None and found.author_id != actor.staff_id and found.unit_id not in branches
    ):
        raise NotFound
    return found


def stands(notice: Notice, now: datetime) -> bool:
    """Whether a notice is to be read at a moment."""
    return notice.valid_from <= now and (notice.valid_to is None or notice.valid_to > now)


def audience(notice: Notice) -> QuerySet[Staff]:
    """Everybody a notice is meant for."""
    rows = Staff.objects.filter(is_active=True)
    if notice.unit is not None:
        rows = rows.filter(unit__path__gte=notice.unit.path, unit__path__lt=notice.unit.path + "\uffff")
    if notice.roles:
        rows = rows.filter(pk__in=Staff.objects.filter(roles__code__in=notice.roles).values("pk"))
    return rows.select_related("unit").order_by("unit__path", "name")


def not_yet_read(notice: Notice) -> QuerySet[Staff]:
    """Whoever should have read a notice and has not."""
    return audience(notice).exclude(pk__in=NoticeReceipt.objects.filter(notice=notice).values("staff_id"))


def have_read(notice: Notice) -> list[tuple[Staff, datetime]]:
    """Who has read a notice, and when; the latest first."""
    receipts = dict(NoticeReceipt.objects.filter(notice=notice).values_list("staff_id", "read_at"))
    people = Staff.objects.filter(pk__in=receipts).select_related("unit")
    return sorted(((one, receipts[one.pk]) for one in people), key=lambda pair: pair[1], reverse=True)


UNREAD = f"""{KEPT}
SELECT (SELECT count(*) FROM messaging_message WHERE recipient_id = %(staff)s AND read_at IS NULL)
     + (SELECT count(*) FROM messaging_notice n
        WHERE n.valid_from <= %(now)s AND (n.valid_to IS NULL OR n.valid_to > %(now)s)
          AND (n.unit_id IS NULL OR EXISTS (
                SELECT FROM identity_unit above, identity_unit mine
                WHERE mine.id = %(unit)s AND above.id = n.unit_id AND starts_with(mine.path, above.path)))
          AND (n.roles = '[]' OR EXISTS (
                SELECT FROM identity_staffrole sr JOIN identity_role r ON r.id = sr.role_id
                WHERE sr.staff_id = %(staff)s AND jsonb_exists(n.roles, r.code)))
          AND NOT EXISTS (SELECT FROM messaging_noticereceipt r WHERE r.notice_id = n.id AND r.staff_id = %(staff)s))
"""
"""On every page, so in one statement by hand: the ORM's way cost a fifth of an empty page's CPU."""


def unread(actor: Actor) -> int:
    """How many messages and notices wait."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, {"staff": actor.staff_id, "unit": actor.unit_id, "now": clock.now()})
        return int(cursor.fetchone()[0])


def times_read(notices: Iterable[Notice]) -> dict[int, int]:
    """How many people have read each notice, in one query."""
    rows = NoticeReceipt.objects.filter(notice__in=[notice.pk for notice in notices])
    return dict(rows.values_list("notice_id").annotate(people=Count("id")).order_by("notice_id"))


def recipients(actor: Actor, text: str, limit: int = 10) -> list[Staff]:
    """Colleagues whose name or sign-in contains `text`."""
    return colleagues(actor, text, limit)


def _notices(actor: Actor) -> QuerySet[Notice]:
    now = clock.now()
    unit = Unit.objects.filter(pk=actor.unit_id).values_list("path", flat=True).first() or "/"
    above = [int(part) for part in unit.strip("/").split("/") if part]
    mine = Q(roles=[])
    for code in Role.objects.filter(staffrole__staff_id=actor.staff_id).values_list("code", flat=True):
        mine |= Q(roles__contains=[code])
    standing = Q(valid_to=None) | Q(valid_to__gt=now)
    return Notice.objects.filter(Q(unit=None) | Q(unit__in=above), mine, standing, valid_from__lte=now)
