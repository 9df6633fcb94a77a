"""The measured effect of a campaign: uplift against its control group, what it was worth and what it cost.

Members count as they were drawn, whether or not they were reached (intention to treat), and only once their
window is over. Of every member is known whether the goal was met by then: a success.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, sqrt
from statistics import NormalDist

from loopline.kernel.money import cents

CONFIDENCE = 0.95
POWER = 0.8
ENOUGH = 50
"""Members with a finished window that each arm needs before a figure is shown. Below it the interval is wider
than any campaign's effect, and a figure would only be mistaken for one."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`successes` of `size` members."""

    size: int
    successes: int

    @property
    def rate(self) -> float:
        """The share of successes; 0 for an empty group."""
        return self.successes / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """`uplift` is the treated rate minus the control rate, `low` to `high` its confidence interval."""

    treated: Proportion
    control: Proportion
    uplift: float
    low: float
    high: float
    confidence: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves no room for "no effect"."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class TooEarly:
    """No figure yet: each arm needs `needed` members whose window is over."""

    needed: int
    treated: int
    control: int


@dataclass(frozen=True, slots=True)
class Range:
    """An amount of money with its interval."""

    amount: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What the campaign brought against its control group, what it cost, and what is left."""

    incremental: Range
    cost: Decimal
    net: Range


def estimate(
    *,
    treated: int,
    treated_successes: int,
    control: int,
    control_successes: int,
    confidence: float = CONFIDENCE,
    one_sided: bool = False,
    enough: int = ENOUGH,
) -> Effect | TooEarly:
    """The difference of the two success rates with its interval, or how many members are still missing.

    Interval: hybrid score, method 10 of R. G. Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17 (1998) 873-890. It keeps within -1 and 1 and holds its
    coverage for small groups and for none or all successes. `one_sided` gives the lower bound alone ("at least
    so much"), the upper one is then 1. Counts outside 0 ≤ successes ≤ size raise ValueError.
    """
    for size, successes in ((treated, treated_successes), (control, control_successes)):
        if not 0 <= successes <= size:
            raise ValueError(f"{successes} successes of {size}")
    if min(treated, control) < max(1, enough):
        return TooEarly(max(1, enough), treated, control)
    z = NormalDist().inv_cdf(confidence if one_sided else (1 + confidence) / 2)
    first, second = Proportion(treated, treated_successes), Proportion(control, control_successes)
    (first_low, first_high), (second_low, second_high) = _wilson(first, z), _wilson(second, z)
    uplift = first.rate - second.rate
    low = uplift - sqrt((first.rate - first_low) ** 2 + (second_high - second.rate) ** 2)
    high = uplift + sqrt((first_high - first.rate) ** 2 + (second.rate - second_low) ** 2)
    return Effect(first, second, uplift, low, 1.0 if one_sided else high, confidence)


def _wilson(group: Proportion, z: float) -> tuple[float, float]:
    """Wilson's score interval of one proportion (Journal of the American Statistical Association 22, 1927)."""
    n, p = group.size, group.rate
    middle, half = 2 * n * p + z * z, z * sqrt(z * z + 4 * n * p * (1 - p))
    return max(0.0, (middle - half) / (2 * (n + z * z))), min(1.0, (middle + half) / (2 * (n + z * z)))


def size_needed(
    *,
    base: float,
    smallest: float,
    control_share: float = 0.5,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> int:
    """How many members, both arms together, show an effect of `smallest` on a base rate with this power.

    Two-sided test of two proportions without continuity correction, unequal groups: J. L. Fleiss, B. Levin,
    M. C. Paik, Statistical Methods for Rates and Proportions (3rd ed. 2003), section 4.3. The better rate is
    capped just below 1.
    """
    if smallest <= 0 or not 0 < control_share < 1:
        raise ValueError("the smallest effect and both groups must be above zero")
    better = min(base + smallest, 0.9999)
    delta = better - base
    ratio = (1 - control_share) / control_share  # treated for each control member
    middle = (base + ratio * better) / (1 + ratio)
    z_sure, z_power = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(power)
    spread = z_sure * sqrt((ratio + 1) * middle * (1 - middle))
    spread += z_power * sqrt(ratio * base * (1 - base) + better * (1 - better))
    in_control = spread**2 / (ratio * delta**2)
    return ceil(in_control) + ceil(in_control * ratio)


def smallest_detectable(
    *,
    base: float,
    members: int,
    control_share: float,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> float | None:
    """The smallest effect that so many members can show; None when not even the largest possible one."""
    low, high = 0.0, 1 - base
    if members < 2 or not 0 < control_share < 1 or high <= 0:
        return None

    def needed(effect: float) -> int:
        return size_needed(
            base=base, smallest=effect, control_share=control_share, power=power, confidence=confidence
        )

    if needed(high) > members:
        return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle) <= members else (middle, high)
    return high


def cost(
    *,
    contacts: int,
    contact_cost: Decimal,
    accepted: int,
    offer_monthly_cost: Decimal = Decimal(0),
    term_months: int = 0,
) -> Decimal:
    """What the campaign costs: every contact made, and every accepted offer over its whole term."""
    return cents(contacts * contact_cost + accepted * offer_monthly_cost * term_months)


def worth(effect: Effect, *, value: Decimal, costs: Decimal) -> Worth:
    """Incremental value = uplift × treated × `value` of one success, with the uplift's interval; net of cost.

    `value` is taken as known: its own uncertainty is not in the interval.
    """
    each = value * effect.treated.size
    amounts = [cents(Decimal(repr(part)) * each) for part in (effect.uplift, effect.low, effect.high)]
    low, high = sorted(amounts[1:])
    return Worth(Range(amounts[0], low, high), costs, Range(amounts[0] - costs, low - costs, high - costs))
