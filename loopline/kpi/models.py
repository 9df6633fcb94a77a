"""Indicators with their targets and thresholds, what was measured, and what was done when it went wrong."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, PartRow, PublicId, TenantRow
from loopline.kpi.rules import judging, periods


class PeriodKind(models.TextChoices):
    """For which span of time a value stands."""

    DAY = periods.DAY, _("Day")
    MONTH = periods.MONTH, _("Month")
    QUARTER = periods.QUARTER, _("Quarter")


class Perspective(models.TextChoices):
    """The four sides of the balanced scorecard 平衡计分卡."""

    FINANCE = "finance", _("Finance")
    CUSTOMER = "customer", _("Customer")
    PROCESS = "process", _("Internal process")
    LEARNING = "learning", _("Learning and growth")


class Basis(models.TextChoices):
    """What a threshold is a number of."""

    ABSOLUTE = judging.ABSOLUTE, _("a value")
    OF_TARGET = judging.OF_TARGET, _("a share of the target")
    CHANGE = judging.CHANGE, _("a change against the period before")


class Spread(models.TextChoices):
    """What a target means for the units below."""

    SAME = "same", _("each unit below has the same")
    SHARE = "share", _("the units below share it, as they shared the period before")
    NONE = "none", _("it holds for this unit alone")


class Indicator(TenantRow):
    """A figure by which the operator is steered.

    `numerator` and `denominator` name a measure, `cube.measure` or `work.count`; the value is their ratio times
    `factor`, or the first alone. `adds_up` says that it grows over its period, so that it is judged by pace;
    `lag` counts the periods that must be over before it can be told, as of what is billed at the end of a month.
    `weight` counts within `parent`, or within the perspective where it has none. `day_off_weight` is what a day off
    brings in relation to a working day, learnt by the watch; `measured_at` is empty while its history is not kept.
    """

    public_id = PublicId()
    code = models.TextField(db_collation="C")
    name = models.TextField()
    name_en = models.TextField(default="")
    about = models.TextField(default="")
    about_en = models.TextField(default="")
    owner = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    numerator = models.TextField()
    denominator = models.TextField(default="", blank=True)
    factor = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    filters = models.TextField(default="", blank=True)
    unit = models.TextField(default="", blank=True)
    decimals = models.IntegerField(default=0)
    higher_is_better = models.BooleanField(default=True)
    adds_up = models.BooleanField(default=False)
    period = models.TextField(choices=PeriodKind, default=PeriodKind.MONTH)
    lag = models.IntegerField(default=0)
    perspective = models.TextField(choices=Perspective, default="", blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    hours_to_answer = models.IntegerField(default=24)
    day_off_weight = models.FloatField(default=1)
    place = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)
    measured_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "code"], name="kpi_indicator_code"),
        ]


class Influence(TenantRow):
    """An arrow of the strategy map: one indicator moves another."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="moves")
    on = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="moved_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "on"], name="kpi_influence_once")]


class PerspectiveWeight(TenantRow):
    """How much a perspective counts in the scorecard; 1 where nothing is said."""

    perspective = models.TextField(choices=Perspective)
    weight = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "perspective"], name="kpi_perspective_once")
        ]


class Target(TenantRow):
    """What a unit is to reach in each period from `since` on, until another target begins."""

    public_id = PublicId()
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="targets")
    unit = models.ForeignKey("identity.Unit", on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=4)
    spread = models.TextField(choices=Spread, default=Spread.SAME)
    owner = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "unit", "since"], name="kpi_target_once")]


class Threshold(TenantRow):
    """From where on a value is a warning, and from where on a breach; without a unit for all of them.

    Shares and changes are kept as such: 0.9 is 90 % of the target, -0.1 a fall by 10 %. `minutes_to_answer` is how
    long a breach waits before it goes up; empty: as long as the indicator says.
    """

    public_id = PublicId()
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="thresholds")
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.TextField(choices=Basis, default=Basis.OF_TARGET)
    warn = models.DecimalField(max_digits=20, decimal_places=4)
    breach = models.DecimalField(max_digits=20, decimal_places=4)
    minutes_to_answer = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "unit"], nulls_distinct=False, name="kpi_threshold_once"
            )
        ]


class IndicatorValue(BranchRow):
    """What an indicator was for a unit in a period, as it was known on a day: one row a day, for trend and audit."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="+")
    period = models.DateField()
    on = models.DateField()
    value = models.DecimalField(max_digits=24, decimal_places=6)
    at = models.DateTimeField()
    is_latest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "branch", "period", "on"], name="kpi_value_daily"),
            models.UniqueConstraint(
                fields=["indicator", "branch", "period"],
                condition=models.Q(is_latest=True),
                name="kpi_value_latest",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "branch", "period"],
                condition=models.Q(is_latest=True),
                name="kpi_value_board",
            )
        ]


class Breach(BranchRow):
    """A threshold was passed: by what, since when, who was told, what was done, whether it came right again.

    `worst` is the value farthest from `bound`. `level` counts how often it went up to a superior. `due_at` is when it
    goes up next, `minutes_to_answer` after somebody was told; nothing is due once somebody has answered or the
    indicator has recovered.
    """

    public_id = PublicId()
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="breaches")
    period = models.DateField()
    first_seen_at = models.DateTimeField()
    value = models.DecimalField(max_digits=24, decimal_places=6)
    worst = models.DecimalField(max_digits=24, decimal_places=6)
    latest = models.DecimalField(max_digits=24, decimal_places=6)
    bound = models.DecimalField(max_digits=24, decimal_places=6)
    level = models.IntegerField(default=0)
    minutes_to_answer = models.IntegerField(default=24 * 60)
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    recovered_at = models.DateTimeField(null=True)

    def wait_from(self, now: datetime) -> None:
        """Have it go up when nobody answers in time."""
        self.due_at = now + timedelta(minutes=self.minutes_to_answer)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "branch", "period"], name="kpi_breach_once")
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="kpi_breach_newest"),
            models.Index(
                fields=["tenant_id", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="kpi_breach_due",
            ),
        ]


class StepKind(models.TextChoices):
    """What a step in the story of a breach is."""

    SEEN = "seen", _("Threshold passed")
    GIVEN = "given", _("Given to")
    ESCALATED = "escalated", _("Went up to")
    MEASURE = "measure", _("What was done")
    TAKEN_BACK = "taken_back", _("Answer taken back")
    RECOVERED = "recovered", _("Recovered")
    AGAIN = "again", _("Passed the threshold again")


class BreachStep(PartRow):
    """A step in the story of a breach."""

    row_parent: ClassVar[str] = "breach"
    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="steps")
    kind = models.TextField(choices=StepKind)
    text = models.TextField(default="")
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    person = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("identity.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())


class WorkWeight(TenantRow):
    """How much a kind of recorded work counts for people of a role, and how much of it a month makes full marks."""

    role = models.TextField()
    measure = models.TextField()
    weight = models.DecimalField(max_digits=6, decimal_places=2)
    full_marks = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "role", "measure"], name="kpi_work_weight_once")
        ]


class WatchState(TenantRow):
    """How far the watch has come: the lake's snapshot whose figures it has, and the day of its last look."""

    snapshot = models.BigIntegerField(default=0)
    on = models.DateField(null=True)
    ran_at = models.DateTimeField(null=True)
    note = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="kpi_watch_once")]
