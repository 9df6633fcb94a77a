"""Import runs with their ledger, what was rejected, and which rows are known already."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, PublicId


class Status(models.TextChoices):
    """Where a file stands on its way in."""

    UPLOADED = "uploaded", _("Not started")
    QUEUED = "queued", _("Waiting")
    READING = "reading", _("Being read")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    TRIED = "tried", _("Tried, nothing changed")
    STOPPED = "stopped", _("Stopped")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


AT_WORK = (Status.QUEUED, Status.READING, Status.RUNNING)
STARTABLE = (Status.UPLOADED, Status.TRIED, Status.STOPPED, Status.FAILED)


class ImportRun(BranchRow):
    """One file on its way in. The ledger adds up: read = created + updated + duplicates + rejected.

    `format` says what the file is (kind, encoding, delimiter, sheet, columns) and holds the types of its columns
    once they are read; `mapping` gives each column its target. `error` is code and values of a refusal.
    """

    public_id = PublicId()
    target = models.TextField()
    file_name = models.TextField()
    stored_as = models.TextField()
    digest = models.TextField()
    size = models.BigIntegerField()
    status = models.TextField(choices=Status, default=Status.UPLOADED)
    format = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    as_of = models.DateField()
    dry_run = models.BooleanField(default=False)
    read = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    rows_total = models.IntegerField(null=True)
    next_row = models.IntegerField(default=0)
    error = models.JSONField(default=dict)
    actor_id = models.BigIntegerField(default=0)
    actor_name = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    read=models.F("created")
                    + models.F("updated")
                    + models.F("duplicates")
                    + models.F("rejected")
                ),
                name="imports_ledger_adds_up",
            )
        ]


class Reject(BranchRow):
    """A value that was not accepted: where it stands and why, as a code with values for the reader's language."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    row_number = models.IntegerField()
    column = models.TextField(default="")
    value = models.TextField(default="")
    code = models.TextField()
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["run", "row_number", "id"], name="imports_reject_row")]


class KnownRow(BranchRow):
    """What a row of some file has become: found by the digest of its key, compared by that of its content.

    Keys and contents are keyed digests, so that nothing of a customer can be read here. The branch is that of the
    import; only imports look at these rows, and they see the whole tenant.
    """

    branch = models.ForeignKey(
        "identity.Unit", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    target = models.TextField()
    key = models.BinaryField()
    content = models.BinaryField()
    object_id = models.BigIntegerField()
    run_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "target", "key"], name="imports_known_row_once")
        ]
