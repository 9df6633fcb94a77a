"""Every feature of the churn model, defined once: its name, what it means, and how it reads as a reason.

`features` computes a column for each entry; a test holds the two together. A feature without a topic may help the
model but is never given as a reason: nobody can act on a customer's age.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.mining.rules.columns import Kind

type Shown = Literal["number", "decimal", "share", "change", "money", "months_left", "text"]

TOPICS: dict[str, Promise] = {
    "bill": _("Bill"),
    "network": _("Network and faults"),
    "complaint": _("Complaints"),
    "contract": _("Contract"),
    "competitor": _("Calls to competitors"),
    "usage": _("Usage"),
    "payment": _("Payment"),
    "contact": _("Contacts"),
    "relationship": _("Relationship"),
}
"""What a reason can be about: things that people can do something about, strongest levers first."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the model. `higher` and `lower` are the reason in words when the value is above or below the
    typical one; their %(value)s is written as `shown` says. Without words for a case there is no such reason.
    """

    name: str
    about: Promise
    topic: str = ""
    shown: Shown = "number"
    higher: Promise | None = None
    lower: Promise | None = None
    kind: Kind = "number"


_BILL_JUMP = _("Bill %(value)s above the usual")

FEATURES: tuple[Feature, ...] = (
    # Bill
    Feature("bill_mean", _("Mean monthly bill of the last three months"), "bill", "money",
            higher=_("High bills: %(value)s a month")),
    Feature("bill_last", _("Bill of the last month"), "bill", "money",
            higher=_("Last bill %(value)s")),
    Feature("bill_rise_last", _("Last bill against the mean of the three before"), "bill", "change", higher=_BILL_JUMP),
    Feature("bill_rise_before", _("Bill of the month before against the mean of the three before that"), "bill",
            "change",
            higher=_("Bill of the month before %(value)s above the usual")),
    Feature("bill_jump", _("Greatest rise of a bill in the last three months against the usual"), "bill", "change",
            higher=_("A bill in the last three months %(value)s above the usual")),
    Feature("extra_charges", _("Share of charges beyond the monthly fee in the last three months"), "bill", "share",
            higher=_("%(value)s of the bill is for use beyond the plan")),
    Feature("discount_share", _("Share of the fee that is forgiven"), "bill", "share",
            lower=_("No discount on the monthly fee")),
    Feature("monthly_fee", _("Agreed monthly fee of the line"), "bill", "money",
            higher=_("Monthly fee %(value)s")),
    # Network
    Feature("faults_mobile", _("Dropped calls and faults of the mobile lines in three months"), "network",
            higher=_("Dropped calls and faults in three months: %(value)s")),
    Feature("faults_fixed", _("Faults of the fixed lines in three months"), "network",
            higher=_("Line faults in three months: %(value)s")),
    Feature("faults_last", _("Faults and dropped calls of the last month"), "network",
            higher=_("Dropped calls and faults last month: %(value)s")),
    Feature("fault_reports", _("Fault reports in three months"), "network",
            higher=_("Fault reports in three months: %(value)s")),
    # Complaints
    Feature("complaints_open", _("Complaints open at the cut-off"), "complaint",
            higher=_("Complaints still open: %(value)s")),
    Feature("complaint_days_open", _("Days for which the oldest open complaint waits"), "complaint",
            higher=_("A complaint unanswered for %(value)s days")),
    Feature("complaints", _("Complaints in six months"), "complaint",
            higher=_("Complaints in six months: %(value)s")),
    # Contract
    Feature("months_to_contract_end", _("Months from the next one to the end of the contract, within ±3"), "contract",
            "months_left"),
    Feature("contract_near", _("The contract ends within two months or has ended in the last three"), "contract",
            higher=_("Contract at its end and not renewed")),
    Feature("has_contract", _("A contract with an end date exists"), "contract", lower=_("No contract binds him")),
    Feature("has_retention_offer", _("A retention offer has been taken"), "contract",
            lower=_("No retention offer yet")),
    # Competitors
    Feature("competitor_share", _("Share of minutes to competitors in the last month"), "competitor", "share",
            higher=_("%(value)s of call minutes go to competitors")),
    Feature("competitor_share_mean", _("Share of minutes to competitors in three months"), "competitor", "share",
            higher=_("%(value)s of call minutes in three months go to competitors")),
    Feature("competitor_share_rise", _("Share of minutes to competitors against three to five months before"),
            "competitor", "share", higher=_("Share of calls to competitors up by %(value)s")),
    # Usage
    Feature("minutes_mean", _("Mean monthly minutes of the line"), "usage",
            lower=_("Calls only %(value)s minutes a month"), higher=_("Calls %(value)s minutes a month")),
    Feature("minutes_change", _("Minutes of all lines against three months before"), "usage", "change",
            lower=_("Calls %(value)s less than three months ago")),
    Feature("data_mean", _("Mean monthly data of the line, MB"), "usage",
            lower=_("Uses only %(value)s MB a month"), higher=_("Uses %(value)s MB a month")),
    Feature("data_change", _("Data of all lines against three months before"), "usage", "change",
            lower=_("Data use %(value)s less than three months ago")),
    Feature("use_trend", _("Minutes and data of the last three months against the three before"), "usage", "change",
            lower=_("Use %(value)s less than in the three months before")),
    Feature("messages_mean", _("Mean monthly messages of the line"), "usage", "decimal"),
    Feature("roaming_days", _("Days of roaming in three months"), "usage",
            higher=_("Days of roaming in three months: %(value)s")),
    # Payment
    Feature("arrears", _("Owed at the cut-off"), "payment", "money", higher=_("Owes %(value)s")),
    Feature("months_in_arrears", _("Ends of the last three months at which something was owed"), "payment",
            higher=_("Behind with payment in %(value)s of the last three months")),
    # Contacts
    Feature("contacts", _("Contacts in three months"), "contact",
            higher=_("Contacts in three months: %(value)s"), lower=_("No contact in three months")),
    Feature("channel", _("Channel of the latest contact in six months"), kind="category"),
    # Relationship
    Feature("tenure_months", _("Months since becoming a customer"), "relationship",
            lower=_("Months as a customer: only %(value)s")),
    Feature("lines", _("Lines in use"), "relationship", lower=_("Lines in use: only %(value)s")),
    Feature("services", _("Different services in use"), "relationship", lower=_("Only one service, no bundle")),
    Feature("plan", _("Plan"), "relationship", "text", kind="category"),
    Feature("service", _("Service"), kind="category"),
    Feature("is_person", _("A person, not an organisation")),
    Feature("age", _("Age in years")),
    Feature("sex", _("Sex"), kind="category"),
)  # fmt: skip

BY_NAME = {feature.name: feature for feature in FEATURES}
KINDS: dict[str, Kind] = {feature.name: feature.kind for feature in FEATURES}
TOPIC_OF = {feature.name: feature.topic for feature in FEATURES if feature.topic}
