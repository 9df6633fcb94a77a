"""Who of an audience is left out, and why; and how many the budget allows."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.campaigns.rules.plan import ContactRules

LEFT, COMPLAINT, NO_CONSENT = "left", "open_complaint", "no_consent"
ELSEWHERE, TOO_OFTEN, SAME_CUSTOMER, OVER_BUDGET = (
    "other_campaign",
    "too_often",
    "same_customer",
    "over_budget",
)
REASONS: dict[str, str | Promise] = {
    LEFT: _("Has left already"),
    COMPLAINT: _("Has an open complaint"),
    NO_CONSENT: _("No consent for this channel"),
    ELSEWHERE: _("Is in another running campaign"),
    TOO_OFTEN: _("Contacted too often lately"),
    SAME_CUSTOMER: _("Same customer, contacted for another service"),
    OVER_BUDGET: _("Beyond the budget"),
}
"""In the order in which they are checked."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a subscription of the audience when the campaign starts.

    `consent` is None where the customer was never asked; `value` is the monthly margin.
    """

    subscription: int
    customer: int
    branch: int
    value: Decimal
    risk: float
    stratum: str = ""
    has_left: bool = False
    has_complaint: bool = False
    consent: bool | None = None
    contacts: int = 0
    elsewhere: bool = False

    @property
    def at_stake(self) -> float:
        """The monthly margin that is expected to leave."""
        return float(self.value) * self.risk


def reason_to_leave_out(facts: Facts, rules: ContactRules) -> str:
    """Why this subscription may not be contacted; empty when it may."""
    if facts.has_left:
        return LEFT
    if facts.has_complaint:
        return COMPLAINT
    if facts.consent is False or (rules.consent == "granted" and facts.consent is None):
        return NO_CONSENT
    if facts.elsewhere:
        return ELSEWHERE
    return TOO_OFTEN if facts.contacts >= rules.frequency_max else ""


def leave_out(
    audience: list[Facts],
    rules: ContactRules,
    *,
    budget: Decimal,
    contact_cost: Decimal,
    control_share: float,
) -> dict[int, str]:
    """The reason by subscription, of those that are left out.

    Of a customer's several subscriptions the one with most at stake stays. Where the budget does not reach,
    those with the least at stake go, before the draw, so that both arms stay alike. A budget of 0 is no limit.
    """
    out = {row.subscription: reason for row in audience if (reason := reason_to_leave_out(row, rules))}
    seen: set[int] = set()
    kept: list[Facts] = []
    for row in sorted(audience, key=lambda row: (-row.at_stake, row.subscription)):
        if row.subscription in out:
            continue
        if row.customer in seen:
            out[row.subscription] = SAME_CUSTOMER
            continue
        seen.add(row.customer)
        kept.append(row)
    reach = affordable(len(kept), budget=budget, contact_cost=contact_cost, control_share=control_share)
    return out | {row.subscription: OVER_BUDGET for row in kept[reach:]}


def affordable(customers: int, *, budget: Decimal, contact_cost: Decimal, control_share: float) -> int:
    """How many customers, both arms together, the budget for contacts allows."""
    if budget <= 0 or contact_cost <= 0:
        return customers
    contacts = int(budget / contact_cost)

    def treated(number: int) -> int:
        return number - int(number * control_share + 0.5)

    reach = min(customers, int(contacts / (1 - control_share)) + 2)
    while treated(reach) > contacts:
        reach -= 1
    return reach
