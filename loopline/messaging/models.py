"""Messages between staff and notices to units."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import UUID7, Now

from loopline.kernel.models import PublicId, TenantRow


class Message(TenantRow):
    """From one member of staff to another; only the two see it. Sender 0 is the system.

    Messages that answer one another share their `thread`. Each of the two puts his side of it away by himself. What is
    said to several is a message to each, all of them with one `said`; `people` are then all who take part.
    """

    row_policy: ClassVar[str] = "message"
    public_id = PublicId()
    thread = models.UUIDField(db_default=UUID7(), editable=False)
    said = models.UUIDField(db_default=UUID7(), editable=False)
    people = models.JSONField(default=list)
    sender_id = models.BigIntegerField(default=0)
    sender_name = models.TextField(default="")
    recipient_id = models.BigIntegerField()
    subject = models.TextField()
    body = models.TextField(default="")
    link = models.TextField(default="")
    link_label = models.TextField(default="")
    sent_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    sender_archived = models.BooleanField(default=False)
    recipient_archived = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["recipient_id", "-id"], name="messaging_recipient"),
            models.Index(fields=["sender_id", "-id"], name="messaging_sender"),
            models.Index(fields=["thread", "id"], name="messaging_thread"),
        ]


class Notice(TenantRow):
    """An announcement to a unit and all below it (no unit: everybody), to some roles or (none named) to all.

    It stands from `valid_from` until `valid_to`. One that must be read says so until it is, and stays countable.
    """

    public_id = PublicId()
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    roles = models.JSONField(default=list)
    title = models.TextField()
    body = models.TextField(default="")
    must_read = models.BooleanField(default=False)
    author_id = models.BigIntegerField(default=0)
    author_name = models.TextField(default="")
    published_at = models.DateTimeField(db_default=Now())
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)


class NoticeReceipt(TenantRow):
    """That a member of staff has read a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="receipts")
    staff_id = models.BigIntegerField()
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "staff_id"], name="messaging_receipt_once")]
