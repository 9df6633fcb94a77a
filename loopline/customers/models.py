"""Customers and what hangs on them directly."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, ChangedXid, CustomerRow, PublicId


class Kind(models.TextChoices):
    """What a customer is."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class LifeCycle(models.TextChoices):
    """Where a customer stands 客户状态."""

    PROSPECT = "prospect", _("Prospect")
    ACTIVE = "active", _("Active")
    AT_RISK = "at_risk", _("At risk")
    LOST = "lost", _("Lost")
    WON_BACK = "won_back", _("Won back")


class Customer(BranchRow):
    """A person or organisation with whom there is a contract."""

    row_policy: ClassVar[str] = "customer_itself"
    branch = models.ForeignKey("identity.Unit", on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    number = models.TextField(db_collation="C")
    kind = models.TextField(choices=Kind, default=Kind.PERSON)
    name = models.TextField()
    sex = models.TextField(default="")
    birth_date = models.DateField(null=True)
    life_cycle = models.TextField(choices=LifeCycle, default=LifeCycle.ACTIVE)
    tier = models.TextField(default="")
    source = models.TextField(default="")
    source_key = models.TextField(default="")
    joined_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    survivor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="customers_number"),
            models.UniqueConstraint(
                fields=["tenant_id", "source", "source_key"],
                condition=~models.Q(source_key=""),
                name="customers_source_key",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "branch", "id"], name="customers_branch"),
            models.Index(fields=["tenant_id", "name", "id"], name="customers_name"),
            models.Index(
                "tenant_id",
                models.F("joined_on").desc(nulls_last=True),
                models.F("id").desc(),
                name="customers_joined",
            ),
        ]


class ContactMedium(CustomerRow):
    """A telephone number (E.164), e-mail address or WeChat id of a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    kind = models.TextField()
    value = models.TextField(db_collation="C")
    preferred = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="customers_medium_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "value"], name="customers_medium_value")]


class Address(CustomerRow):
    """Where a customer lives or a service is installed."""

    public_id = PublicId()
    kind = models.TextField(default="home")
    region = models.TextField(default="")
    street = models.TextField(default="")


class PersonKey(CustomerRow):
    """The customer's own key, wrapped by the master key. Destroying the row erases what it sealed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    wrapped = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer"], name="customers_key_once")]


class IdentityDocument(CustomerRow):
    """An identity document: sealed, shown masked, found by its fingerprint."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    kind = models.TextField()
    sealed = models.BinaryField()
    fingerprint = models.BinaryField()
    masked = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "fingerprint"], name="customers_document_print")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "fingerprint"], name="customers_document_once"
            )
        ]


class Consent(CustomerRow):
    """Whether a customer agreed to be contacted for a purpose on a channel. No row means: not asked."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.TextField(default="marketing")
    channel = models.TextField()
    granted = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "purpose", "channel"], name="customers_consent_once")
        ]


class Account(CustomerRow):
    """Who pays: bills of all its subscriptions go to it."""

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    payment_method = models.TextField(default="")
    bill_day = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="customers_account_number")
        ]


class SearchToken(CustomerRow):
    """An ending of a name, telephone or customer number: a prefix scan over endings finds any part.

    Comparison on the C collation is leakproof, so the index is used under row security (LIKE is not). The key is
    the index of the search. Tokens are derived from rows that are checked; the customer is not checked again.
    """

    pk = models.CompositePrimaryKey("tenant_id", "token", "customer_id")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    token = models.TextField(db_collation="C")
