"""The random draw of the control group: the same for the same seed and audience, whatever the order.

Customers are drawn, not subscriptions: a person in both arms would tell the offer to himself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

TREATMENT, CONTROL = "treatment", "control"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscription that may be contacted. `stratum` names the group within which the share is kept."""

    subscription: int
    customer: int
    stratum: str = ""


def draw(candidates: Iterable[Candidate], *, seed: int, control_share: float) -> dict[int, str]:
    """The arm of each subscription.

    Within each stratum the control group has `control_share` of the customers, exact to one customer, and so
    over all strata. A customer with subscriptions in several strata counts in the first one by name.
    """
    if not 0 <= control_share <= 1:
        raise ValueError(f"control share {control_share}")
    rows = list(candidates)
    stratum: dict[int, str] = {}
    for row in rows:
        stratum[row.customer] = min(stratum.get(row.customer, row.stratum), row.stratum)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for customer, name in stratum.items():
        groups[name].append(customer)
    kept: set[int] = set()
    seen = 0
    for name in sorted(groups):
        customers = sorted(groups[name], key=lambda customer: (_lot(seed, customer), customer))
        # Rounding the running total keeps both the strata and the whole exact to one.
        before, seen = seen, seen + len(customers)
        kept.update(customers[: _part(seen, control_share) - _part(before, control_share)])
    return {row.subscription: CONTROL if row.customer in kept else TREATMENT for row in rows}


def waves(customers: Iterable[int], *, seed: int, count: int) -> dict[int, int]:
    """The wave of each customer, 1 to `count`, at random and of equal size to one customer."""
    ordered = sorted(set(customers), key=lambda customer: (_lot(seed ^ 0x5DEECE66D, customer), customer))
    return {customer: 1 + place * count // len(ordered) for place, customer in enumerate(ordered)}


def _part(number: int, share: float) -> int:
    return int(number * share + 0.5)


def _lot(seed: int, customer: int) -> bytes:
    """The customer's lot: a keyed hash, which no process, platform or order changes."""
    return blake2b(f"{seed}:{customer}".encode(), digest_size=16).digest()
