"""The planted truth: why customers leave and what an offer does about it.

A customer's chance of leaving in a month is logistic in six causes, each seen in usage, bills and contacts before he
goes. It is what a learner may at best recover, and what the measured effect of a campaign is judged against.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

CAUSES = (
    "bill_shock",
    "poor_network",
    "unresolved_complaint",
    "contract_ended",
    "competitor_pull",
    "falling_usage",
)
OTHER = len(CAUSES)  # index into CAUSE_NAMES when no planted cause stands out
CAUSE_NAMES = np.array([*CAUSES, "other"])

BASE = -4.7
WEIGHTS = np.array([3.0, 3.0, 3.3, 3.2, 3.0, 2.9])  # logits at full strength, in the order of CAUSES
LONG_TENURE = -1.3  # logits at six years and more
BUNDLE = -0.9
STANDS_OUT = 0.5  # logits below which a cause is not named

# Which causes each offer of the catalogue (in its order) is right for.
CURES = np.array(
    [
        # bill shock, network, complaint, contract, competitor, falling
        [True, False, False, False, True, False],  # DISC12
        [True, False, False, False, False, True],  # DATA10
        [False, True, False, False, False, False],  # SPEED
        [False, False, False, True, True, False],  # HANDSET
        [False, True, True, False, False, False],  # CARE
    ]
)
REACHED = 0.85  # chance that somebody who is contacted is reached at all
LATEST_ANSWER = 10  # days; the answer comes on any of the days 0..10 with equal chance
ACCEPTS_RIGHT, ACCEPTS_WRONG = 0.9, 0.3  # times persuadability
RELIEF_RIGHT, RELIEF_WRONG = 0.3, 0.85  # factor on the daily rate of leaving once accepted
RELIEF_DAYS = 180
IRRITATION, IRRITATED_DAYS = 1.4, 60  # factor for a sleeping dog from the day of contact
DOG_SLEEPS_BELOW = 0.015  # only those with a smaller monthly chance of leaving can be woken


def contributions(
    *,
    shock: np.ndarray,
    drops: np.ndarray,
    complaint: np.ndarray,
    months_to_end: np.ndarray,
    pull: np.ndarray,
    fall: np.ndarray,
) -> np.ndarray:
    """Logits that each cause adds, shape (6, n).

    `shock` 0..1, fading; `drops` dropped calls and three times faults, sum of three months; `complaint` open for a
    week or more; `months_to_end` of the contract (negative: over, not renewed); `pull` 0..1; `fall` the part of
    usage lost against three months before.
    """
    contract = np.where(
        (months_to_end >= -2) & (months_to_end <= 1), 1.0, np.where(months_to_end == 2, 0.5, 0.0)
    )
    strength = np.stack(
        [shock, np.clip((drops - 6) / 9, 0, 1), complaint, contract, pull, np.clip(fall / 0.45, 0, 1)]
    )
    return np.asarray(strength * WEIGHTS[:, None])


def chance_of_leaving(
    causes: np.ndarray, tenure: np.ndarray, bundle: np.ndarray, frailty: np.ndarray
) -> np.ndarray:
    """Chance of leaving of one's own will in the next month, from `contributions`, years of tenure and so on."""
    # The strongest cause counts in full and the others by a third: two troubles are not twice the reason to go.
    strongest = causes.max(axis=0)
    logit = BASE + strongest + (causes.sum(axis=0) - strongest) / 3 + frailty
    logit = logit + LONG_TENURE * np.clip(tenure / 6, 0, 1) + BUNDLE * bundle
    return np.asarray(1 / (1 + np.exp(-logit)))


def main_cause(causes: np.ndarray) -> np.ndarray:
    """Index into CAUSE_NAMES of the strongest cause, OTHER where none stands out, int8."""
    return np.where(causes.max(axis=0) >= STANDS_OUT, causes.argmax(axis=0), OTHER).astype(np.int8)


@dataclass(frozen=True)
class Disposition:
    """How customers would answer an offer and what contact does to them; arrays of one length.

    `chance` of leaving in a month untreated, `accepts` chance of accepting when reached, `relief` factor on the
    daily rate once accepted, `irritation` factor from the day of contact.
    """

    chance: np.ndarray
    accepts: np.ndarray
    relief: np.ndarray
    irritation: np.ndarray


def disposition(
    *,
    chance: np.ndarray,
    cause: np.ndarray,
    persuadability: np.ndarray,
    touchy: np.ndarray,
    offer: np.ndarray,
) -> Disposition:
    """What the truth says of customers (their state today) when offered `offer` (index into OFFERS)."""
    right = np.column_stack([CURES, np.zeros(len(CURES), dtype=bool)])[offer, cause]
    return Disposition(
        chance=chance,
        accepts=persuadability * np.where(right, ACCEPTS_RIGHT, ACCEPTS_WRONG),
        relief=np.where(right, RELIEF_RIGHT, RELIEF_WRONG),
        irritation=np.where(touchy & (chance < DOG_SLEEPS_BELOW), IRRITATION, 1.0),
    )


def answers(rng: Generator, accepts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw (reached, accepted, days until the answer) for each contact."""
    size = len(accepts)
    reached = rng.random(size) < REACHED
    accepted = reached & (rng.random(size) < accepts)
    return reached, accepted, rng.integers(0, LATEST_ANSWER + 1, size)


def expected_to_leave(of: Disposition, days: int, month_days: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Chance of having left `days` (up to 60) from now, (left alone, contacted), while today's chance stands still.

    The true effect of a campaign on a group is the mean difference of the two.
    """
    rate = -np.log1p(-of.chance) / month_days
    alone = np.exp(-rate * days)
    declined = np.exp(-rate * of.irritation * days)
    accepted = np.zeros_like(rate)
    for delay in range(LATEST_ANSWER + 1):
        before = min(delay, days)
        accepted += np.exp(-rate * of.irritation * (before + of.relief * (days - before)))
    accept = REACHED * of.accepts
    contacted = (1 - accept) * declined + accept * accepted / (LATEST_ANSWER + 1)
    return 1 - alone, 1 - contacted


def rehearse(
    rng: Generator, of: Disposition, contacted: np.ndarray, days: int, month_days: int = 30
) -> tuple[np.ndarray, np.ndarray]:
    """Play a campaign once without moving the world: (left within `days`, accepted), both bool, shape of `contacted`.

    Draws from exactly the law of `expected_to_leave`, in microseconds a customer, for tests with many replications.
    """
    rate = -np.log1p(-of.chance) / month_days
    _, accepted, delay = answers(rng, of.accepts)
    accepted &= contacted
    before = np.minimum(delay, days)
    exposure = np.where(accepted, before + of.relief * (days - before), days)
    hazard = rate * np.where(contacted, of.irritation, 1.0) * exposure
    return rng.standard_exponential(len(rate)) < hazard, accepted
