"""Numbers, SIM cards and devices in stock."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Grade(models.IntegerChoices):
    """How good a number is 靓号等级."""

    PLAIN = 0, _("Ordinary")
    THIRD = 1, _("Good, third class")
    SECOND = 2, _("Good, second class")
    FIRST = 3, _("Good, first class")
    TOP = 4, _("Very best")


class NumberState(models.TextChoices):
    """Where a number stands. `away`: with another operator, who has it by porting or to whom it went back."""

    AVAILABLE = "available", _("Available")
    HELD = "held", _("Held")
    RESERVED = "reserved", _("Reserved")
    IN_USE = "in_use", _("In use")
    COOLING = "cooling", _("Cooling off")
    BLOCKED = "blocked", _("Blocked")
    AWAY = "away", _("With another operator")


class ItemState(models.TextChoices):
    """Where a card or device stands."""

    AVAILABLE = "available", _("Available")
    RESERVED = "reserved", _("Reserved")
    IN_USE = "in_use", _("In use")
    SPENT = "spent", _("Used up")
    BLOCKED = "blocked", _("Blocked")


class SimKind(models.TextChoices):
    """What a SIM is."""

    PLAIN = "plain", _("SIM card")
    ESIM = "esim", _("eSIM profile")


class GradeConditions(TenantRow):
    """What taking a good number asks of the customer, where the operator differs from the standard.

    `by_grade`: grade → {"fee": "0.00", "minimum_spend": "239.00", "term_months": 36}.
    """

    by_grade = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="stock_conditions_once")]


class Number(TenantRow):
    """A telephone number. `holder` names what it is reserved for: `orders.item:<id>`.

    `reversed` holds its national digits backwards, so that an ending is a prefix scan. `ported_in`: it belongs to
    another operator and goes back to him.
    """

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    service = models.TextField(default="mobile")
    segment = models.TextField(db_collation="C", default="")
    reversed = models.TextField(db_collation="C", default="")
    home = models.TextField(default="")
    pattern = models.TextField(default="")
    grade = models.SmallIntegerField(choices=Grade, default=Grade.PLAIN)
    without_four = models.BooleanField(default=False)
    fee = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    minimum_spend = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    term_months = models.IntegerField(default=0)
    ported_in = models.BooleanField(default=False)
    state = models.TextField(choices=NumberState, default=NumberState.AVAILABLE)
    held_by = models.ForeignKey(
        "identity.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    held_until = models.DateTimeField(null=True)
    holder = models.TextField(db_collation="C", default="")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    cooling_until = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="stock_number_once"),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_until__isnull=False), name="stock_number_held_until"
            ),
            models.CheckConstraint(
                condition=~Q(state="reserved") | ~Q(holder=""), name="stock_number_reserved_for"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "service", *fields],
                condition=Q(state="available"),
                name=f"stock_free_{name}",
            )
            for name, fields in {
                "number": ["number"],
                "grade": ["grade", "number"],
                "pattern": ["pattern", "number"],
                "segment": ["segment", "number"],
                "ending": ["reversed"],
                "price": ["minimum_spend", "number"],
            }.items()
        ] + [
            models.Index(
                fields=["tenant_id", "service", "number"],
                condition=Q(state="available", without_four=True),
                name="stock_free_no_four",
            ),
            models.Index(fields=["tenant_id", "state", "number"], name="stock_number_state"),
            models.Index(
                fields=["tenant_id", "held_until"], condition=Q(state="held"), name="stock_number_held"
            ),
            models.Index(
                fields=["tenant_id", "cooling_until"],
                condition=Q(state="cooling"),
                name="stock_number_cooling",
            ),
            models.Index(fields=["tenant_id", "holder"], condition=~Q(holder=""), name="stock_number_holder"),
        ]


class SimCard(TenantRow):
    """A SIM card or an eSIM profile. A wrong check digit only warns: some makers' files have none."""

    public_id = PublicId()
    iccid = models.TextField(db_collation="C")
    imsi = models.TextField(db_collation="C")
    kind = models.TextField(choices=SimKind, default=SimKind.PLAIN)
    check_digit_right = models.BooleanField(default=True)
    state = models.TextField(choices=ItemState, default=ItemState.AVAILABLE)
    holder = models.TextField(db_collation="C", default="")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    loaded_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "iccid"], name="stock_sim_iccid"),
            models.UniqueConstraint(fields=["tenant_id", "imsi"], name="stock_sim_imsi"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "state", "kind", "iccid"], name="stock_sim_state"),
            models.Index(fields=["tenant_id", "holder"], condition=~Q(holder=""), name="stock_sim_holder"),
        ]


class Device(TenantRow):
    """A telephone, router or box that is sold or lent."""

    public_id = PublicId()
    imei = models.TextField(db_collation="C")
    model = models.TextField()
    price = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    check_digit_right = models.BooleanField(default=True)
    state = models.TextField(choices=ItemState, default=ItemState.AVAILABLE)
    holder = models.TextField(db_collation="C", default="")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    loaded_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "imei"], name="stock_device_imei")]
        indexes = [
            models.Index(fields=["tenant_id", "state", "model", "imei"], name="stock_device_state"),
            models.Index(fields=["tenant_id", "holder"], condition=~Q(holder=""), name="stock_device_holder"),
        ]
