"""Interactions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import ChangedXid, CustomerRow, PublicId


class InteractionKind(models.TextChoices):
    """Why there was a contact."""

    ENQUIRY = "enquiry", _("Enquiry")
    COMPLAINT = "complaint", _("Complaint")
    FAULT = "fault", _("Fault report")
    VISIT = "visit", _("Visit")
    CAMPAIGN = "campaign", _("Campaign contact")
    NOTE = "note", _("Note")
    ORDER = "order", _("Order")


class Result(models.TextChoices):
    """How a contact ended."""

    INFORMED = "informed", _("Informed")
    SOLVED = "solved", _("Solved")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    FOLLOW_UP = "follow_up", _("To be followed up")
    NOT_REACHED = "not_reached", _("Not reached")


class Channel(models.TextChoices):
    """Where it happened."""

    CALL = "call", _("Call")
    SHOP = "shop", _("Shop")
    APP = "app", _("App")
    WEB = "web", _("Web")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    VISIT = "visit", _("Visit")
    OTHER = "other", _("Other")


class Interaction(CustomerRow):
    """One touch, of a customer or of somebody who is not known.

    `on` is its day in the operator's zone; a complaint is open until `resolved_on`.
    """

    customer = models.ForeignKey(  # type: ignore[assignment]
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.TextField(choices=InteractionKind)
    channel = models.TextField(choices=Channel)
    inbound = models.BooleanField(default=True)
    at = models.DateTimeField()
    on = models.DateField()
    topic = models.TextField(default="")
    summary = models.TextField(default="")
    result = models.TextField(choices=Result, default="", blank=True)
    staff_id = models.BigIntegerField(default=0)
    staff_name = models.TextField(default="")
    resolved_on = models.DateField(null=True)
    source_key = models.TextField(default="")
    changed_xid = ChangedXid()

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="interactions_customer_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "source_key"],
                condition=~models.Q(source_key=""),
                name="interactions_source_key",
            )
        ]
