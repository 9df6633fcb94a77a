"""The world bills an account; the product keeps a bill for each subscription. The parts add up to the fen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loopline.demo.catalogue import DATA_OVER_FEN, MB, MEGABYTES, MINUTES, ROAMING_FEN, VOICE_OVER_FEN
from loopline.demo.facts import Table
from loopline.demo.population import Cohort


@dataclass(frozen=True, slots=True)
class Lines:
    """Plan (index into PLANS) and fee in fen of every line, by its key without the number's generation."""

    key: np.ndarray
    plan: np.ndarray
    fee: np.ndarray

    @classmethod
    def of(cls, cohorts: Sequence[Cohort]) -> "Lines":
        """Of all lines of some cohorts, which follow one another."""
        return cls(
            np.concatenate([cohort.customer[cohort.owner] * 4 + cohort.slot for cohort in cohorts]),
            np.concatenate([cohort.plan for cohort in cohorts]),
            np.concatenate([cohort.fee for cohort in cohorts]),
        )

    def place(self, subscription: np.ndarray) -> np.ndarray:
        """Indices of subscriptions."""
        return np.searchsorted(self.key, subscription // 4)


def by_line(bills: Table, usage: Table, lines: Lines) -> Table:
    """One row for each row of `usage`: subscription, month, due_on, monthly_fee, usage_charge, discount, amount (fen).

    What is charged for use follows from the usage of the line; services and what rounding leaves stand on the first.
    Raises ValueError where the parts do not add up to the account's bill.
    """
    account = usage["subscription"] // 16
    known = _key(bills["account"], bills["month"])
    order = np.argsort(known)
    bill = order[np.searchsorted(known[order], _key(account, usage["month"]))]
    place = lines.place(usage["subscription"])
    first = usage["subscription"] // 4 % 4 == 0
    fee = lines.fee[place]

    def rest(column: str, part: np.ndarray) -> np.ndarray:
        given = np.bincount(bill, weights=part, minlength=len(known)).astype(np.int64)
        return np.where(first, np.abs(bills[column])[bill] - given[bill], 0)

    charge = _charges(usage, lines.plan[place]) + np.where(first, bills["vas_fen"][bill], 0)
    discount = np.where(bills["discount_fen"][bill] < 0, fee // 5, 0)
    discount = discount + rest("discount_fen", discount)
    amount = fee + charge - discount
    total = np.bincount(bill, weights=amount, minlength=len(known)).astype(np.int64)
    if not np.array_equal(total, bills["total_fen"]):
        raise ValueError("the bills of the lines do not add up to the account's")
    return {
        "subscription": usage["subscription"],
        "month": usage["month"],
        "due_on": bills["due_on"][bill],
        "monthly_fee": fee,
        "usage_charge": charge,
        "discount": discount,
        "amount": amount,
    }


def _charges(usage: Table, plan: np.ndarray) -> np.ndarray:
    minutes = usage["minutes_on_net"] + usage["minutes_off_net"] - MINUTES[plan]
    megabytes = usage["data_mb"] - MEGABYTES[plan]
    voice = np.clip(minutes, 0, None) * VOICE_OVER_FEN
    data = np.clip(megabytes, 0, None) * DATA_OVER_FEN // MB
    return np.asarray(voice + data + usage["roaming_days"] * ROAMING_FEN)


def _key(account: np.ndarray, month: np.ndarray) -> np.ndarray:
    return account * 10_000 + month.astype("datetime64[M]").astype(np.int64)
