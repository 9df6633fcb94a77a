"""Orders, their items and steps, and the memory of the simulated systems behind the port."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, ChangedXid, CustomerRow, PublicId, TenantRow
from loopline.orders.rules import decomposition, states, steps


class Channel(models.TextChoices):
    """Where an order came in."""

    COUNTER = "counter", _("Counter")
    PHONE = "phone", _("Telephone")
    WEB = "web", _("Web")
    API = "api", _("Partner system")


class Kind(models.TextChoices):
    """What a customer asks for 业务类型."""

    OPEN = decomposition.OPEN, _("Open a line")
    PORT_IN = decomposition.PORT_IN, _("Bring a number along")
    CHANGE_PLAN = decomposition.CHANGE_PLAN, _("Change the plan")
    MOVE = decomposition.MOVE, _("Move house")
    SUSPEND = decomposition.SUSPEND, _("Suspend")
    RESUME = decomposition.RESUME, _("Resume")
    CHANGE_NUMBER = decomposition.CHANGE_NUMBER, _("Change the number")
    PORT_OUT = decomposition.PORT_OUT, _("Take the number away")
    ADD_SERVICE = decomposition.ADD_SERVICE, _("Add a service")
    REMOVE_SERVICE = decomposition.REMOVE_SERVICE, _("Remove a service")
    SIM_SWAP = decomposition.SIM_SWAP, _("Change the SIM")
    SHARE = decomposition.SHARE, _("Add a secondary line")
    UNSHARE = decomposition.UNSHARE, _("Remove a secondary line")
    CLOSE = decomposition.CLOSE, _("Close")


class OrderState(models.TextChoices):
    """Where an order or an item stands; the values are TM Forum's. Only an order can be partial."""

    ACKNOWLEDGED = states.ACKNOWLEDGED, _("Received")
    PENDING = states.PENDING, _("Waits for its day")
    HELD = states.HELD, _("Held")
    IN_PROGRESS = states.IN_PROGRESS, _("In fulfilment")
    ASSESSING = states.ASSESSING, _("Cancellation is looked at")
    LEAVING = states.LEAVING, _("Being cancelled")
    COMPLETED = states.COMPLETED, _("Completed")
    PARTIAL = states.PARTIAL, _("Partly completed")
    FAILED = states.FAILED, _("Failed")
    CANCELLED = states.CANCELLED, _("Cancelled")
    REJECTED = states.REJECTED, _("Rejected")


class StepState(models.TextChoices):
    """Where a step stands."""

    WAITING = steps.WAITING, _("Waiting")
    SENT = steps.SENT, _("Asked for")
    DONE = steps.DONE, _("Done")
    FAILED = steps.FAILED, _("Failed")
    SKIPPED = steps.SKIPPED, _("Not needed")
    UNDOING = steps.UNDOING, _("Being taken back")
    UNDONE = steps.UNDONE, _("Taken back")


class OrderRow(BranchRow):
    """A row of an order. An order that names a customer whom we do not hold has none, and is its branch's."""

    row_policy: ClassVar[str] = "customer"
    branch = models.ForeignKey(
        "identity.Unit", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Order(OrderRow):
    """What a customer asks for, until it works.

    `unknown` lists what it names and we do not hold: it waits acknowledged. `request_key` makes the same request
    one order. `due_now` is what the customer has to pay for what is done or still to be done.
    """

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    request_key = models.TextField(default="")
    external_id = models.TextField(default="")
    channel = models.TextField(choices=Channel, default=Channel.COUNTER)
    category = models.TextField(default="")
    description = models.TextField(default="")
    priority = models.TextField(default="4")
    state = models.TextField(choices=OrderState, default=OrderState.ACKNOWLEDGED)
    unknown = models.JSONField(default=list)
    account = models.ForeignKey(
        "customers.Account", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requested_start = models.DateTimeField(null=True)
    requested_completion = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    jeopardy = models.TextField(default="")
    once = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    monthly = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    due_now = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    agreement = models.TextField(default="")
    staff_id = models.BigIntegerField(default=0)
    staff_name = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.TextField(default="")
    version = models.IntegerField(default=1)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="orders_number"),
            models.UniqueConstraint(
                fields=["tenant_id", "request_key"], condition=~Q(request_key=""), name="orders_request_key"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="orders_newest"),
            models.Index(fields=["tenant_id", "branch", "-id"], name="orders_branch"),
            models.Index(fields=["tenant_id", "state", "-id"], name="orders_state"),
            models.Index(fields=["tenant_id", "channel", "-id"], name="orders_channel"),
            models.Index(
                fields=["tenant_id", "warned_at"],
                condition=Q(jeopardy="", completed_at=None, cancelled_at=None),
                name="orders_to_watch",
            ),
            models.Index(fields=["tenant_id", "due_at"], condition=~Q(jeopardy=""), name="orders_jeopardy"),
        ]


