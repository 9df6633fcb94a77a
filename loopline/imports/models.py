"""Import runs with their ledger, and the staged rows they are made of."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import BranchRow, PublicId, TenantRow


class ImportRun(BranchRow):
    """One file on its way in. The ledger adds up: read = created + updated + duplicates + rejected."""

    public_id = PublicId()
    target = models.TextField()
    file_name = models.TextField()
    stored_as = models.TextField()
    digest = models.TextField()
    size = models.BigIntegerField()
    status = models.TextField(default="uploaded")
    format = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    read = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    rows_total = models.IntegerField(null=True)
    next_row = models.IntegerField(default=0)
    error = models.TextField(default="")
    actor_id = models.BigIntegerField(default=0)
    actor_name = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)


class Reject(TenantRow):
    """A value that was not accepted: where it stands and why."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    row_number = models.IntegerField()
    column = models.TextField(default="")
    value = models.TextField(default="")
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["run", "row_number"], name="imports_reject_row")]
