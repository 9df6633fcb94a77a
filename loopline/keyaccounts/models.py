"""The chain of posts, who is in whose charge, what is promised, and groups with what hangs on them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import CustomerRow, PublicId, TenantRow
from loopline.keyaccounts.rules import care, levels


class Level(models.TextChoices):
    """The four levels of the chain, from the customer upwards."""

    MANAGER = levels.MANAGER, _("Account manager")
    DISTRICT = levels.DISTRICT, _("District manager")
    DEPARTMENT = levels.DEPARTMENT, _("Department manager")
    DIRECTOR = levels.DIRECTOR, _("Director")


class Post(TenantRow):
    """Somebody appointed to a level of the chain, for an organisation unit, under another post.

    `path` lists the ids from the director down: `/1/4/9/`. `load_limit` is how many customers may be in its charge.
    """

    public_id = PublicId()
    level = models.TextField(choices=Level)
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("identity.Unit", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.TextField(default="", db_collation="C")
    load_limit = models.IntegerField(default=200)
    since = models.DateField()
    until = models.DateField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "staff"],
                condition=models.Q(until=None),
                name="keyaccounts_post_once",
            ),
            models.CheckConstraint(condition=models.Q(load_limit__gte=0), name="keyaccounts_post_limit"),
        ]
        indexes = [models.Index(fields=["tenant_id", "path"], name="keyaccounts_post_path")]


class RunKind(models.TextChoices):
    """How customers came into other hands."""

    HAND = "hand", _("By hand")
    RULES = "rules", _("By rules")
    HAND_OVER = "hand_over", _("Hand-over")


class RunState(models.TextChoices):
    """Where it stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    UNDONE = "undone", _("Taken back")


class Run(TenantRow):
    """Customers came into other hands in one go, which can be taken back in one step.

    `rules` keeps the rules as they stood when it was asked for, each with its counts; `rule` and `last` say how far
    it has come: the rule's place and the last customer. `moved` names tasks and visits that went along:
    `{"tasks": [[task, from, to], …], "visits": […]}`.
    """

    public_id = PublicId()
    kind = models.TextField(choices=RunKind)
    state = models.TextField(choices=RunState, default=RunState.WAITING)
    rules = models.JSONField(default=list)
    rule = models.IntegerField(default=0)
    last = models.BigIntegerField(default=0)
    total = models.IntegerField(default=0)
    given = models.IntegerField(default=0)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(default="")
    moved = models.JSONField(default=dict)
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="keyaccounts_run_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=models.Q(kind="rules", state__in=["waiting", "running"]),
                name="keyaccounts_one_run",
            )
        ]


class Charge(CustomerRow):
    """A customer is in somebody's charge, from one day up to another: the history of who looked after whom."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", db_index=False)
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateField()
    until = models.DateField(null=True)
    reason = models.TextField(default="")
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(until=None), name="keyaccounts_in_one_charge"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="keyaccounts_charge_span",
            ),
        ]
        indexes = [
            models.Index(
                fields=["post", "customer"], condition=models.Q(until=None), name="keyaccounts_charge_now"
            ),
            models.Index(fields=["customer", "-id"], name="keyaccounts_charge_story"),
        ]


class Rule(TenantRow):
    """Customers of whom all of this holds and who are in nobody's charge go to the managers of a post and below.

    What is empty holds for all. Rules are tried in the order of `place`; the first that fits decides.
    """

    public_id = PublicId()
    place = models.IntegerField(default=0)
    name = models.TextField()
    kind = models.TextField(default="", blank=True)
    tier = models.TextField(default="", blank=True)
    value_class = models.TextField(default="", blank=True)
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    group_id = models.BigIntegerField(null=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)


class Terms(TenantRow):
    """When account managers are reminded: days before, and by which share usage must fall. One row.

    `reminded_on` is the day of the last night that was gone through to its end.
    """

    birthday_days = models.IntegerField(default=7)
    contract_days = models.IntegerField(default=60)
    fall_percent = models.IntegerField(default=30)
    reminded_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="keyaccounts_terms_once")]


class CareStep(CustomerRow):
    """A step of a customer's care plan 关怀计划. `what` is a usual one, or empty with a `title` of its own."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    what = models.TextField(default="", blank=True)
    title = models.TextField(default="", blank=True)
    way = models.TextField(choices=[(way, way) for way in care.WAYS])
    due_on = models.DateField()
    every_months = models.IntegerField(default=0)
    done_on = models.DateField(null=True)
    result = models.TextField(default="")
    by_name = models.TextField(default="")
    dropped = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "due_on"], name="keyaccounts_care_customer"),
            models.Index(
                fields=["tenant_id", "due_on", "id"],
                condition=models.Q(done_on=None, dropped=False),
                name="keyaccounts_care_due",
            ),
        ]


