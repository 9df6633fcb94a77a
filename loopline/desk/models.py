"""Appointments, and the keys of calendars that other programs read."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.desk import repeating
from loopline.kernel.models import BranchRow, PublicId, TenantRow

LONGEST = 31 * 24 * 60
"""Minutes of the longest appointment: who looks for a day need not look further back."""


class Repeats(models.TextChoices):
    """How often an appointment comes again."""

    NEVER = "", _("Once")
    DAILY = repeating.DAILY, _("Every day")
    WEEKLY = repeating.WEEKLY, _("Every week")
    MONTHLY = repeating.MONTHLY, _("Every month")


class Appointment(BranchRow):
    """Something at a time: seen by its owner and whoever takes part, and unless private by those above his unit.

    One that repeats is a single row: it comes again at the same time of the operator's day up to `until`, save on the
    days in `skipped` (ISO).
    """

    row_policy: ClassVar[str] = "appointment"
    public_id = PublicId()
    owner = models.ForeignKey("identity.Staff", on_delete=models.CASCADE, related_name="+")
    title = models.TextField()
    place = models.TextField(default="")
    note = models.TextField(default="")
    starts_at = models.DateTimeField()
    minutes = models.IntegerField(default=60)
    all_day = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    link = models.TextField(default="")
    link_label = models.TextField(default="")
    repeats = models.TextField(choices=Repeats, default=Repeats.NEVER, blank=True)
    until = models.DateField(null=True)
    skipped = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__range=(0, LONGEST)), name="desk_appointment_length"
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "starts_at"], name="desk_appointment_day"),
            models.Index(
                fields=["tenant_id", "until"], condition=~models.Q(repeats=""), name="desk_appointment_series"
            ),
        ]


class Attendance(TenantRow):
    """That somebody besides the owner takes part."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="attendances")
    staff = models.ForeignKey("identity.Staff", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appointment", "staff"], name="desk_attendance_once")]


class CalendarFeed(TenantRow):
    """The key with which a calendar program of somebody's reads his calendar; kept as a digest."""

    staff = models.OneToOneField("identity.Staff", on_delete=models.CASCADE, related_name="+")
    key_digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField(db_default=Now())
