"""Wishes for files in clear."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import PublicId, TenantRow


class ClearExport(TenantRow):
    """Somebody asks to take a list out in clear; somebody else decides; what is approved holds for a while.

    `wanted` is the list with its filters, as its address has it.
    """

    public_id = PublicId()
    target = models.TextField(default="customers")
    wanted = models.TextField(default="")
    format = models.TextField(default="csv")
    reason = models.TextField()
    state = models.TextField(default="asked")
    asked_by_id = models.BigIntegerField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField(db_default=Now())
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="exports_clear")]
