"""What the Open APIs keep of their own: what clients sent beyond our fields, their hubs, and what is on its way."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import CustomerRow, PublicId, TenantRow


class Beside(CustomerRow):
    """A row that stands beside an object: guarded and moved like it where that belongs to a branch or customer."""

    row_policy: ClassVar[str] = "event"
    branch = models.ForeignKey(  # type: ignore[assignment]
        "identity.Unit",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    customer = models.ForeignKey(  # type: ignore[assignment]
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True


class Leftover(Beside):
    """The attributes of an object that a client sent and for which its owner has no field."""

    resource = models.TextField()
    about_id = models.BigIntegerField()
    body = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "about_id"], name="tmf_leftover_once")]


class Kept(Beside):
    """An entity of the Open APIs for which the house has no noun of its own, kept whole for its clients."""

    public_id = PublicId()
    resource = models.TextField()
    name = models.TextField(default="")
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "resource", "id"], name="tmf_kept_resource"),
            models.Index(fields=["tenant_id", "resource", "name"], name="tmf_kept_name"),
        ]


class Hub(TenantRow):
    """Where a client wants to hear of an API's events. It hears what the member of staff behind it may see.

    `base` is how the client reached us, for the addresses in events.
    """

    public_id = PublicId()
    api = models.TextField()
    callback = models.TextField()
    query = models.TextField(default="")
    staff_id = models.BigIntegerField()
    base = models.TextField(default="")
    clear = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "api"], name="tmf_hub_api")]


class Delivery(Beside):
    """One event on its way to one hub. The oldest of an object goes first, the others wait for it."""

    # Without a constraint: who ends his hub need not see any more whom each delivery is about.
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    about = models.TextField()
    path = models.TextField()
    body = models.JSONField(default=dict)
    tries = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    due_at = models.DateTimeField(db_default=Now())
    given_up = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "id"], condition=models.Q(given_up=False), name="tmf_delivery_open"
            )
        ]


class Answered(TenantRow):
    """A POST with an idempotency key that was carried out, so that a repetition answers and does nothing."""

    staff_id = models.BigIntegerField()
    key = models.TextField()
    request_digest = models.BinaryField()
    made = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "staff_id", "key"], name="tmf_answered_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "at"], name="tmf_answered_at")]


class Stranger(CustomerRow):
    """The id under which a client knows somebody whose file was opened because he named him."""

    foreign_id = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "foreign_id"], name="tmf_stranger_foreign")]
