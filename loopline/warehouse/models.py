"""Loads of the lake and their checks."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import PublicId, TenantRow


class Load(TenantRow):
    """One refresh: which changes it took (by transaction horizon), the lake's snapshot after it, its check."""

    public_id = PublicId()
    status = models.TextField(default="running")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    horizon = models.BigIntegerField(default=0)
    snapshot = models.BigIntegerField(null=True)
    rows = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    progress = models.JSONField(default=dict)
    error = models.TextField(default="")
