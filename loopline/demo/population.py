"""A cohort: customers founded together, their lines, and all that the simulation must remember about them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from loopline.demo.calendar import Calendar
from loopline.demo.catalogue import FEES, MB, MEGABYTES, MINUTES, UNLIMITED, plans_of
from loopline.demo.draws import Stream, chosen, stream
from loopline.demo.people import births
from loopline.demo.truth import OTHER

NEVER = 2**30  # a day that does not come
NO_CONTRACT = -999
MOBILE, BROADBAND = 0, 1
BRANCH_SIZES = np.array([12, 9, 8, 6, 10, 9, 8, 7, 9, 8, 7, 7])  # relative, in the order of HALLS
_ALL_GROWN = np.datetime64("2024-01-01")  # not later than any first month: nobody joins as a child
STAYS, VOLUNTARY, INVOLUNTARY = 0, 1, 2


@dataclass(slots=True)
class Cohort:
    """Arrays of one entry per customer, then of one per line; saved and loaded field by field.

    Days and months are the world's own numbers (see `Calendar`), money is fen.
    """

    number: np.ndarray  # shape (), which cohort
    # who they are
    customer: np.ndarray
    branch: np.ndarray  # index into HALLS
    organisation: np.ndarray
    female: np.ndarray
    prepaid: np.ndarray
    bundle: np.ndarray  # mobile and broadband together
    joined: np.ndarray  # day
    opening_contract: np.ndarray  # month in which the first contract ends, or NO_CONTRACT
    # what nobody sees
    persuadability: np.ndarray
    touchy: np.ndarray  # a sleeping dog
    frailty: np.ndarray
    payer: np.ndarray  # 0 punctual, 1 forgetful, 2 poor
    competitor_share: np.ndarray
    # what changes when a month closes
    bills: np.ndarray  # last three totals, shape (n, 3)
    drops: np.ndarray  # last three months, shape (n, 3)
    shock: np.ndarray
    pull_age: np.ndarray  # months since the competitor began to pull, 0: does not
    fall_age: np.ndarray
    trouble: np.ndarray  # months of bad network to come
    complaint: np.ndarray  # id of the last complaint, 0: none
    complained: np.ndarray  # day
    solved: np.ndarray  # day on which it is solved
    unpaid: np.ndarray  # bills in a row left unpaid
    contract_end: np.ndarray  # month, or NO_CONTRACT
    discount_until: np.ndarray  # month
    chance: np.ndarray  # of leaving in the open month
    cause: np.ndarray
    # what changes within a month
    balance: np.ndarray  # owed; negative is credit
    topped_up: np.ndarray  # this month
    signed: np.ndarray  # contract end signed with an offer this month, or NO_CONTRACT
    exposure: np.ndarray  # hazard gathered this month
    relief: np.ndarray
    relief_until: np.ndarray  # day
    irritated_until: np.ndarray  # day
    left: np.ndarray  # day, or NEVER
    left_kind: np.ndarray
    left_cause: np.ndarray
    # lines
    owner: np.ndarray  # row of the customer in this cohort
    slot: np.ndarray  # 0..2
    generation: np.ndarray  # number changes so far
    service: np.ndarray
    plan: np.ndarray  # index into PLANS
    fee: np.ndarray  # 0 for the broadband line of a bundle: the mobile line carries its fee
    minutes: np.ndarray  # usual in a month
    megabytes: np.ndarray
    started: np.ndarray  # day

    @property
    def size(self) -> int:
        """How many customers."""
        return len(self.customer)

    def lines(self) -> np.ndarray:
        """Keys of the subscriptions."""
        return line_keys(self.customer[self.owner], self.slot, self.generation)


# What a customer begins with.
_AT_FIRST: dict[str, tuple[float, type]] = {
    "shock": (0, np.float64),
    "pull_age": (0, np.int64),
    "fall_age": (0, np.int64),
    "trouble": (0, np.int64),
    "complaint": (0, np.int64),
    "complained": (NEVER, np.int64),
    "solved": (NEVER, np.int64),
    "unpaid": (0, np.int64),
    "discount_until": (NO_CONTRACT, np.int64),
    "chance": (0, np.float64),
    "cause": (OTHER, np.int8),
    "balance": (0, np.int64),
    "topped_up": (0, np.int64),
    "signed": (NO_CONTRACT, np.int64),
    "exposure": (0, np.float64),
    "relief": (1, np.float64),
    "relief_until": (-NEVER, np.int64),
    "irritated_until": (-NEVER, np.int64),
    "left": (NEVER, np.int64),
    "left_kind": (STAYS, np.int8),
    "left_cause": (OTHER, np.int8),
}


def line_keys(customer: np.ndarray, slot: np.ndarray | int, generation: np.ndarray | int) -> np.ndarray:
    """Key of a subscription: unique over the whole world, below 10^8 for six million customers."""
    return customer * 16 + slot * 4 + generation


def found(seed: int, number: int, first: int, size: int, *, calendar: Calendar, month: int | None) -> Cohort:
    """Found cohort `number` with customers `first`..: long-standing ones, or those who join in `month`."""
    rng = stream(seed, Stream.FOUNDING, number)
    customer = np.arange(first, first + size, dtype=np.int64)
    organisation = rng.random(size) < 0.04
    kind = chosen(rng, np.array([0.25, 0.40, 0.12, 0.18, 0.05]), size)
    kind = np.where(organisation & (kind == 0), 3, kind)
    lines = _lines(rng, kind)
    joined = _join_days(rng, customer, calendar, month)
    contract = _contract_ends(rng, kind, organisation, month)
    owner = lines["owner"]
    usual = np.bincount(owner, weights=lines["fee"], minlength=size).astype(np.int64)
    mobile, broadband = lines["service"] == MOBILE, lines["service"] == BROADBAND
    has = [np.bincount(owner[which], minlength=size) > 0 for which in (mobile, broadband)]

    return Cohort(
        number=np.array(number),
        customer=customer,
        branch=chosen(rng, BRANCH_SIZES, size),
        organisation=organisation,
        female=rng.random(size) < 0.48,
        prepaid=kind == 0,
        bundle=has[0] & has[1],
        joined=joined,
        opening_contract=contract,
        persuadability=rng.beta(2.5, 2.5, size),
        touchy=rng.random(size) < 0.15,
        frailty=rng.normal(0, 0.1, size),
        payer=chosen(rng, np.array([0.90, 0.075, 0.025]), size),
        competitor_share=np.where(has[0], rng.uniform(0.14, 0.30, size), 0.0),
        bills=np.repeat(usual[:, None], 3, axis=1),
        drops=np.zeros((size, 3), dtype=np.int64),
        contract_end=contract.copy(),
        **{name: np.full(size, value, dtype=dtype) for name, (value, dtype) in _AT_FIRST.items()},
        started=joined[owner],
        **lines,
    )


def _lines(rng: Generator, kind: np.ndarray) -> dict[str, np.ndarray]:
    """One to three lines for each customer; `kind`: prepaid, postpaid, both apart, convergent, broadband only."""
    size = len(kind)
    apart, convergent, fixed = kind == 2, kind == 3, kind == 4
    mobile = np.select(
        [kind == 0, convergent, fixed],
        [rng.choice(plans_of(family), size) for family in ("prepaid", "convergent", "broadband")],
        rng.choice(plans_of("postpaid", "five_g"), size),
    )
    second = (kind != 0) & (kind != 4) & (rng.random(size) < 0.2)
    plans = np.stack(
        [
            mobile,
            np.where(convergent, mobile, rng.choice(plans_of("broadband"), size)),
            rng.choice(plans_of("postpaid"), size),
        ],
        axis=1,
    )
    owner, slot = np.nonzero(np.stack([np.ones(size, dtype=bool), apart | convergent, second], axis=1))
    service = np.where((slot == 1) | fixed[owner], BROADBAND, MOBILE)
    plan = plans[owner, slot]
    # Most stay well within their allowance: an ordinary month must not look like a shock.
    data_level = np.where(
        MEGABYTES[plan] < UNLIMITED, MEGABYTES[plan] * rng.uniform(0.35, 0.75, len(owner)), 0
    ) * (service == MOBILE)
    data_level += (service == BROADBAND) * rng.uniform(60, 400, len(owner)) * MB
    return {
        "owner": owner,
        "slot": slot,
        "generation": np.zeros(len(owner), dtype=np.int64),
        "service": service,
        "plan": plan,
        "fee": np.where(convergent[owner] & (slot == 1), 0, FEES[plan]),
        "minutes": np.where(service == MOBILE, MINUTES[plan] * rng.uniform(0.35, 0.75, len(owner)), 0.0),
        "megabytes": data_level,
    }


def _join_days(rng: Generator, customer: np.ndarray, calendar: Calendar, month: int | None) -> np.ndarray:
    size = len(customer)
    if month is not None:
        return calendar.start(month) + (rng.random(size) * calendar.length(month)).astype(np.int64)
    tenure = np.minimum(rng.exponential(4.0, size), rng.uniform(6.0, 12.0, size)) * 365.25
    of_age = (_ALL_GROWN - births(customer)).astype(np.int64) - 16 * 366
    return np.asarray(-1 - np.minimum(tenure, of_age).astype(np.int64))


def _contract_ends(
    rng: Generator, kind: np.ndarray, organisation: np.ndarray, month: int | None
) -> np.ndarray:
    """Months in which contracts end; prepaid customers have none."""
    size = len(kind)
    share = np.where(organisation, 0.9, 0.6)
    signs = (kind != 0) & (rng.random(size) < share)
    end = rng.integers(-3, 24, size) if month is None else month + rng.choice([12, 24], size)
    # Who was near the end of his contract when the record begins has had his chance to renew like everybody else.
    end = np.where((end <= 2) & (rng.random(size) < 0.55) & (month is None), end + 24, end)
    return np.where(signs, end, NO_CONTRACT)
