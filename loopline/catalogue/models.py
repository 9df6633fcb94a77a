"""The catalogue: specifications, offerings in versions, prices, bundles, rules, categories."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel import clock
from loopline.kernel.models import ChangedXid, PublicId, TenantRow


class State(models.TextChoices):
    """The life of what is in the catalogue."""

    IN_STUDY = "in_study", _("In study")
    IN_DESIGN = "in_design", _("In design")
    IN_TEST = "in_test", _("In test")
    ACTIVE = "active", _("Ready")
    LAUNCHED = "launched", _("On sale")
    RETIRED = "retired", _("Retired")
    OBSOLETE = "obsolete", _("Obsolete")


class OfferingKind(models.TextChoices):
    """What an offering is for."""

    PLAN = "plan", _("Price plan")
    ADD_ON = "add_on", _("Add-on")
    RETENTION = "retention", _("Retention offer")


class PriceKind(models.TextChoices):
    """How a price is charged."""

    RECURRING = "recurring", _("Recurring")
    ONE_TIME = "one_time", _("One-time")
    USAGE = "usage", _("Usage")
    ALLOWANCE = "allowance", _("Allowance")
    DISCOUNT = "discount", _("Discount")


def stamp() -> datetime:
    """The present moment to the millisecond, as programs outside are told it and ask for it again."""
    now = clock.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class CatalogueRow(TenantRow):
    """What everything in the catalogue has. `version` counts changes of the row; validity is half open."""

    public_id = PublicId()
    name = models.TextField()
    name_en = models.TextField(default="")
    description = models.TextField(default="")
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        abstract = True


class Catalogue(CatalogueRow):
    """A collection of categories for an audience: shops, partners, companies. TM Forum: Catalog."""

    kind = models.TextField(default="")
    state = models.TextField(choices=State, default=State.LAUNCHED)
    release = models.TextField(default="1.0")


class Category(CatalogueRow):
    """A drawer of the catalogue; categories form a tree."""

    catalogue = models.ForeignKey(Catalogue, null=True, on_delete=models.SET_NULL, related_name="categories")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    position = models.IntegerField(default=0)
    state = models.TextField(choices=State, default=State.LAUNCHED)
    release = models.TextField(default="1.0")


class Specification(CatalogueRow):
    """What a product can be: its characteristics (`rules.characteristics`), in their order."""

    code = models.TextField(db_collation="C")
    brand = models.TextField(default="")
    service = models.TextField(default="")
    is_bundle = models.BooleanField(default=False)
    characteristics = models.JSONField(default=list)
    state = models.TextField(choices=State, default=State.LAUNCHED)
    release = models.TextField(default="1.0")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "code"], name="catalogue_specification_code")
        ]


class Offering(CatalogueRow):
    """A plan, add-on or retention offer in one of its versions (`revision`); each version is a row of its own.

    Of all versions of a code one at most is launched, thus `is_sold`; subscribers keep theirs. `monthly_fee` and
    `allowances` sum up the prices; `monthly_cost` is what granting it costs the operator a month. `characteristics`
    narrow those of the specification, `rules` say who may buy and what goes together.
    """

    code = models.TextField()
    revision = models.IntegerField(default=1)
    kind = models.TextField(choices=OfferingKind, default=OfferingKind.PLAN)
    service = models.TextField(default="mobile")
    specification = models.ForeignKey(Specification, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(choices=State, default=State.LAUNCHED)
    is_sold = models.BooleanField(default=True)
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    monthly_cost = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    term_months = models.IntegerField(default=0)
    allowances = models.JSONField(default=dict)
    characteristics = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    launched_at = models.DateTimeField(null=True)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "code", "revision"], name="catalogue_offering_version"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "code"],
                condition=models.Q(state="launched"),
                name="catalogue_offering_sold",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "name", "id"], name="catalogue_offering_name"),
            models.Index(fields=["tenant_id", "state", "name", "id"], name="catalogue_offering_state"),
            models.Index(fields=["category", "name", "id"], name="catalogue_offering_category"),
        ]


class Price(CatalogueRow):
    """A price of an offering (`rules.pricing.Price`). `condition` names the options with which alone it holds."""

    offering = models.ForeignKey(Offering, null=True, on_delete=models.CASCADE, related_name="prices")
    kind = models.TextField(choices=PriceKind, default=PriceKind.RECURRING)
    amount = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    currency = models.TextField(default="")
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    unit = models.TextField(default="")
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    period_months = models.IntegerField(default=1)
    first_month = models.IntegerField(default=1)
    months = models.IntegerField(default=0)
    takes_from = models.TextField(default=PriceKind.RECURRING)
    condition = models.JSONField(default=dict)
    position = models.IntegerField(default=0)
    state = models.TextField(choices=State, default=State.LAUNCHED)
    release = models.TextField(default="1.0")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="catalogue_price_percent"
            )
        ]


class BundleMember(TenantRow):
    """An offering inside a bundle. While the member's version is no longer sold, the one that is takes its place."""

    bundle = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="+")
    minimum = models.IntegerField(default=0)
    maximum = models.IntegerField(default=1)
    default = models.IntegerField(default=1)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "member"], name="catalogue_member_once"),
            models.CheckConstraint(
                condition=models.Q(minimum__gte=0)
                & models.Q(default__gte=models.F("minimum"), maximum__gte=models.F("default")),
                name="catalogue_member_count",
            ),
        ]