class OrderItem(OrderRow):
    """One thing of an order. `needs` are the positions of items that come first.

    `leaving` says that its steps are being taken back, and what it becomes then: failed or cancelled.
    """

    public_id = PublicId()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="items", db_index=False)
    position = models.IntegerField()
    key = models.TextField(default="")
    kind = models.TextField(choices=Kind)
    service = models.TextField(default="mobile")
    state = models.TextField(choices=OrderState, default=OrderState.ACKNOWLEDGED)
    leaving = models.TextField(default="")
    needs = models.JSONField(default=list)
    offering = models.ForeignKey(
        "catalogue.Offering", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.TextField(db_collation="C", default="")
    iccid = models.TextField(db_collation="C", default="")
    detail = models.JSONField(default=dict)
    prices = models.JSONField(default=list)
    once = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    monthly = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    due_now = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    not_before = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    failure = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_item_position"),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(state__in=states.OPEN, subscription__isnull=False)
                & ~Q(kind__in=decomposition.SHARED),
                name="orders_item_alone",
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "-id"], name="orders_item_subscription"),
            models.Index(
                fields=["tenant_id", "not_before"],
                condition=Q(state__in=["pending", "held"]),
                name="orders_item_waits",
            ),
        ]


class Step(OrderRow):
    """One piece of work. `key` and `undo_key` are told to the other side, which does nothing twice for one key."""

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="steps", db_index=False)
    position = models.IntegerField()
    name = models.TextField()
    outside = models.BooleanField(default=False)
    undo = models.BooleanField(default=True)
    state = models.TextField(choices=StepState, default=StepState.WAITING)
    key = models.UUIDField(db_default=UUID7(), editable=False)
    undo_key = models.UUIDField(db_default=UUID7(), editable=False)
    tries = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answers = models.IntegerField(default=0)
    error = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="orders_step_position"),
            models.UniqueConstraint(fields=["tenant_id", "key"], name="orders_step_key"),
            models.UniqueConstraint(fields=["tenant_id", "undo_key"], name="orders_step_undo_key"),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "due_at"],
                condition=Q(state__in=[steps.SENT, steps.UNDOING]),
                name="orders_step_due",
            )
        ]


class Cancellation(OrderRow):
    """Somebody's wish that an order be cancelled, and what became of it."""

    public_id = PublicId()
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="cancellations")
    state = models.TextField(default="acknowledged")
    reason = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="orders_cancellation_newest")]


class PortingCode(CustomerRow):
    """A code with which a customer may take his number to another operator, until it expires."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subscription = models.ForeignKey("subscriptions.Subscription", on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class EsimProfile(OrderRow):
    """The eSIM profile of an item, from the moment a telephone may fetch it until one has installed it.

    Whoever has the code has the line: it is sealed, shown on purpose only, and wiped as soon as it is spent.
    """

    item = models.OneToOneField(OrderItem, on_delete=models.PROTECT, related_name="profile")
    iccid = models.TextField(db_collation="C")
    wrapped = models.BinaryField()
    sealed = models.BinaryField(null=True)
    prepared_at = models.DateTimeField()
    shown = models.IntegerField(default=0)
    shown_at = models.DateTimeField(null=True)
    shown_by = models.TextField(default="")
    installed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "iccid"], name="orders_profile_iccid")]


class AcceptanceForm(OrderRow):
    """The signed form of an order 受理单: made once, when it is signed, and never changed (a trigger refuses it).

    `how` is screen (the form as PDF with the signature in it) or paper (a scan of the signed print).
    """

    public_id = PublicId()
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="form")
    how = models.TextField()
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sha256 = models.TextField(db_collation="C")
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    signed_at = models.DateTimeField()


class VisitState(models.TextChoices):
    """What became of an installer's visit."""

    BOOKED = "booked", _("Booked")
    DONE = "done", _("Done")
    MISSED = "missed", _("Nobody was there")
    CANCELLED = "cancelled", _("Cancelled")


class VisitSlot(BranchRow):
    """Some hours of a day in a district for which there are so many installers."""

    public_id = PublicId()
    day = models.DateField()
    begins = models.TextField(db_collation="C")
    ends = models.TextField(db_collation="C")
    capacity = models.IntegerField()
    booked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "day", "begins"], name="orders_slot_once"),
            models.CheckConstraint(
                condition=Q(booked__gte=0) & Q(booked__lte=models.F("capacity")), name="orders_slot_capacity"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "day"], name="orders_slot_day")]


class Visit(OrderRow):
    """An installer comes 装维预约: the item waits until he has been there."""

    public_id = PublicId()
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="visits")
    slot = models.ForeignKey(VisitSlot, on_delete=models.PROTECT, related_name="visits")
    state = models.TextField(choices=VisitState, default=VisitState.BOOKED)
    moved = models.IntegerField(default=0)
    note = models.TextField(default="")
    by_name = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state=VisitState.BOOKED), name="orders_visit_one_booked"
            )
        ]


class SimulatorRule(TenantRow):
    """How the simulated systems behave for an operation ("" for all) on numbers that end so ("" for all).

    `behaviour`: done, late, twice, never, refused, unreachable. `times` counts down; 0 means always.
    """

    operation = models.TextField(default="")
    ending = models.TextField(default="")
    behaviour = models.TextField()
    seconds = models.IntegerField(default=0)
    times = models.IntegerField(default=0)


class SimulatorRequest(TenantRow):
    """What the simulated systems were asked for: the key is known once, however often it comes."""

    key = models.UUIDField(db_default=UUID7())
    operation = models.TextField()
    subject = models.TextField(db_collation="C")
    payload = models.JSONField(default=dict)
    undoes = models.UUIDField(null=True)
    behaviour = models.TextField()
    outcome = models.TextField(default="")
    ready_at = models.DateTimeField()
    received = models.IntegerField(default=1)
    performed = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "key"], name="orders_simulator_key")]
        indexes = [models.Index(fields=["tenant_id", "subject", "id"], name="orders_simulator_subject")]
