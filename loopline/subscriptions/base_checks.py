"""Which rows of a customer base are not taken: wrong units, masks, and suspected duplicates of other customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.imports.api import Order, Reason, RejectedRow, Rows
from loopline.kernel import numbers
from loopline.subscriptions.models import State

MOST_MONTHS = 1_200
GONE = (State.TERMINATED, State.PORTED_OUT)
"""The states in which a number belongs to nobody."""


class Checks:
    """The faults of a batch, one for each row at most: `bad` by the row's place."""

    def __init__(self, rows: Rows, order: Order) -> None:
        self.rows, self._order = rows, order
        self.bad: dict[int, RejectedRow] = {}

    @property
    def good(self) -> list[int]:
        """Places of the rows that are taken."""
        return [place for place in range(len(self.rows)) if place not in self.bad]

    def refuse(self, place: int, field: str, value: object, code: str, **values: str | int) -> None:
        """Refuse a row for the first reason found."""
        column = self._order.columns.get(field, "")
        fault = RejectedRow(self.rows.numbers[place], column, str(value), Reason(code, values))
        self.bad.setdefault(place, fault)

    def plain_values(self) -> None:
        """A mask is never accepted as input, and months must be such as people live."""
        for field in ("name", "email", "street"):
            for place, text in enumerate(self.rows.fields.get(field, ())):
                if text and ("*" in text or "＊" in text):
                    self.refuse(place, field, text, "masked")
        for place, months in enumerate(self.rows.fields.get("tenure", ())):
            if months is not None and not 0 <= months <= MOST_MONTHS:
                self.refuse(place, "tenure", months, "months_out_of_range")

    def branches(self, units: Mapping[str, int]) -> list[int]:
        """The unit of each row: by code or name; the order's own where the row names none."""
        found = [self._order.branch] * len(self.rows)
        for place, text in enumerate(self.rows.fields.get("branch", ())):
            if not text:
                continue
            unit = units.get(text.casefold())
            if unit is None:
                self.refuse(place, "branch", text, "unknown_branch")
            elif not self.may_write(unit):
                self.refuse(place, "branch", text, "branch_out_of_reach")
            else:
                found[place] = unit
        return found

    def may_write(self, unit: int) -> bool:
        """Whether whoever ordered the import may write to the unit."""
        return self._order.allowed is None or unit in self._order.allowed

    def telephones(self, in_use: Sequence[bool], own: Sequence[int | None]) -> None:
        """A number that somebody uses belongs to one subscription. `own`: the subscription that a row is, if any."""
        told = self.rows.fields.get("telephone")
        if not told:
            return
        holders = _number_holders([number for number in told if number])
        cards = customers.masked_cards([customer for _, customer in holders.values()])
        first: dict[str, int] = {}
        for place, number in enumerate(told):
            if not number or not in_use[place] or place in self.bad:
                continue
            holder = holders.get(number)
            masked = numbers.mask_number(number, self._order.actor.country)
            if holder and holder[0] != own[place]:
                self.refuse(place, "telephone", masked, "number_in_use", card=cards[holder[1]])
            elif first.setdefault(number, place) != place:
                row = self.rows.numbers[first[number]]
                self.refuse(place, "telephone", masked, "number_twice", row=row)

    def documents(self, people: Sequence[object]) -> None:
        """A document belongs to one customer. `people`: the key of each row's customer, or something of his own."""
        told = self.rows.fields.get("document")
        if not told:
            return
        prints = {text: customers.document_prints(text) for text in set(told) if text}
        holders = customers.document_holders([mark for marks in prints.values() for mark in marks])
        cards = customers.masked_cards(list(set(holders.values())))
        first: dict[str, int] = {}
        for place, text in enumerate(told):
            if not text or place in self.bad:
                continue
            others = [
                holders[mark] for mark in prints[text] if holders.get(mark, people[place]) != people[place]
            ]
            masked = numbers.mask_text(text, 2, 2)
            if others:
                self.refuse(place, "document", masked, "document_known", card=cards[others[0]])
            elif people[first.setdefault(text, place)] != people[place]:
                row = self.rows.numbers[first[text]]
                self.refuse(place, "document", masked, "document_twice", row=row)


def units_by_name() -> dict[str, int]:
    """Unit by code, and by name where only one has it."""
    named: dict[str, Any] = {}
    units = list(identity.Unit.objects.filter(is_active=True))
    for unit in units:
        for name in {unit.name.casefold(), unit.name_en.casefold()} - {""}:
            named[name] = None if name in named else unit.pk
    named.update({unit.code.casefold(): unit.pk for unit in units})
    return {name: unit for name, unit in named.items() if unit is not None}


def _number_holders(told: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Number → (subscription, customer) that uses it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, id, customer_id FROM subscriptions_subscription "
            "WHERE number = ANY (%s) AND number <> '' AND state NOT IN ('terminated', 'ported_out')",
            [list(told)],
        )
        return {number: (key, customer) for number, key, customer in cursor.fetchall()}
