"""Tickets, the tree of their categories, service levels, working calendars."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.cases.rules import levels, states
from loopline.kernel.models import ChangedXid, HandledRow, PartRow, PublicId, TenantRow


class Kind(models.TextChoices):
    """Why somebody turns to us."""

    COMPLAINT = "complaint", _("Complaint")
    ENQUIRY = "enquiry", _("Enquiry")
    FAULT = "fault", _("Fault")
    SUGGESTION = "suggestion", _("Suggestion")


class State(models.TextChoices):
    """Where a ticket stands; the values are those of TMF621."""

    ACKNOWLEDGED = states.ACKNOWLEDGED, _("Received")
    IN_PROGRESS = states.IN_PROGRESS, _("In progress")
    PENDING = states.PENDING, _("Waiting")
    HELD = states.HELD, _("On hold")
    RESOLVED = states.RESOLVED, _("Solved")
    CLOSED = states.CLOSED, pgettext_lazy("ticket", "Closed")
    REOPENED = states.REOPENED, _("Reopened")
    CANCELLED = states.CANCELLED, _("Cancelled")
    REJECTED = states.REJECTED, _("Rejected")


class PendingFor(models.TextChoices):
    """Whom a waiting ticket waits for."""

    CUSTOMER = "customer", _("the customer")
    THIRD_PARTY = "third_party", _("a third party")
    PARTS = "parts", _("material or a site visit")
    COLLEAGUES = "colleagues", _("colleagues")


class Priority(models.TextChoices):
    """How soon."""

    URGENT = "urgent", _("Urgent")
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Severity(models.TextChoices):
    """How bad it is for whoever has it. TMF621 leaves the words open; a client's own word is kept as it is."""

    CRITICAL = "Critical", _("Critical")
    HIGH = "High", _("High")
    MEDIUM = "Medium", _("Medium")
    LOW = "Low", _("Low")


class EntryKind(models.TextChoices):
    """What an entry of a ticket's time line is."""

    STATE = "state", _("Step")
    NOTE = "note", _("Note")
    REPLY = "reply", _("Reply")
    NOTICE = "notice", _("Notice")
    CHANGE = "change", _("Change")
    HANDED = "handed", _("Hand-over")
    FILE = "file", _("File")
    ALARM = "alarm", _("Alarm")


class WorkCalendar(TenantRow):
    """Weekly hours: {"0": [["09:00", "18:00"]], …}, Monday is 0. `observes` the operator's special days or not."""

    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    hours = models.JSONField(default=dict)
    observes = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "code"], name="cases_calendar_code"),
            models.UniqueConstraint(
                fields=["tenant_id"], condition=models.Q(is_default=True), name="cases_calendar_default"
            ),
        ]


class SpecialDay(TenantRow):
    """A day unlike its weekday: a holiday, or a make-up working day with the hours of weekday `hours_of`."""

    on = models.DateField()
    name = models.TextField(default="")
    hours_of = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "on"], name="cases_special_day")]


class Category(TenantRow):
    """A node of the tree of categories. What is not set here holds as set above; `path` lists ids from the root."""

    public_id = PublicId()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    kind = models.TextField(choices=Kind)
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    path = models.TextField(default="", db_collation="C")
    priority = models.TextField(choices=Priority, default="", blank=True)
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    calendar = models.ForeignKey(WorkCalendar, null=True, on_delete=models.PROTECT, related_name="+")
    to_person = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="cases_category_code")]


class Target(TenantRow):
    """Minutes of working time to the first answer and to the solution; a part that is empty holds for all."""

    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="+")
    priority = models.TextField(default="", blank=True)
    tier = models.TextField(default="", blank=True)
    answer_minutes = models.IntegerField()
    solution_minutes = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "category", "priority", "tier"],
                nulls_distinct=False,
                name="cases_target_once",
            )
        ]


class Step(TenantRow):
    """An alarm at a share of a clock's time: `to` is person, unit or above."""

    clock = models.TextField(choices=[(levels.ANSWER, _("First answer")), (levels.SOLUTION, _("Solution"))])
    percent = models.IntegerField()
    to = models.TextField(
        choices=[
            ("person", _("who works on it")),
            ("unit", _("the unit's supervisors")),
            ("above", _("the unit above")),
        ]
    )


