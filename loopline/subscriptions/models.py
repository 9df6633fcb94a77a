"""Subscriptions (用户 in the three-household model)."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import ChangedXid, CustomerRow, PublicId


class Service(models.TextChoices):
    """What is being used."""

    MOBILE = "mobile", _("Mobile")
    BROADBAND = "broadband", _("Broadband")
    FIXED = "fixed", _("Fixed line")
    IPTV = "iptv", _("IPTV")
    DATA_LINE = "data_line", _("Data line")


class State(models.TextChoices):
    """The states of a subscription, as the trade names them."""

    PRE_PROVISIONED = "pre_provisioned", _("Pre-provisioned")
    ACTIVE = "active", _("Active")
    SUSPENDED_REQUEST = "suspended_request", _("Suspended on request")
    SUSPENDED_ARREARS = "suspended_arrears", _("Suspended for arrears")
    SUSPENDED_LOST = "suspended_lost", _("Reported lost")
    SUSPENDED_OPERATOR = "suspended_operator", _("Suspended by the operator")
    PRE_TERMINATED = "pre_terminated", _("Pre-terminated")
    TERMINATED = "terminated", _("Terminated")
    PORTED_OUT = "ported_out", _("Ported out")


LEFT = (State.PRE_TERMINATED, State.TERMINATED, State.PORTED_OUT)
"""The states of a subscription whose user has left."""


class Subscription(CustomerRow):
    """One service in use: belongs to a customer, is paid by an account."""

    public_id = PublicId()
    account = models.ForeignKey("customers.Account", on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey("catalogue.Offering", null=True, on_delete=models.PROTECT, related_name="+")
    service = models.TextField(choices=Service, default=Service.MOBILE)
    number = models.TextField(db_collation="C", default="")
    state = models.TextField(choices=State, default=State.ACTIVE)
    started_on = models.DateField(null=True)
    contract_ends_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    end_reason = models.TextField(default="")
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    import_run_id = models.BigIntegerField(null=True)
    source = models.TextField(default="")
    source_key = models.TextField(default="")
    characteristics = models.JSONField(default=dict)
    retention_offering = models.ForeignKey(
        "catalogue.Offering", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    retention_since = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "source", "source_key"],
                condition=~models.Q(source_key=""),
                name="subscriptions_source_key",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "number"],
                condition=~models.Q(number="") & ~models.Q(state__in=["terminated", "ported_out"]),
                name="subscriptions_number_in_use",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "number"], name="subscriptions_number"),
            models.Index(
                fields=["tenant_id", "ended_on"],
                condition=models.Q(state="pre_terminated"),
                name="subscriptions_number_kept",
            ),
        ]


class AddOn(CustomerRow):
    """A service on top of a subscription's plan."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="add_ons", db_index=False
    )
    offering = models.ForeignKey("catalogue.Offering", on_delete=models.PROTECT, related_name="+")
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "offering"],
                condition=models.Q(ended_on=None),
                name="subscriptions_add_on_once",
            )
        ]


class SharingRole(models.TextChoices):
    """How a member belongs to the primary line."""

    SECONDARY = "secondary", _("Secondary line")
    FAMILY = "family", _("Family member")


class Payer(models.TextChoices):
    """Whose account pays for a member."""

    PRIMARY = "primary", _("The primary line pays")
    OWN = "own", _("Pays for itself")


class Sharing(CustomerRow):
    """A line that uses the allowance of a primary one. The row belongs to the primary line's customer; whoever sees
    the member sees it as well, in whatever branch the primary line is.

    `former_account` paid for the member before; it does again when the sharing ends.
    """

    row_policy: ClassVar[str] = "sharing"
    public_id = PublicId()
    primary = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    role = models.TextField(choices=SharingRole)
    payer = models.TextField(choices=Payer)
    former_account = models.ForeignKey(
        "customers.Account", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_on = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(ended_on=None), name="subscriptions_sharing_once"
            )
        ]
