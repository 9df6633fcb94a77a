"""The door of this module for other modules."""

from loopline.kernel.pages import counters
from loopline.messaging.actions import (
    NoticeInput,
    answer_message,
    own_link,
    publish_notice,
    put_away,
    read_message,
    read_notice,
    read_thread,
    remind_readers,
    send_message,
    withdraw_notice,
)
from loopline.messaging.models import Message, Notice
from loopline.messaging.queries import (
    Thread,
    audience,
    get_notice,
    have_read,
    inbox,
    messages_of,
    not_yet_read,
    notices_for,
    published,
    recipients,
    stands,
    threads,
    times_read,
    unread,
)

counters.add("unread", unread)

__all__ = [
    "Message",
    "Notice",
    "NoticeInput",
    "Thread",
    "answer_message",
    "audience",
    "get_notice",
    "have_read",
    "inbox",
    "messages_of",
    "not_yet_read",
    "notices_for",
    "own_link",
    "publish_notice",
    "published",
    "put_away",
    "read_message",
    "read_notice",
    "read_thread",
    "recipients",
    "remind_readers",
    "send_message",
    "stands",
    "threads",
    "times_read",
    "unread",
    "withdraw_notice",
]
