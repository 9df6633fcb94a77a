"""What a learner may see: features and label of a cut-off, computed from the observable tables alone."""

from dataclasses import dataclass

import numpy as np

from loopline.demo.facts import Facts

MONTHS = 12


@dataclass(frozen=True)
class Sample:
    """Customers in business at the end of a month: their features, and whether they left in the next two."""

    customer: np.ndarray
    features: np.ndarray
    left: np.ndarray


class Observed:
    """Monthly sums for each customer (rows by key, columns by month) from the observable tables."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        usage, bills = facts["usage"], facts["bills"]
        self.size = int(facts["customers"]["customer"].max()) + 1
        self.first = bills["month"].min().astype("datetime64[M]")
        owner = usage["subscription"] // 16
        self.minutes = self._monthly(
            owner, usage["month"], usage["minutes_on_net"] + usage["minutes_off_net"]
        )
        self.competitors = self._monthly(owner, usage["month"], usage["minutes_competitors"])
        self.data = self._monthly(owner, usage["month"], usage["data_mb"])
        self.drops = self._monthly(owner, usage["month"], usage["dropped_calls"])
        self.faults = self._monthly(owner, usage["month"], usage["faults"])
        self.bill = self._monthly(bills["account"], bills["month"], bills["total_fen"])

    def sample(self, month: int) -> Sample:
        """Features from months up to `month` (0..11), label from the two after."""
        until = (self.first + np.timedelta64(month + 1, "M")).astype("datetime64[D]")
        left_on, voluntary = self._leavings()
        joined = self._by_customer(self.facts["customers"], "customer", "joined_on")
        rows = np.flatnonzero((joined < until) & ~(left_on < until))
        label_until = (self.first + np.timedelta64(month + 3, "M")).astype("datetime64[D]")
        left = (left_on < label_until) & voluntary
        return Sample(rows, self._features(month, until, joined)[rows], left[rows])

    def _features(self, month: int, until: np.datetime64, joined: np.ndarray) -> np.ndarray:
        def last(table: np.ndarray, back: int) -> np.ndarray:
            return table[:, month - back]

        share = (self.competitors + 0.2) / (self.minutes + 1)
        early = np.mean([last(share, back) for back in range(3, 6)], axis=0)
        usual = [
            np.mean([last(self.bill, back) for back in range(b + 1, b + 4)], axis=0) + 1000 for b in range(3)
        ]
        jumps = [np.clip(last(self.bill, back) / usual[back], 0, 3) for back in range(3)]
        falls = [
            np.log((last(table, back) + 5) / (last(table, back + 3) + 5))
            for table in (self.minutes, self.data)
            for back in (0, 1)
        ]
        trouble = self.drops + 3 * self.faults
        three = last(trouble, 0) + last(trouble, 1) + last(trouble, 2)
        columns = [
            np.clip(np.maximum(jumps[0], jumps[1]) - 1.2, 0, 0.6),
            np.clip(-(falls[0] + falls[2]) / 2 - 0.1, 0, 0.8),
            np.clip(three - 6, 0, 9),
            np.clip(last(share, 0) - 0.35, 0, 0.3),
            *jumps,
            *falls,
            three,
            last(trouble, 0),
            last(share, 0),
            last(share, 1),
            last(share, 0) - early,
            last(share, 0) - last(share, 2),
            self._complaint_open(until),
            *self._contract(until),
            np.clip((until - joined).astype(np.int64) / 365.25, 0, 6),
            self._bundled(),
        ]
        return np.nan_to_num(np.column_stack(columns))

    def _leavings(self) -> tuple[np.ndarray, np.ndarray]:
        ended = self.facts["terminations"]
        away = ended["kind"] != "internal"
        left_on = np.full(self.size, np.datetime64("NaT", "D"))
        left_on[ended["customer"][away]] = ended["on"][away]
        voluntary = np.zeros(self.size, dtype=bool)
        voluntary[ended["customer"][ended["kind"] == "voluntary"]] = True
        return left_on, voluntary

    def _complaint_open(self, until: np.datetime64) -> np.ndarray:
        contacts = self.facts["interactions"]
        settled = contacts["resolved_on"] < until
        week = np.timedelta64(7, "D")
        open_ = (contacts["kind"] == "complaint") & (contacts["on"] <= until - week) & ~settled
        return np.bincount(contacts["customer"][open_], minlength=self.size) > 0

    def _contract(self, until: np.datetime64) -> list[np.ndarray]:
        contracts = self.facts["contracts"]
        known = contracts["signed_on"] < until
        ends = np.full(self.size, np.datetime64("1990-01-01"))
        np.maximum.at(ends, contracts["subscription"][known] // 16, contracts["ends_on"][known])
        months = (ends.astype("datetime64[M]") - until.astype("datetime64[M]")).astype(np.int64)
        return [np.clip(months, -4, 4), (months >= -2) & (months <= 1), months == 2]

    def _bundled(self) -> np.ndarray:
        lines = self.facts["subscriptions"]
        has = [
            np.bincount(lines["customer"][lines["service"] == name], minlength=self.size) > 0
            for name in ("mobile", "broadband")
        ]
        return has[0] & has[1]

    def _monthly(self, customer: np.ndarray, month: np.ndarray, amount: np.ndarray) -> np.ndarray:
        column = (month.astype("datetime64[M]") - self.first).astype(np.int64)
        sums = np.bincount(customer * MONTHS + column, weights=amount, minlength=self.size * MONTHS)
        return sums.reshape(self.size, MONTHS)

    def _by_customer(self, table: dict[str, np.ndarray], key: str, column: str) -> np.ndarray:
        values = np.full(self.size, np.datetime64("NaT", "D"))
        values[table[key]] = table[column]
        return values
