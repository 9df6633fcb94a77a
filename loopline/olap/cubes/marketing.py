"""Marketing: whom campaigns reach, what they answer, what it costs."""

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loopline.campaigns.api import Answer, Arm
from loopline.interactions.api import Channel
from loopline.olap.definitions import Cube, Level, Measure, Over, Part, cubes
from loopline.olap.shared import KIND, MONEY_UNIT, TIER, amount, count, levels, measures, share
from loopline.olap.stars import current, lake, with_customer

_CAMPAIGN = _("Campaign")
CAMPAIGN = Level("campaign", _CAMPAIGN, _CAMPAIGN, "campaign", labels="campaign")
ARM = Level("arm", _("Group"), _CAMPAIGN, "arm", labels=dict(Arm.choices))
ANSWER = Level("answer", _("Answer"), _CAMPAIGN, "answer", labels=dict(Answer.choices))
CHANNEL = Level(
    "channel", pgettext_lazy("contact", "Channel"), _CAMPAIGN, "channel", labels=dict(Channel.choices)
)
CELL = Level("cell", _("Value / risk"), _CAMPAIGN, "cell")


def rows() -> ir.Table:
    """Members of campaigns by the month for which their contact was planned."""
    members = lake("fact_campaign_contact")
    campaigns = current("dim_campaign").select("campaign_id", "number", "channel", "contact_cost")
    joined = members.left_join(campaigns, "campaign_id").drop("campaign_id_right")
    contacted = joined.contacted_at.notnull()
    accepted = (joined.answer == "accepted").fill_null(False)
    facts = joined.select(
        "customer_id", "branch_id", "arm", "cell", "channel",
        month=joined.planned_on.truncate("M").cast("date"), campaign=joined.number,
        answer=joined.answer.nullif(""),
        members=ibis.literal(1, "int64"),
        treated=(joined.arm == "treatment").cast("int64"),
        controls=(joined.arm == "control").cast("int64"),
        reached=contacted.cast("int64"),
        answered=joined.answered_on.notnull().cast("int64"),
        accepted=accepted.cast("int64"),
        contact_cost=contacted.ifelse(joined.contact_cost.fill_null(0), 0).cast("decimal(18, 2)"),
        people=contacted.cast("int64"),
    )  # fmt: skip
    facts = facts.filter(facts.month.notnull())
    return with_customer(facts)


_COUNTED = ("members", "treated", "controls", "reached", "answered", "accepted")
cubes.add(
    "marketing",
    Cube(
        "marketing",
        _("Marketing"),
        _("Members of campaigns, contacts, answers and their cost."),
        "speakerphone",
        levels(CAMPAIGN, CHANNEL, ARM, ANSWER, CELL, TIER, KIND),
        (
            *(Part(name) for name in _COUNTED),
            Part("contact_cost", Over.SUM, "DECIMAL(18,2)"),
            Part("people", Over.DISTINCT),
        ),
        measures(
            count("members", _("Members"), "", _("Lines drawn for campaigns, all groups.")),
            count("treated", _("To contact")),
            count("controls", _("Control group")),
            count("reached", _("Contacted"), "", _("Members with a recorded contact.")),
            count("answered", _("Answered"), "", _("Members with a recorded answer.")),
            count("accepted", _("Accepted"), "", _("Members who accepted the offer."), better=1),
            share("reach_rate", _("Reach"), ("reached", "treated"), _("Contacted ÷ to contact."), better=1),
            share(
                "response_rate", _("Response"), ("answered", "reached"), _("Answered ÷ contacted."), better=1
            ),
            share(
                "acceptance_rate",
                _("Acceptance"),
                ("accepted", "reached"),
                _("Accepted ÷ contacted."),
                better=1,
            ),
            amount("contact_cost", _("Cost of contacts"), _("Contacts × cost of one contact."), better=-1),
            Measure(
                "cost_per_acceptance",
                _("Cost of an acceptance"),
                (("contact_cost", 1),),
                (("accepted", 1),),
                unit=MONEY_UNIT,
                decimals=2,
                about=_("Cost of contacts ÷ acceptances."),
                better=-1,
            ),
            count("people", _("Customers contacted"), _("customers"), _("Different customers contacted.")),
        ),
        rows,
        ("fact_campaign_contact",),
        ("dim_campaign", "dim_customer", "dim_unit"),
    ),
    order=50,
)
