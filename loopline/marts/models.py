"""Tables that an operator brought, what was brought when, and when a subject was made anew."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Role(models.TextChoices):
    """What a column of a brought table is."""

    SUM = "sum", _("Figure, added up")
    MEAN = "mean", _("Figure, averaged")
    ATTRIBUTE = "attribute", _("Attribute")
    MONTH = "month", _("Key: month")
    DAY = "day", _("Key: day")
    BRANCH = "branch", _("Key: branch")
    CUSTOMER = "customer", _("Key: customer")
    LINE = "line", _("Key: subscription or telephone")
    OFFERING = "offering", _("Key: offering")
    CHANNEL = "channel", _("Key: channel")
    HANDSET = "handset", _("Key: handset (TAC)")
    SKIP = "skip", _("Left out")


class Kind(models.TextChoices):
    """How the values of a column are read."""

    TEXT = "text", _("Text")
    WHOLE = "whole", _("Whole number")
    NUMBER = "number", _("Decimal number")
    MONEY = "money", _("Money")
    DAY = "day", _("Day")
    MONTH = "month", _("Month")


class Way(models.TextChoices):
    """What a file does to the table."""

    NEW = "new", _("New table")
    REPLACE = "replace", _("Replaces all rows")
    APPEND = "append", _("Adds its rows")


class Status(models.TextChoices):
    """Where a file stands on its way in."""

    DRAFT = "draft", _("Looked at")
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being brought")
    DONE = "done", _("In the warehouse")
    REFUSED = "refused", _("Refused")
    INTERRUPTED = "interrupted", _("Interrupted")


class Mart(TenantRow):
    """A brought table. `name` is its cube's; `columns` says of each column of the file what it is.

    It is there once a load is done (`brought_at`). One that was removed is kept for some days, so that this can be
    taken back.
    """

    public_id = PublicId()
    name = models.TextField(db_collation="C")
    title = models.TextField()
    about = models.TextField(default="")
    columns = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    owner_id = models.BigIntegerField(default=0)
    owner_name = models.TextField(default="")
    made_at = models.DateTimeField(db_default=Now())
    brought_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "name"], name="marts_name_once")]

    @property
    def table(self) -> str:
        """Its table in the lake."""
        return f"mart_{self.name}"


class MartLoad(TenantRow):
    """A file brought into a mart. `unknown` counts by role the rows whose key met nothing.

    `faults` are cells that could not be read: [row, column, reason's code, its values]. `profile` is what was seen of
    the columns while it is a draft; `error` is code and values of a refusal of the whole.
    """

    public_id = PublicId()
    mart = models.ForeignKey(Mart, on_delete=models.CASCADE, related_name="loads")
    way = models.TextField(choices=Way, default=Way.NEW)
    status = models.TextField(choices=Status, default=Status.DRAFT)
    file_name = models.TextField()
    stored_as = models.TextField()
    digest = models.TextField()
    size = models.BigIntegerField()
    profile = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    unknown = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    error = models.TextField(default="")
    snapshot = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(default=0)
    actor_name = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["mart", "-id"], name="marts_load_newest")]


class MartRefresh(TenantRow):
    """A subject's summary made anew outside of the loads."""

    subject = models.TextField()
    at = models.DateTimeField(db_default=Now())
    rows = models.BigIntegerField(default=0)
    actor_name = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "subject", "-id"], name="marts_refresh_newest")]
