"""Keys in a file and what they meet: branches, customers, lines, offerings, channels, handsets.

Numbers in clear are looked up in operations, within what the person who brings may see, and only the keys go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from loopline.catalogue.api import Offering
from loopline.customers.api import Customer
from loopline.identity.api import Unit
from loopline.imports import api as imports
from loopline.kernel.permission import Actor
from loopline.marts.models import Role
from loopline.subscriptions.api import Subscription

PIECE = 5_000
type Texts = Sequence[str | None]


@dataclass(slots=True)
class Matched:
    """The keys of the rows by column of the lake, and how many rows of each role met nothing."""

    keys: dict[str, list[Any]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def take(self, role: str, texts: Texts, known: Mapping[str, Any], **columns: Any) -> None:
        """Fill columns (name → the place of its value in what is known) for the rows whose text is known."""
        found = [known.get(text) if text else None for text in texts]
        for name, place in columns.items():
            before = self.keys.get(name, [None] * len(texts))
            own = [None if one is None else one[place] for one in found]
            self.keys[name] = [old if new is None else new for old, new in zip(before, own, strict=True)]
        self.unknown[role] = sum(1 for text, one in zip(texts, found, strict=True) if text and one is None)


def met(actor: Actor, texts: Mapping[str, Texts]) -> Matched:
    """What the texts of each role meet in operations. Called in a door of the actor's scope."""
    matched = Matched()
    # What says more comes later and prevails: a branch of its own before that of the customer.
    if Role.CUSTOMER in texts:
        customers = _customers(texts[Role.CUSTOMER])
        matched.take(Role.CUSTOMER, texts[Role.CUSTOMER], customers, customer_id=0, branch_id=1)
    if Role.LINE in texts:
        lines = _lines(texts[Role.LINE], actor.country)
        matched.take(Role.LINE, texts[Role.LINE], lines, subscription_id=0, customer_id=1, branch_id=2)
    if Role.BRANCH in texts:
        matched.take(Role.BRANCH, texts[Role.BRANCH], _branches(actor), branch_id=0)
    if Role.OFFERING in texts:
        matched.take(Role.OFFERING, texts[Role.OFFERING], _offerings(), offering_id=0)
    return matched


def met_in_lake(con: duckdb.DuckDBPyConnection, texts: Mapping[str, Texts], matched: Matched) -> None:
    """What the texts of channels and handsets meet in the lake's own dimensions."""
    if Role.CHANNEL in texts:
        rows = con.execute("SELECT channel, name, name_en FROM dim_channel").fetchall()
        known = {text: (row[0],) for row in reversed(rows) for text in row}
        matched.take(Role.CHANNEL, texts[Role.CHANNEL], known, channel=0)
    if Role.HANDSET in texts:
        known = {str(tac): (tac,) for (tac,) in con.execute("SELECT tac FROM dim_handset").fetchall()}
        codes = [text[:8] if text else None for text in texts[Role.HANDSET]]
        matched.take(Role.HANDSET, codes, known, tac=0)


def _customers(texts: Texts) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for some in _pieces(texts):
        rows = Customer.objects.filter(number__in=some).values_list("number", "pk", "branch_id")
        found |= {number: (key, branch) for number, key, branch in rows}
    return found


def _lines(texts: Texts, country: str) -> dict[str, tuple[int, int, int]]:
    """By the text as it stands in the file; of several lines that had a number, the one in use, else the newest."""
    forms = {text: _number(text, country) for text in texts if text}
    found: dict[str, tuple[int, int, int]] = {}
    for some in _pieces([*forms, *forms.values()]):
        rows = Subscription.objects.filter(number__in=some).order_by("pk")
        told = rows.values_list("number", "pk", "customer_id", "branch_id", "ended_on")
        for number, key, customer, branch, _ended in sorted(told, key=lambda row: (row[4] is None, row[1])):
            found[number] = (key, customer, branch)
    return {text: found[form] for text, number in forms.items() for form in (number, text) if form in found}


def _branches(actor: Actor) -> dict[str, tuple[int]]:
    units = Unit.objects.order_by("-pk")
    if actor.scope.branches is not None:
        units = units.filter(pk__in=actor.scope.branches)
    known: dict[str, tuple[int]] = {}
    for key, code, name, name_en in units.values_list("pk", "code", "name", "name_en"):
        known |= {text: (key,) for text in (name_en, name) if text and text not in known}
        known[code] = (key,)
    return known


def _offerings() -> dict[str, tuple[int]]:
    known: dict[str, tuple[int]] = {}
    for key, code, name, name_en in Offering.objects.order_by("pk").values_list(
        "pk", "code", "name", "name_en"
    ):
        known |= {text: (key,) for text in (name_en, name, code) if text}
    return known


def _number(text: str, country: str) -> str:
    try:
        return imports.parse_phone(text, country)
    except imports.ValueRefused:
        return text


def _pieces(texts: Iterable[str | None]) -> Iterable[list[str]]:
    every = sorted({text for text in texts if text})
    return (every[start : start + PIECE] for start in range(0, len(every), PIECE))
