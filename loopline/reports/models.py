"""Reports, when they are made, who gets them, and the archive of what was made."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Report(TenantRow):
    """Sections in their order; each is a question to a cube, shown as table, chart or both, or a text.

    A section is {"title", "title_en", "text", "text_en", "cube", "question" (as an address has it), "show" (table,
    chart, both), "chart" (bar, line, pie), "months" (how many up to that of the report; 0: as the question says)}.
    `code` names a report of the standard set, '' one that people made.
    """

    public_id = PublicId()
    code = models.TextField(default="", db_collation="C")
    name = models.TextField()
    name_en = models.TextField(default="")
    about = models.TextField(default="")
    about_en = models.TextField(default="")
    sections = models.JSONField(default=list)
    owner_id = models.BigIntegerField(default=0)
    owner_name = models.TextField(default="")
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "code"], condition=~models.Q(code=""), name="reports_report_code"
            )
        ]


class Rhythm(models.TextChoices):
    """How often a report is made."""

    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")


class Schedule(TenantRow):
    """When a report is made by itself, in the operator's zone. `day` is 1–7 (Monday first) or 1–31 of the month.

    `working_days`: a day off passes its report on to the next working day (daily: has none). `next_at` is the moment
    of the next one.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="schedule")
    rhythm = models.TextField(choices=Rhythm, default=Rhythm.MONTHLY)
    day = models.IntegerField(default=1)
    hour = models.IntegerField(default=8)
    working_days = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "next_at"], name="reports_schedule_next")]


class Recipient(TenantRow):
    """Who gets a report: a member of staff, everybody of a role, or an address outside.

    Each gets it within his own rights; an address outside within those of who named it (`by_id`).
    """

    public_id = PublicId()
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="recipients")
    staff = models.ForeignKey("identity.Staff", null=True, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey("identity.Role", null=True, on_delete=models.CASCADE, related_name="+")
    address = models.TextField(default="")
    by_id = models.BigIntegerField(default=0)


class RunStatus(models.TextChoices):
    """Where the making of a report stands."""

    WAITING = "waiting", _("In the queue")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Run(TenantRow):
    """A report made once: for a month and a unit, from one snapshot of the lake. `due_at` where a schedule asked."""

    public_id = PublicId()
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="runs")
    asked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    month = models.DateField()
    unit = models.TextField(default="")
    send = models.BooleanField(default=False)
    status = models.TextField(choices=RunStatus, default=RunStatus.WAITING)
    snapshot = models.BigIntegerField(null=True)
    sections = models.JSONField(default=list)
    done = models.IntegerField(default=0)
    of = models.IntegerField(default=0)
    error = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="reports_run_once",
            )
        ]
        indexes = [models.Index(fields=["report", "-id"], name="reports_run_report")]


class Edition(TenantRow):
    """A run as people of one scope and language get it; its files hang on it. Seen by `people` and equals of theirs."""

    public_id = PublicId()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="editions")
    reach = models.TextField(db_collation="C")
    language = models.TextField(default="zh-hans")
    people = models.JSONField(default=list)
    unit_name = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "reach", "language"], name="reports_edition_once")
        ]


class DeliveryStatus(models.TextChoices):
    """Where a mail stands."""

    WAITING = "waiting", _("To be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("Perhaps sent")
    NO_ADDRESS = "no_address", _("No address")


class Delivery(TenantRow):
    """An edition on its way to one person. `message` is the mail's own id, made once, so that it goes out once."""

    public_id = PublicId()
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    staff_id = models.BigIntegerField(null=True)
    name = models.TextField(default="")
    address = models.TextField(default="")
    message = models.TextField(db_collation="C")
    status = models.TextField(choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "message"], name="reports_delivery_message")
        ]
