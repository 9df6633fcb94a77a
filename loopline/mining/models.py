"""Runs of models: what was learnt from which data, how good it is, and what it says of everyone."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Status(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued", _("Waiting")
    TRAINING = "training", _("Training")
    TRAINED = "trained", _("Trained")
    SCORING = "scoring", _("Scoring")
    SCORED = "scored", _("Scored")
    FAILED = "failed", _("Failed")


AT_WORK = (Status.QUEUED, Status.TRAINING, Status.SCORING)
HISTORY, IMPORT = "history", "import:"
CHURN, EVALUATION = "churn", "evaluation"
"""Subjects: a model of our own customers, or a table that somebody wanted judged."""


class Run(TenantRow):
    """One training run, kept whole: it can be repeated from `snapshot`, `code_version` and `parameters`.

    `population` is `history` (point-in-time features of the warehouse) or `import:<id>` (a table that a person
    brought, with its label). `figures` and `plots` are what the model card shows.
    """

    public_id = PublicId()
    subject = models.TextField(default="churn")
    population = models.TextField(default="history")
    status = models.TextField(default="running")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    started_by = models.TextField(default="")
    snapshot = models.BigIntegerField(null=True)
    code_version = models.TextField(default="")
    cutoffs = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    plots = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    model = models.BinaryField(null=True)
    progress = models.JSONField(default=dict)
    scored = models.IntegerField(default=0)
    error = models.TextField(default="")
