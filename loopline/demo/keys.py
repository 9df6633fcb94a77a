"""From the world's keys to those of the database."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from django.db import connection

SOURCE = "demo"
"""Customers and subscriptions carry the world's key as their `source_key` of this source."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Customers (ascending by the world's key) and their lines as the database has them; arrays of int64 and str."""

    customer: np.ndarray
    customer_id: np.ndarray
    account_id: np.ndarray
    branch_id: np.ndarray
    method: np.ndarray
    line: np.ndarray
    line_id: np.ndarray

    @classmethod
    def known(cls, customers: np.ndarray) -> Self:
        """Looked up in the open door. A customer who is not there is left out."""
        wanted = [str(key) for key in np.unique(customers).tolist()]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT DISTINCT ON (c.source_key::bigint)
                       c.source_key::bigint, c.id, a.id, c.branch_id, a.payment_method
                FROM customers_customer c JOIN customers_account a ON a.customer_id = c.id
                WHERE c.source = %s AND c.source_key = ANY (%s) ORDER BY c.source_key::bigint, a.id
                """,
                [SOURCE, wanted],
            )
            people = cursor.fetchall()
            cursor.execute(
                "SELECT source_key::bigint, id FROM subscriptions_subscription "
                "WHERE source = %s AND customer_id = ANY (%s) AND source_key <> '' ORDER BY 1",
                [SOURCE, [row[1] for row in people]],
            )
            lines = cursor.fetchall()
        return cls.of(people, lines)

    @classmethod
    def of(cls, people: list[tuple[int, int, int, int, str]], lines: list[tuple[int, int]]) -> Self:
        """From rows in ascending order: (key, customer, account, branch, method) and (key, subscription)."""
        numbers = np.array([row[:4] for row in people], dtype=np.int64).reshape(-1, 4)
        of_lines = np.array(lines, dtype=np.int64).reshape(-1, 2)
        methods = np.array([row[4] for row in people], dtype="U")
        return cls(
            customer=numbers[:, 0],
            customer_id=numbers[:, 1],
            account_id=numbers[:, 2],
            branch_id=numbers[:, 3],
            method=methods,
            line=of_lines[:, 0],
            line_id=of_lines[:, 1],
        )

    def knows(self, customers: np.ndarray) -> np.ndarray:
        """Which of these keys are known, bool."""
        return np.isin(customers, self.customer)

    def hanging(self, customers: np.ndarray) -> dict[str, np.ndarray]:
        """The columns by which a row hangs on a customer."""
        place = _place(self.customer, customers)
        return {"customer_id": self.customer_id[place], "branch_id": self.branch_id[place]}

    def paying(self, customers: np.ndarray) -> dict[str, np.ndarray]:
        """The columns of `hanging` and the account."""
        return self.hanging(customers) | {"account_id": self.account_id[_place(self.customer, customers)]}

    def methods(self, customers: np.ndarray) -> np.ndarray:
        """How each customer pays."""
        return np.asarray(self.method[_place(self.customer, customers)])

    def lines(self, subscriptions: np.ndarray) -> np.ndarray:
        """Subscription ids."""
        return np.asarray(self.line_id[_place(self.line, subscriptions)])


def _place(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    place = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    if len(wanted) and not (len(known) and (known[place] == wanted).all()):
        raise KeyError("a row of the simulation hangs on something that is not in the database")
    return np.asarray(place)
