"""The door of this module for other modules."""

from loopline.kernel.pages import counters
from loopline.messaging.actions import publish_notice, read_message, read_notice, send_message
from loopline.messaging.models import Message, Notice
from loopline.messaging.queries import inbox, notices_for, recipients, times_read, unread

counters.add("unread", unread)

__all__ = [
    "Message",
    "Notice",
    "inbox",
    "notices_for",
    "publish_notice",
    "read_message",
    "read_notice",
    "recipients",
    "send_message",
    "times_read",
    "unread",
]