class VisitState(models.TextChoices):
    """Where a visit stands."""

    PLANNED = "planned", _("Planned")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Visit(CustomerRow):
    """A visit 走访: planned, then done with who was met, its result and the next step, or cancelled."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.TextField(choices=VisitState, default=VisitState.PLANNED)
    planned_at = models.DateTimeField()
    purpose = models.TextField(default="")
    done_at = models.DateTimeField(null=True)
    met = models.TextField(default="")
    result = models.TextField(default="")
    next_step = models.TextField(default="")
    next_on = models.DateField(null=True)
    reason = models.TextField(default="")
    interaction_id = models.BigIntegerField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-planned_at"], name="keyaccounts_visit_customer"),
            models.Index(fields=["staff", "state", "planned_at", "id"], name="keyaccounts_visit_staff"),
        ]


class Group(CustomerRow):
    """A group customer 集团客户: an organisation with members, key persons and contracts.

    `customer` is the organisation's own file. `path` lists group ids from the head office: `/1/4/`.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    number = models.TextField(db_collation="C")
    grade = models.TextField(choices=[("A", "A"), ("B", "B"), ("C", "C")], default="C")
    industry = models.TextField(default="", blank=True)
    staff_count = models.IntegerField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.TextField(default="", db_collation="C")
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="keyaccounts_group_once"),
            models.UniqueConstraint(fields=["tenant_id", "number"], name="keyaccounts_group_number"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "path"], name="keyaccounts_group_path"),
            models.Index(fields=["tenant_id", "grade", "id"], name="keyaccounts_group_grade"),
        ]


class Member(CustomerRow):
    """A customer, or one line of his alone, belongs to a group from one day up to another."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    public_id = PublicId()
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="members", db_index=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.TextField(default="", blank=True)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "subscription"],
                condition=models.Q(until=None),
                nulls_distinct=False,
                name="keyaccounts_member_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="keyaccounts_member_span",
            ),
        ]
        indexes = [models.Index(fields=["group", "until", "id"], name="keyaccounts_member_group")]


class PersonRole(models.TextChoices):
    """What a key person 关键人 decides."""

    DECIDES = "decides", _("Decision maker")
    INFLUENCES = "influences", _("Influencer")
    FINANCE = "finance", _("Finance")
    TECHNICAL = "technical", _("Technical contact")
    USES = "uses", _("User representative")
    DOOR = "door", _("Opens doors")


class KeyPerson(CustomerRow):
    """A key person of a group; `customer` is the group's own file. Name, telephone and birthday are shown masked."""

    public_id = PublicId()
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="key_persons")
    name = models.TextField()
    role = models.TextField(choices=PersonRole, default=PersonRole.DECIDES)
    position = models.TextField(default="", blank=True)
    telephone = models.TextField(default="", blank=True, db_collation="C")
    birth_date = models.DateField(null=True)
    note = models.TextField(default="", blank=True)
    ended_on = models.DateField(null=True)


class GroupContract(CustomerRow):
    """A contract with a group; its file hangs on it. `notice_days` before its end somebody must renew it."""

    public_id = PublicId()
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="contracts")
    number = models.TextField(db_collation="C")
    name = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=2)
    notice_days = models.IntegerField(default=60)
    terminated_on = models.DateField(null=True)
    renewed_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="keyaccounts_contract_number"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="keyaccounts_contract_span"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "ends_on"], name="keyaccounts_contract_end")]


class GroupProduct(CustomerRow):
    """What a group has bought: so many of something, for a monthly fee, under a contract or without one."""

    public_id = PublicId()
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="products")
    contract = models.ForeignKey(GroupContract, null=True, on_delete=models.PROTECT, related_name="products")
    offering = models.ForeignKey("catalogue.Offering", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    quantity = models.IntegerField(default=1)
    monthly_fee = models.DecimalField(max_digits=18, decimal_places=2)
    since = models.DateField()
    until = models.DateField(null=True)
