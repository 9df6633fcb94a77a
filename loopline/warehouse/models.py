"""Loads of the lake with their checks, and the stream of changes between two of them."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import PublicId, TenantRow


class Load(TenantRow):
    """What was brought into the lake: up to which change, the lake's snapshot after it, its check.

    `kind` is complete, changes (asked for) or stream (the writer's small loads of some minutes, added up).
    `epoch` and `position` say which changes of the stream the lake holds; `as_of` is the moment it equals.
    """

    public_id = PublicId()
    kind = models.TextField(default="changes")
    status = models.TextField(default="running")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True)
    horizon = models.BigIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    snapshot = models.BigIntegerField(null=True)
    rows = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    progress = models.JSONField(default=dict)
    error = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="warehouse_load_newest")]


class Change(TenantRow):
    """The journal: rows of a relation that one transaction wrote or deleted; without keys: any of its rows.

    `position` is the place of the commit in PostgreSQL's log: the order in which all changes happened.
    """

    epoch = models.BigIntegerField()
    position = models.BigIntegerField()
    transaction = models.BigIntegerField()
    committed_at = models.DateTimeField()
    relation = models.TextField()
    keys = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "position"], name="warehouse_change_position")]


class Stream(TenantRow):
    """How far the stream has been read: one row, which belongs to no operator (tenant 0).

    `collected` is the newest commit in the journal, `advanced` the place up to which the slot was told to forget.
    A new `epoch` begins when the slot had to be made anew. `trouble` says why there is no stream.
    """

    epoch = models.BigIntegerField(default=0)
    collected = models.BigIntegerField(default=0)
    advanced = models.BigIntegerField(default=0)
    collected_at = models.DateTimeField(null=True)
    trouble = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="warehouse_stream_once")]


class QualityRun(TenantRow):
    """The rules of quality asked of one snapshot of the lake: for each rule the rows that fail, by month.

    `results` holds an object for each rule: table, rule, rows, failing, and by month (ISO day) how many fail and keys
    of some of them.
    """

    at = models.DateTimeField(db_default=Now())
    snapshot = models.BigIntegerField()
    whole = models.BooleanField(default=True)
    milliseconds = models.IntegerField(default=0)
    rules = models.IntegerField(default=0)
    failing = models.BigIntegerField(default=0)
    results = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="warehouse_quality_newest")]
