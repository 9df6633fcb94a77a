"""Rows that belong to a tenant, a branch or a customer, and the kernel's own tables.

The base class of a model decides which row security policy it gets (`rowsecurity.py`); there is no other way
to make one.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.functions import UUID7, Now

from loopline.kernel import scope

if TYPE_CHECKING:
    from uuid import UUID

    # Django's fields take type arguments in their stubs only.
    _UUIDField = models.UUIDField[UUID, UUID]
    _BigIntegerField = models.BigIntegerField[int, int]
else:
    _UUIDField, _BigIntegerField = models.UUIDField, models.BigIntegerField


def current_tenant() -> int:
    """The tenant of the open door: the default of every tenant column."""
    return scope.current().tenant


class PublicId(_UUIDField):
    """The key that leaves the house: a UUIDv7 made by PostgreSQL."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("db_default", UUID7())
        kwargs.setdefault("editable", False)
        kwargs.setdefault("unique", True)
        super().__init__(**kwargs)


class ChangedXid(_BigIntegerField):
    """The transaction that last wrote the row, kept by a trigger: the warehouse reads changes by it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("db_default", 0)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("db_index", True)
        super().__init__(**kwargs)


class TenantRow(models.Model):
    """A row that everybody of its tenant may read."""

    row_policy: ClassVar[str] = "tenant"
    tenant_id = models.IntegerField(default=current_tenant, editable=False)

    class Meta:
        abstract = True


class BranchRow(TenantRow):
    """A row that belongs to an organisation unit: seen by whoever has the unit in his subtree."""

    row_policy: ClassVar[str] = "branch"
    branch = models.ForeignKey("identity.Unit", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class CustomerRow(BranchRow):
    """A row that hangs on a customer: seen with him, and moves to another branch with him.

    The branch is the customer's, copied for the policy; it is checked there, and looked up through the customer.
    """

    row_policy: ClassVar[str] = "customer"
    branch = models.ForeignKey(
        "identity.Unit", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class HandledRow(BranchRow):
    """A row that one unit works on, about a customer or about nobody in particular.

    It belongs to the customer's branch and moves with him (without a customer: to the branch where it was opened).
    The unit that works on it sees it too, wherever that unit stands in the tree.
    """

    row_policy: ClassVar[str] = "handled"
    branch = models.ForeignKey(
        "identity.Unit", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "identity.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class PartRow(TenantRow):
    """A row that is part of another one, named by `row_parent`: seen by whoever sees that one."""

    row_policy: ClassVar[str] = "part"
    row_parent: ClassVar[str]

    class Meta:
        abstract = True


class Event(TenantRow):
    """One row is history on screen, message to handlers and material for the warehouse."""

    row_policy: ClassVar[str] = "event"
    name = models.TextField()
    about_kind = models.TextField()
    about_id = models.BigIntegerField()
    branch_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(default=0)
    actor_name = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    payload = models.JSONField(default=dict)
    xid = ChangedXid(db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "xid", "id"], name="kernel_event_cursor"),
            models.Index(fields=["about_kind", "about_id", "-id"], name="kernel_event_about"),
            models.Index(fields=["tenant_id", "name", "-id"], name="kernel_event_name"),
            models.Index(
                fields=["customer_id", "-id"],
                condition=models.Q(customer_id__isnull=False),
                name="kernel_event_customer",
            ),
            # What the system did is the bulk of the log and is nobody's own.
            models.Index(
                fields=["tenant_id", "actor_id", "-id"],
                condition=models.Q(actor_id__gt=0),
                name="kernel_event_actor",
            ),
        ]


class HandlerCursor(TenantRow):
    """How far a handler has read the event log of a tenant."""

    handler = models.TextField()
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "handler"], name="kernel_cursor_handler")]


class JobFailure(TenantRow):
    """Why a piece of background work has failed, once for each try. `trace` names the last places in our code."""

    job_id = models.BigIntegerField()
    attempt = models.IntegerField()
    error = models.TextField()
    trace = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "job_id", "-id"], name="kernel_job_failure")]


class AccessRecord(TenantRow):
    """The audit: sign-ins and every look at personal data that is masked by default."""

    row_policy: ClassVar[str] = "tenant_append_only"
    kind = models.TextField()
    staff_id = models.BigIntegerField(default=0)
    staff_name = models.TextField(default="")
    customer_id = models.BigIntegerField(null=True)
    field = models.TextField(default="")
    reason = models.TextField(default="")
    address = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "-at"], name="kernel_access_at"),
            models.Index(fields=["tenant_id", "staff_id", "-at"], name="kernel_access_staff"),
        ]


class NumberSeries(TenantRow):
    """Human numbers run per tenant: customers, campaigns, tasks."""

    kind = models.TextField()
    prefix = models.TextField(default="")
    next = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "kind"], name="kernel_series_kind")]


class Tombstone(TenantRow):
    """A deleted row of a table that the warehouse follows."""

    relation = models.TextField()
    row_id = models.BigIntegerField()
    changed_xid = ChangedXid()


class Attribute(TenantRow):
    """An added field: a typed characteristic that an operator's own data brought with it."""

    owner = models.TextField()
    name = models.TextField()
    kind = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "owner", "name"], name="kernel_attribute_once")
        ]
