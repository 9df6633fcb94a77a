"""From counts to a measured effect: which goal, what a success is worth, what it cost."""

from dataclasses import dataclass
from decimal import Decimal

from loopline.campaigns.api import Goal, effect

USUAL_MONTHS = 12
"""How long a kept customer is counted where no offer's term says so."""


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """Members of one arm whose window is over; `value` is their summed monthly margin at the start."""

    settled: int = 0
    retained: int = 0
    taken_up: int = 0
    contacts: int = 0
    accepted: int = 0
    value: Decimal = Decimal(0)

    def successes(self, goal: str) -> int:
        """Members that met a goal."""
        return self.taken_up if goal == Goal.TAKEN_UP else self.retained


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer brings and costs a month, for how many months, and what one contact costs."""

    monthly_fee: Decimal = Decimal(0)
    monthly_cost: Decimal = Decimal(0)
    months: int = 0
    contact_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Measured:
    """A goal's effect in one group of members, with what it was worth; both arms stay readable."""

    goal: str
    treatment: ArmCounts
    control: ArmCounts
    found: effect.Effect | effect.TooEarly
    worth: effect.Worth | None


def measure(
    goal: str, treatment: ArmCounts, control: ArmCounts, terms: Terms, enough: int = effect.ENOUGH
) -> Measured:
    """The effect on a goal among the settled members, or that it is too early.

    A kept customer is worth the members' mean monthly margin over the offer's term, a taken offer its fee over
    it. Costs are those of the settled members: their contacts and the offers they accepted.
    """
    found = effect.estimate(
        treated=treatment.settled,
        treated_successes=treatment.successes(goal),
        control=control.settled,
        control_successes=control.successes(goal),
        enough=enough,
    )
    if isinstance(found, effect.TooEarly):
        return Measured(goal, treatment, control, found, None)
    costs = effect.cost(
        contacts=treatment.contacts,
        contact_cost=terms.contact_cost,
        accepted=treatment.accepted,
        offer_monthly_cost=terms.monthly_cost,
        term_months=terms.months,
    )
    each = value_of_success(goal, treatment, control, terms)
    return Measured(goal, treatment, control, found, effect.worth(found, value=each, costs=costs))


def value_of_success(goal: str, treatment: ArmCounts, control: ArmCounts, terms: Terms) -> Decimal:
    """What one more success brings over the term."""
    months = terms.months or USUAL_MONTHS
    if goal == Goal.TAKEN_UP:
        return terms.monthly_fee * months
    members = treatment.settled + control.settled
    return (treatment.value + control.value) / members * months if members else Decimal(0)
