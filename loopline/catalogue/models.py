"""Offerings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import ChangedXid, PublicId, TenantRow


class OfferingKind(models.TextChoices):
    """What an offering is for."""

    PLAN = "plan", _("Plan")
    ADD_ON = "add_on", _("Add-on")
    RETENTION = "retention", _("Retention offer")


class Offering(TenantRow):
    """A plan, add-on or retention offer. `monthly_cost` is what granting it costs the operator a month."""

    public_id = PublicId()
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    kind = models.TextField(choices=OfferingKind, default=OfferingKind.PLAN)
    service = models.TextField(default="mobile")
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    monthly_cost = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    term_months = models.IntegerField(default=0)
    allowances = models.JSONField(default=dict)
    is_sold = models.BooleanField(default=True)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="catalogue_offering_code")]
