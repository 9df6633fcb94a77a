"""Messages and notices for programs."""

from datetime import datetime
from uuid import UUID

from django.db.models.functions import Lower
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, caller
from loopline.messaging import actions, queries
from loopline.messaging.models import Message, Notice

router = Router()
PAGE = 50


class ThreadOut(Schema):
    """Messages that answer one another, by the newest; `people` take part besides me."""

    thread: UUID
    people: list[str]
    subject: str
    last: str
    sender: str
    sent_at: datetime
    messages: int
    unread: int


class ThreadPage(Schema):
    """Threads, the newest first; `next` is the `below` of the following page."""

    items: list[ThreadOut]
    next: int | None


class ThreadQuery(Schema):
    """Which threads: those put away or the others, below a place."""

    away: bool = False
    below: int = Field(2**62, ge=1, le=2**62)


class MessageOut(Schema):
    """A message."""

    id: UUID
    thread: UUID
    sender: str
    is_mine: bool
    subject: str
    body: str
    link: str
    link_label: str
    sent_at: datetime
    read_at: datetime | None


class MessageIn(Schema):
    """A message to a colleague, named by his user name, or to several. `link` is a page of the house."""

    to: str | list[str]
    subject: str
    body: str = ""
    link: str = ""
    link_label: str = ""


class Answer(Schema):
    """What is written on."""

    body: str
    link: str = ""
    link_label: str = ""


class Away(Schema):
    """Put away, or back."""

    away: bool = True


class NoticeIn(Schema):
    """A notice: `unit` is a unit's code (none: my whole part), `roles` are codes of roles (none: everybody)."""

    title: str
    body: str = ""
    unit: str = ""
    roles: list[str] = []
    must_read: bool = False
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None


class NoticeOut(Schema):
    """A notice that stands for me."""

    id: UUID
    title: str
    body: str
    author: str
    must_read: bool
    valid_from: datetime
    valid_to: datetime | None
    is_read: bool


class Receipts(Schema):
    """Who has read a notice, and who has not yet, by user name (of the latter the first five hundred)."""

    total: int
    read: list[str]
    not_yet: list[str]


class Reminded(Schema):
    """How many people were written to."""

    people: int


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _message(actor: Actor, row: Message) -> MessageOut:
    return MessageOut(
        id=row.public_id,
        thread=row.thread,
        sender=row.sender_name,
        is_mine=row.sender_id == actor.staff_id,
        subject=row.subject,
        body=row.body,
        link=row.link,
        link_label=row.link_label,
        sent_at=row.sent_at,
        read_at=row.read_at,
    )


def _notice(row: Notice, *, is_read: bool) -> NoticeOut:
    return NoticeOut(
        id=row.public_id,
        title=row.title,
        body=row.body,
        author=row.author_name,
        must_read=row.must_read,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        is_read=is_read,
    )


@router.get("/threads", response=ThreadPage)
def threads(request: HttpRequest, wanted: Query[ThreadQuery]) -> ThreadPage:
    """My threads, the newest first."""
    found = queries.threads(caller(request), away=wanted.away, below=wanted.below, limit=PAGE + 1)
    actor = caller(request)
    people = identity.Staff.objects.in_bulk([key for one in found for key in one.others(actor)])
    items = [
        ThreadOut(
            thread=one.key,
            people=[people[key].user_name for key in one.others(actor) if key in people],
            subject=one.last.subject,
            last=one.last.body,
            sender=one.last.sender_name,
            sent_at=one.last.sent_at,
            messages=one.messages,
            unread=one.unread,
        )
        for one in found[:PAGE]
    ]
    return ThreadPage(items=items, next=found[PAGE - 1].last.pk if len(found) > PAGE else None)


