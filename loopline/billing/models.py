"""Bills, payments and usage by subscription and month. `month` is its first day in the operator's zone."""

from django.db import models

from loopline.kernel.models import ChangedXid, CustomerRow


class Bill(CustomerRow):
    """What a subscription was billed for a month; the parts add up to `amount`."""

    account = models.ForeignKey("customers.Account", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField()
    due_on = models.DateField()
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2)
    usage_charge = models.DecimalField(max_digits=18, decimal_places=2)
    discount = models.DecimalField(max_digits=18, decimal_places=2)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "month"], name="billing_bill_once"),
            models.CheckConstraint(
                condition=models.Q(
                    amount=models.F("monthly_fee") + models.F("usage_charge") - models.F("discount")
                ),
                name="billing_bill_adds_up",
            ),
        ]


class Payment(CustomerRow):
    """Money received on an account."""

    account = models.ForeignKey("customers.Account", on_delete=models.PROTECT, related_name="+")
    reference = models.TextField()
    paid_on = models.DateField()
    month = models.DateField(null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    method = models.TextField(default="")
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="billing_payment_reference")
        ]


class MonthlyUsage(CustomerRow):
    """What a subscription used in a month: minutes, messages, megabytes, days and counts."""

    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField()
    minutes = models.IntegerField(default=0)
    minutes_competitor = models.IntegerField(default=0)
    messages = models.IntegerField(default=0)
    data_mb = models.BigIntegerField(default=0)
    roaming_days = models.IntegerField(default=0)
    faults = models.IntegerField(default=0)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "month"], name="billing_usage_once")]