class Terms(TenantRow):
    """The operator's periods, one row: days until the regulator must have our answer, for reopening, to object."""

    regulator_days = models.IntegerField(default=10)
    reopen_days = models.IntegerField(default=7)
    confirm_days = models.IntegerField(default=3)
    first_contact_minutes = models.IntegerField(default=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="cases_terms_once")]


class Skill(TenantRow):
    """A member of staff knows a category with all below it."""

    staff = models.ForeignKey("identity.Staff", on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "category"], name="cases_skill_once")]


class Ticket(HandledRow):
    """A matter that somebody brought to us.

    Why a policy of its own (`handled`): the branch is the customer's, so the ticket moves with him and his branch
    sees it; `unit` works on it and may stand anywhere in the tree. Under the customer's policy alone a network team
    would not see what it is to repair; under the unit's alone the hall could not answer its customer.

    `due_at` is when the next clock that runs ends, far ahead when none does: lists are ordered by it. `alarm_at` is
    when the next alarm or the silent closing is due. `solution_left` holds the seconds left while the clock pauses.
    """

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    kind = models.TextField(choices=Kind)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    ticket_type = models.TextField()
    title = models.TextField()
    description = models.TextField(default="")
    state = models.TextField(choices=State, default=State.ACKNOWLEDGED)
    state_at = models.DateTimeField()
    state_reason = models.TextField(default="")
    pending_for = models.TextField(choices=PendingFor, default="", blank=True)
    is_open = models.BooleanField(default=True)
    priority = models.TextField(choices=Priority, default=Priority.NORMAL)
    severity = models.TextField(default=Severity.MEDIUM)
    channel = models.TextField()
    contact = models.TextField(default="")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+"
    )
    interaction_id = models.BigIntegerField(null=True)
    external_id = models.TextField(default="", db_collation="C")
    regulator = models.BooleanField(default=False)
    regulator_number = models.TextField(default="", db_collation="C")
    mass = models.BooleanField(default=False)
    place = models.TextField(default="")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    assignee = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    handed_over = models.IntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_by_id = models.BigIntegerField(default=0)
    opened_by_name = models.TextField(default="")
    requested_for = models.DateTimeField(null=True)
    calendar = models.ForeignKey(WorkCalendar, null=True, on_delete=models.PROTECT, related_name="+")
    answer_minutes = models.IntegerField()
    answer_due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    solution_minutes = models.IntegerField()
    solution_due_at = models.DateTimeField(null=True)
    solution_left = models.IntegerField(default=0)
    solved_at = models.DateTimeField(null=True)
    solution = models.TextField(default="")
    first_contact = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(null=True)
    reopened = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    alarm_at = models.DateTimeField(null=True)
    alarms = models.JSONField(default=list)
    changed_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "number"], name="cases_ticket_number")]
        indexes = [
            models.Index(
                fields=["tenant_id", "due_at", "id"], condition=models.Q(is_open=True), name="cases_open"
            ),
            models.Index(
                fields=["unit", "due_at", "id"], condition=models.Q(is_open=True), name="cases_unit_open"
            ),
            models.Index(
                fields=["assignee", "due_at", "id"], condition=models.Q(is_open=True), name="cases_mine"
            ),
            models.Index(
                fields=["tenant_id", "is_open", "due_at", "id"],
                condition=models.Q(regulator=True),
                name="cases_regulator",
            ),
            models.Index(fields=["tenant_id", "kind", "is_open", "due_at", "id"], name="cases_kind"),
            models.Index(fields=["tenant_id", "is_open", "-id"], name="cases_newest"),
            models.Index(fields=["customer", "-id"], name="cases_customer"),
            models.Index(fields=["branch", "-id"], name="cases_branch"),
            models.Index(
                fields=["tenant_id", "external_id"],
                condition=~models.Q(external_id=""),
                name="cases_external",
            ),
            models.Index(
                fields=["tenant_id", "alarm_at"],
                condition=models.Q(alarm_at__isnull=False),
                name="cases_alarm",
            ),
        ]


class Entry(PartRow):
    """One entry of a ticket's time line. `public`: the customer may see it."""

    row_parent: ClassVar[str] = "ticket"
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries", db_index=False)
    public_id = PublicId()
    kind = models.TextField(choices=EntryKind)
    public = models.BooleanField(default=False)
    text = models.TextField(default="")
    state = models.TextField(default="", blank=True)
    channel = models.TextField(default="")
    detail = models.JSONField(default=dict)
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "id"], name="cases_entry_ticket")]