@router.post("/messages", response={201: None})
def send(request: HttpRequest, given: MessageIn) -> Status[None]:
    """Write to a colleague, or to several."""
    names = {
        _plain(name).casefold() for name in ([given.to] if isinstance(given.to, str) else given.to[:100])
    }
    staff = identity.Staff.objects.annotate(folded=Lower("user_name"))
    to = list(staff.filter(folded__in=names, is_active=True))
    if len(to) < max(len(names), 1):
        raise NotFound(field="to")
    words = actions.Words(
        _plain(given.subject), _plain(given.body), _plain(given.link), _plain(given.link_label)
    )
    actions.send_to_several(actor=caller(request), recipients=to, words=words)
    return Status(201, None)


@router.get("/threads/{thread}", response=list[MessageOut])
def thread(request: HttpRequest, thread: UUID) -> list[MessageOut]:
    """The messages of a thread, oldest first."""
    actor = caller(request)
    return [_message(actor, row) for row in queries.messages_of(actor, thread)]


@router.post("/threads/{thread}/answer", response={201: None})
def answer(request: HttpRequest, thread: UUID, given: Answer) -> Status[None]:
    """Write on in a thread."""
    actions.answer_message(
        actor=caller(request),
        thread=thread,
        body=_plain(given.body),
        link=_plain(given.link),
        link_label=_plain(given.link_label),
    )
    return Status(201, None)


@router.post("/threads/{thread}/read", response={204: None})
def read_thread(request: HttpRequest, thread: UUID) -> Status[None]:
    """Mark what came to me in a thread as read."""
    actions.read_thread(actor=caller(request), thread=thread, now=clock.now())
    return Status(204, None)


@router.post("/threads/{thread}/away", response={204: None})
def put_away(request: HttpRequest, thread: UUID, given: Away) -> Status[None]:
    """Put my side of a thread away, or back."""
    actions.put_away(actor=caller(request), thread=thread, away=given.away)
    return Status(204, None)


@router.get("/notices", response=list[NoticeOut])
def notices(request: HttpRequest) -> list[NoticeOut]:
    """The notices that stand for me, the newest first."""
    return [_notice(row, is_read=read) for row, read in queries.notices_for(caller(request), PAGE)]


@router.post("/notices", response={201: NoticeOut})
def publish(request: HttpRequest, given: NoticeIn) -> Status[NoticeOut]:
    """Publish a notice to a unit that I see."""
    actor = caller(request)
    branches = actor.scope.branches
    unit = identity.Unit.objects.filter(code=_plain(given.unit)).first() if given.unit else None
    if (given.unit or branches is not None) and (
        unit is None or (branches is not None and unit.pk not in branches)
    ):
        raise NotFound(field="unit")
    wanted = actions.NoticeInput(
        title=_plain(given.title),
        body=_plain(given.body),
        unit=unit,
        roles=[_plain(code) for code in given.roles],
        must_read=given.must_read,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )
    return Status(201, _notice(actions.publish_notice(actor=actor, wanted=wanted), is_read=False))


@router.post("/notices/{notice}/read", response={204: None})
def read_notice(request: HttpRequest, notice: UUID) -> Status[None]:
    """Leave my receipt."""
    actions.read_notice(actor=caller(request), public_id=str(notice))
    return Status(204, None)


@router.get("/notices/{notice}/receipts", response=Receipts)
def receipts(request: HttpRequest, notice: UUID) -> Receipts:
    """Who has read a notice that I look after."""
    row = queries.get_notice(caller(request), notice)
    return Receipts(
        total=queries.audience(row).count(),
        read=[one.user_name for one, _when in queries.have_read(row)],
        not_yet=[one.user_name for one in queries.not_yet_read(row)[:500]],
    )


@router.post("/notices/{notice}/remind", response=Reminded)
def remind(request: HttpRequest, notice: UUID) -> Reminded:
    """Write to everybody who should have read it and has not."""
    people = actions.remind_readers(
        actor=caller(request), public_id=notice, now=clock.now(), link="/messages"
    )
    return Reminded(people=people)


@router.post("/notices/{notice}/withdraw", response=NoticeOut)
def withdraw(request: HttpRequest, notice: UUID) -> NoticeOut:
    """A notice stands no longer."""
    row = actions.withdraw_notice(actor=caller(request), public_id=notice, now=clock.now())
    return _notice(row, is_read=True)
