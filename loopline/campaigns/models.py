"""Campaigns and their members."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import BranchRow, ChangedXid, CustomerRow, PublicId


class Goal(models.TextChoices):
    """What a campaign is judged by."""

    RETAINED = "retained", _("Stays to the end of the window")
    TAKEN_UP = "taken_up", _("Takes the offer within the window")


class CampaignStatus(models.TextChoices):
    """Where a campaign stands."""

    DRAFT = "draft", _("Draft")
    STARTING = "starting", _("Starting")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class Campaign(BranchRow):
    """A plan to contact an audience, with a control group kept from every channel.

    `audience` is the definition that was clicked or filtered (`rules.plan.Audience`), `rules` the rules of
    contact (`rules.plan.ContactRules`); `seed` fixes the random draw so that a killed start draws the same.
    `progress` tells how far the start has come, `lesson` what was learnt.
    """

    public_id = PublicId()
    number = models.TextField(db_collation="C")
    name = models.TextField()
    goal = models.TextField(choices=Goal, default=Goal.RETAINED)
    status = models.TextField(choices=CampaignStatus, default=CampaignStatus.DRAFT)
    offering = models.ForeignKey("catalogue.Offering", null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.TextField(default="call")
    script = models.TextField(default="")
    audience = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    control_share = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    seed = models.BigIntegerField(default=0)
    waves = models.IntegerField(default=1)
    wave_days = models.IntegerField(default=7)
    starts_on = models.DateField(null=True)
    window_days = models.IntegerField(default=60)
    budget = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    contact_cost = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    owner_id = models.BigIntegerField(default=0)
    owner_name = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    lesson = models.TextField(default="")
    version = models.IntegerField(default=1)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "number"], name="campaigns_number")]


class Arm(models.TextChoices):
    """What the draw decided for a member."""

    TREATMENT = "treatment", _("To contact")
    CONTROL = "control", _("Control group")
    EXCLUDED = "excluded", _("Excluded")


class Answer(models.TextChoices):
    """What a contacted customer said."""

    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    CALL_BACK = "call_back", _("Asks to be called back")
    UNREACHABLE = "unreachable", _("Not reached")
    DO_NOT_CONTACT = "do_not_contact", _("Does not want to be contacted")


class Member(CustomerRow):
    """One subscription in a campaign: its arm, wave, contact and answer.

    `cell` is its field of the value × risk matrix at the start, such as "high/low"; the draw keeps its share in each.
    """

    public_id = PublicId()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="members")
    subscription = models.ForeignKey("subscriptions.Subscription", on_delete=models.PROTECT, related_name="+")
    arm = models.TextField(choices=Arm)
    exclusion = models.TextField(default="")
    cell = models.TextField(default="")
    wave = models.IntegerField(default=1)
    planned_on = models.DateField(null=True)
    window_ends_on = models.DateField(null=True)
    value_at_start = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    risk_at_start = models.FloatField(null=True)
    contacted_at = models.DateTimeField(null=True)
    answer = models.TextField(choices=Answer, default="", blank=True)
    answered_on = models.DateField(null=True)
    answered_by_id = models.BigIntegerField(null=True)
    changed_xid = ChangedXid()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "subscription"], name="campaigns_member_once")
        ]
        indexes = [models.Index(fields=["campaign", "arm", "answer"], name="campaigns_member_arm")]
