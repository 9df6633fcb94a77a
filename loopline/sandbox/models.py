"""Statements that were asked, and statements that people keep."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Status(models.TextChoices):
    """Where a statement stands."""

    WAITING = "waiting", _("In the queue")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Not run")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class Statement(TenantRow):
    """A statement that somebody asked, and how it ended. It is the audit of the sandbox: no row is ever taken out.

    `fault` is a stable code with the word it is about and its place in the statement (from 0; -1 unknown). `reach` is
    a digest of what the asker might see; while it holds, the result may be read again, until it is thrown away.
    """

    public_id = PublicId()
    staff_id = models.BigIntegerField()
    staff_name = models.TextField(default="")
    sql = models.TextField()
    tables = models.JSONField(default=list)
    reach = models.TextField(default="", db_collation="C")
    status = models.TextField(choices=Status, default=Status.WAITING)
    asked_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    percent = models.IntegerField(default=0)
    reading = models.TextField(default="")
    stop_asked = models.BooleanField(default=False)
    snapshot = models.BigIntegerField(null=True)
    rows = models.IntegerField(default=0)
    is_cut = models.BooleanField(default=False)
    fault = models.TextField(default="")
    word = models.TextField(default="")
    at = models.IntegerField(default=-1)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "staff_id", "-id"], name="sandbox_statement_staff")]


class KeptStatement(TenantRow):
    """A statement under a name: its keeper's own, or shared with everybody who may ask."""

    public_id = PublicId()
    staff_id = models.BigIntegerField()
    staff_name = models.TextField(default="")
    name = models.TextField()
    sql = models.TextField()
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "staff_id", "name"], name="sandbox_kept_name")
        ]
