"""The door of this module for other modules."""

from loopline.kernel.pages import counters
from loopline.messaging.actions import publish_notice, read_message, read_notice, send_message
from loopline.messaging.queries import inbox, notices_for, recipients, unread

counters.add("unread", unread)

__all__ = [
    "inbox",
    "notices_for",
    "publish_notice",
    "read_message",
    "read_notice",
    "recipients",
    "send_message",
    "unread",
]
