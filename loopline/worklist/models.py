"""Tasks."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, PublicId


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Task(BranchRow):
    """Something a person must do, from `not_before` until `due_at`.

    `subject` names what it is about and is taken once: `campaigns.member:<id>`. `source` names what it came
    from, with its name for people: `campaigns.campaign:<id>`.
    """

    row_policy: ClassVar[str] = "task"
    public_id = PublicId()
    kind = models.TextField()
    title = models.TextField()
    detail = models.JSONField(default=dict)
    subject = models.TextField(default="")
    source = models.TextField(default="", db_collation="C")
    source_name = models.TextField(default="")
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.TextField(choices=TaskStatus, default=TaskStatus.OPEN)
    priority = models.IntegerField(default=50)
    not_before = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.BigIntegerField(null=True)
    closed_by_name = models.TextField(default="")
    result = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject"], condition=~models.Q(subject=""), name="worklist_task_subject"
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "branch", "status", "-priority", "id"], name="worklist_branch"),
            models.Index(fields=["assignee", "status", "-priority", "id"], name="worklist_assignee"),
            models.Index(fields=["customer", "status"], name="worklist_customer"),
            models.Index(
                fields=["tenant_id", "source", "id"], condition=~models.Q(source=""), name="worklist_source"
            ),
        ]
