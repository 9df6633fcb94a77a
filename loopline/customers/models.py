"""Customers and what hangs on them directly."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, ChangedXid, CustomerRow, PublicId, TenantRow


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
    """A person or organisation with whom there is a contract.

    `born_key` is the match key of name and birthday. `survivor` is the file into which this one was merged; nothing
    that hangs on it is moved. `life_cycle_reason` names the rule that moved the customer, or `by_hand`.
    """

    row_policy: ClassVar[str] = "customer_itself"
    branch = models.ForeignKey("identity.Unit", on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    number = models.TextField(db_collation="C")
    kind = models.TextField(choices=Kind, default=Kind.PERSON)
    name = models.TextField()
    sex = models.TextField(default="")
    birth_date = models.DateField(null=True)
    born_key = models.BinaryField(null=True)
    life_cycle = models.TextField(choices=LifeCycle, default=LifeCycle.ACTIVE)
    life_cycle_reason = models.TextField(default="")
    life_cycle_since = models.DateField(null=True)
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
            models.Index(
                "tenant_id",
                "branch_id",
                models.F("joined_on").desc(nulls_last=True),
                models.F("id").desc(),
                condition=models.Q(survivor__isnull=True),
                name="customers_branch_joined",
            ),
            models.Index(
                fields=["tenant_id", "born_key"],
                condition=models.Q(born_key__isnull=False),
                name="customers_born_key",
            ),
        ]


class ContactMedium(CustomerRow):
    """A telephone number (E.164), e-mail address or WeChat id of a customer, from one day up to another."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    kind = models.TextField()
    value = models.TextField(db_collation="C")
    preferred = models.BooleanField(default=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="customers_medium_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "value"], name="customers_medium_value")]


class Address(CustomerRow):
    """Where a customer lives or a service is installed. `place_key` is the match key of the place."""

    public_id = PublicId()
    kind = models.TextField(default="home")
    region = models.TextField(default="")
    street = models.TextField(default="")
    postcode = models.TextField(default="")
    valid_to = models.DateField(null=True)
    place_key = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "place_key"],
                condition=models.Q(place_key__isnull=False),
                name="customers_place_key",
            ),
            models.Index(fields=["tenant_id", "region", "street"], name="customers_place"),
        ]


class PersonKey(CustomerRow):
    """The customer's own key, wrapped by the master key. Destroying the row erases what it sealed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    wrapped = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer"], name="customers_key_once")]


class IdentityDocument(CustomerRow):
    """An identity document: sealed, shown masked, found by its fingerprint; `state` says whether it was checked.

    `lines` is how many numbers in use stood under it, over all who have it, when they were last counted.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    public_id = PublicId()
    kind = models.TextField()
    sealed = models.BinaryField()
    fingerprint = models.BinaryField()
    masked = models.TextField()
    state = models.TextField(default="unchecked")
    checked_by = models.TextField(default="")
    checked_at = models.DateTimeField(null=True)
    valid_to = models.DateField(null=True)
    lines = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "fingerprint"], name="customers_document_print"),
            models.Index(
                fields=["tenant_id", "-lines", "id"],
                condition=models.Q(lines__gt=0),
                name="customers_document_lines",
            ),
        ]
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
    """Who pays: bills of all its subscriptions go to it (billing), or accounts are settled with it (settlement)."""

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    kind = models.TextField(default="billing")
    name = models.TextField(default="")
    status = models.TextField(default="active")
    payment_method = models.TextField(default="")
    bill_day = models.IntegerField(default=1)
    version = models.IntegerField(default=1)

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


class Merge(CustomerRow):
    """One file was merged into another (`customer`). `kept` seals, under the survivor's key, what it held before."""

    public_id = PublicId()
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    taken = models.JSONField(default=list)
    kept = models.BinaryField(default=b"")
    reason = models.TextField(default="")
    by = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="customers_merged_once"
            )
        ]


class Household(TenantRow):
    """Customers who live together (household) or belong together (group). Holds nothing that names them."""

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    kind = models.TextField(default="household")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="customers_household_number")
        ]


class HouseholdMember(CustomerRow):
    """A customer is a member of a household or group: of one at a time."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    role = models.TextField(default="member")
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer"], name="customers_one_household")]


class DeclinedLink(CustomerRow):
    """Somebody has looked at two customers and said that they do not belong together, in one way (`kind`)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    by = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "other", "kind"], name="customers_declined_once")
        ]


class ServiceStop(CustomerRow):
    """A customer who is not to be served, from when until when and why; lifted, it stays as history."""

    public_id = PublicId()
    reason = models.TextField()
    note = models.TextField(default="")
    by = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    until = models.DateField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(lifted_at=None), name="customers_stopped_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "-id"],
                condition=models.Q(lifted_at=None),
                name="customers_stopped",
            )
        ]


class Policy(TenantRow):
    """What an operator has decided about customer files."""

    duplicates = models.TextField(default="refuse")
    lines_per_document = models.IntegerField(default=5)
    by_hand_days = models.IntegerField(default=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="customers_policy_once")]
