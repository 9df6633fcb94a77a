"""Tills, the times they are open, the ledger of what passes them, and what is held or owed beyond a day.

The ledger is append-only: triggers refuse to change or delete a movement or an entry, to add one to a till that is
closed, and to change what a closed day says.
"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import (
    BranchRow,
    ChangedXid,
    CustomerRow,
    HandledRow,
    PartRow,
    PublicId,
    TenantRow,
)
from loopline.till.rules import termination


class SessionState(models.TextChoices):
    """Where the day of a till stands."""

    OPEN = "open", _("In use")
    COUNTED = "counted", _("Counted, waits for confirmation")
    CLOSED = "closed", _("Day closed")


class MovementKind(models.TextChoices):
    """Why money moves."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    CORRECTION = "correction", _("Correction")
    CHANGE = "change", _("Change put in")
    CLOSE = "close", _("Day close")
    SET_OFF = "set_off", _("Deposit set off")


class DepositState(models.TextChoices):
    """What became of a deposit."""

    HELD = "held", _("Held as security")
    RETURNED = "returned", _("Given back")
    SET_OFF = "set_off", _("Set off")


class PlanState(models.TextChoices):
    """What became of an instalment plan."""

    RUNNING = "running", _("Running")
    SETTLED = "settled", _("Settled with the close")


class Terms(TenantRow):
    """What the operator has decided: up to which sum a clerk pays back alone, and what leaving early costs."""

    refund_limit = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(500))
    rate = models.DecimalField(max_digits=5, decimal_places=4, default=termination.RATE)
    most_months = models.IntegerField(default=termination.MOST_MONTHS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="till_terms_once")]


class Till(BranchRow):
    """A drawer at a counter. Its code begins the numbers of its receipts."""

    public_id = PublicId()
    code = models.TextField(db_collation="C")
    name = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="till_code")]


class Session(BranchRow):
    """A till from opening to day close 日结. `counted` and `expected` hold amounts by means of payment."""

    public_id = PublicId()
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="sessions")
    day = models.DateField()
    state = models.TextField(choices=SessionState, default=SessionState.OPEN)
    change = models.DecimalField(max_digits=18, decimal_places=2)
    opened_at = models.DateTimeField(db_default=Now())
    opened_by_id = models.BigIntegerField(default=0)
    opened_by = models.TextField(default="")
    counted_at = models.DateTimeField(null=True)
    counted_by_id = models.BigIntegerField(default=0)
    counted_by = models.TextField(default="")
    counted = models.JSONField(default=dict)
    expected = models.JSONField(default=dict)
    difference = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    reason = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["till"], condition=~Q(state=SessionState.CLOSED), name="till_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["branch", "-id"], name="till_session_branch"),
            models.Index(fields=["tenant_id", "-id"], name="till_session_newest"),
        ]


class Movement(HandledRow):
    """Money that moved, with its receipt's number. `amount`: received is positive, given away negative.

    `corrects` is the movement that this one takes back. The unit is the till's, the branch the customer's.
    """

    public_id = PublicId()
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="movements")
    kind = models.TextField(choices=MovementKind)
    number = models.TextField(db_collation="C")
    request_key = models.TextField(default="")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    cash_given = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="correction")
    reason = models.TextField(default="")
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="till_movement_number"),
            models.UniqueConstraint(
                fields=["tenant_id", "request_key"], condition=~Q(request_key=""), name="till_request_key"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="till_movement_customer")]


class Entry(PartRow):
    """So much from the account `credit` to the account `debit`: what one gains the other loses, so all add up to 0."""

    row_parent: ClassVar[str] = "movement"
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="entries")
    debit = models.TextField(db_collation="C")
    credit = models.TextField(db_collation="C")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        "customers.Account", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="till_entry_amount"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="till_entry_two_accounts"),
        ]


class Deposit(CustomerRow):
    """Money of a customer held as security 押金, taken with an order's item."""

    public_id = PublicId()
    item = models.ForeignKey("orders.OrderItem", on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    state = models.TextField(choices=DepositState, default=DepositState.HELD)
    taken_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(state="held"), name="till_deposit_held_once")
        ]


class InstalmentPlan(CustomerRow):
    """A device that is paid month by month 分期. The parts follow from price, first payment, months and start."""

    public_id = PublicId()
    item = models.OneToOneField("orders.OrderItem", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey("subscriptions.Subscription", on_delete=models.PROTECT, related_name="+")
    model = models.TextField()
    imei = models.TextField(db_collation="C")
    price = models.DecimalField(max_digits=18, decimal_places=2)
    first = models.DecimalField(max_digits=18, decimal_places=2)
    months = models.IntegerField()
    started_on = models.DateField()
    state = models.TextField(choices=PlanState, default=PlanState.RUNNING)
    settled = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    ended_on = models.DateField(null=True)
