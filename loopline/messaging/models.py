"""Messages between staff and notices to units."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import PublicId, TenantRow


class Message(TenantRow):
    """From one member of staff to another; only the two see it. Sender 0 is the system."""

    row_policy: ClassVar[str] = "message"
    public_id = PublicId()
    sender_id = models.BigIntegerField(default=0)
    sender_name = models.TextField(default="")
    recipient_id = models.BigIntegerField()
    subject = models.TextField()
    body = models.TextField(default="")
    link = models.TextField(default="")
    sent_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["recipient_id", "-id"], name="messaging_recipient")]


class Notice(TenantRow):
    """An announcement to a unit and all below it; no unit means everybody."""

    public_id = PublicId()
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    title = models.TextField()
    body = models.TextField(default="")
    author_id = models.BigIntegerField(default=0)
    author_name = models.TextField(default="")
    published_at = models.DateTimeField(db_default=Now())


class NoticeReceipt(TenantRow):
    """That a member of staff has read a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="receipts")
    staff_id = models.BigIntegerField()
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "staff_id"], name="messaging_receipt_once")]
