"""The port through which mail leaves, and what a mail is."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address. `message` is its id (`<…@host>`): the same id is the same mail."""

    message: str
    to: str
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()


class NotSent(Exception):
    """The mail was certainly not taken; says why."""


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises NotSent when it was certainly not taken; anything else leaves that open."""

    def knows(self, message: str) -> bool | None:
        """Whether a mail of this id went out; None where that cannot be told."""


def letter(mail: Mail, sender: str) -> bytes:
    """The mail as it travels (RFC 5322)."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, mail.to, " ".join(mail.subject.split())
    made["Message-ID"], made["Date"] = mail.message, formatdate()
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.body)
    for file in mail.attachments:
        main, _slash, sub = file.media_type.partition("/")
        made.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return bytes(made)
