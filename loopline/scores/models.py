"""Scores."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import ChangedXid, CustomerRow


class Score(CustomerRow):
    """The latest risk and value of a subscription.

    `risk` is a calibrated probability of leaving in the model's outcome window, `value` the mean monthly
    margin in the operator's currency; the classes are `high` or `low`. `reasons` lists up to three
    `{"topic": …, "text": {"en": …, "zh-hans": …}}`, strongest first.
    """

    subscription = models.OneToOneField(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+"
    )
    risk = models.FloatField()
    risk_class = models.TextField()
    value = models.DecimalField(max_digits=18, decimal_places=2)
    value_class = models.TextField()
    reasons = models.JSONField(default=list)
    model_run_id = models.BigIntegerField()
    as_of = models.DateField()
    scored_at = models.DateTimeField(db_default=Now())
    changed_xid = ChangedXid()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "value_class", "risk_class", "-risk"], name="scores_cell"),
            models.Index(
                fields=["tenant_id", "branch", "value_class", "risk_class"], name="scores_branch_cell"
            ),
            models.Index(fields=["tenant_id", "-risk", "-customer"], name="scores_risk"),
            models.Index(fields=["tenant_id", "-value", "-customer"], name="scores_value"),
            models.Index(fields=["customer", "-risk"], name="scores_customer_risk"),
        ]
