"""What a typed text finds, over all modules: each brings a finder, which looks within what the actor may see.

Finders are in `loopline/<module>/finders.py`. A finder asks one or two queries that an index answers, or that scan a
table which stays small; what it shows is masked. What was typed is kept nowhere.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Greatest, Lower

from loopline.kernel.modules import brought
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

LONGEST = 100
ALIKE = 0.5
"""From this word similarity (pg_trgm) on, a name is taken for a misspelling of what was typed."""
SHORTEST_ALIKE = 4
_NUMBER_LIKE = re.compile(r"\+?[\d\s\-().]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: in one spelling, and as the bare digits where it is a number (else empty)."""

    text: str
    number: str

    @property
    def folded(self) -> str:
        """Without capitals."""
        return self.text.casefold()


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found."""

    label: str
    detail: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Finder:
    """`find` gives at most so many hits, the best first. Asked only of whoever holds the permission."""

    label: Any
    permission: str
    find: Callable[[Actor, Asked, int], list[Hit]]


@dataclass(frozen=True, slots=True)
class Group:
    """What one finder has found; `more` when there is more than was asked for."""

    name: str
    label: str
    hits: list[Hit]
    more: bool


finders: Registry[Finder] = Registry("finder")


def asked(text: str) -> Asked:
    """Full width becomes half width, blanks are one; a number loses what people write between its digits."""
    plain = " ".join(unicodedata.normalize("NFKC", text.replace("\0", "")).split())[:LONGEST]
    return Asked(plain, re.sub(r"\D", "", plain) if _NUMBER_LIKE.fullmatch(plain) else "")


def find(actor: Actor, text: str, limit: int, only: str = "") -> list[Group]:
    """Everything that a text finds within what the actor may see, group by group; `only` one finder."""
    brought("finders")
    wanted = asked(text)
    if not wanted.text:
        return []
    groups = []
    for name in finders.names():
        finder = finders[name]
        if (only and name != only) or (finder.permission and not actor.may(finder.permission)):
            continue
        hits = finder.find(actor, wanted, limit + 1)
        if hits:
            groups.append(Group(name, str(finder.label), hits[:limit], len(hits) > limit))
    return groups


def named_like[Row: Model](
    rows: QuerySet[Row], wanted: Asked, columns: Iterable[str], limit: int
) -> list[Row]:
    """Rows of a small table with a column that contains the text, or else with one that it may be a misspelling of."""
    contains = Q()
    for column in columns:
        contains |= Q(**{f"{column}__icontains": wanted.text})
    found = list(rows.filter(contains)[:limit])
    if found or len(wanted.text) < SHORTEST_ALIKE:
        return found
    marks = [_likeness(wanted, column) for column in columns]
    best = Greatest(*marks) if len(marks) > 1 else marks[0]
    return list(rows.annotate(likeness=best).filter(likeness__gte=ALIKE).order_by("-likeness", "pk")[:limit])


def _likeness(wanted: Asked, column: str) -> Func:
    parts = (Value(wanted.folded), Lower(F(column)))
    return Func(*parts, function="word_similarity", output_field=FloatField())


def beginning(column: str, text: str) -> Q:
    """A column in the C collation that begins with a text, in a way that an index answers under row security."""
    return Q(**{f"{column}__gte": text, f"{column}__lt": text + "\U0010ffff"})
