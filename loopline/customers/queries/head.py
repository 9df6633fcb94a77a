"""The head of a customer's file in one question: how to reach him, where he lives, his papers, his stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

MEDIA, PAPERS = 4, 2

_HEAD = f"""
(SELECT 'medium', kind, value, public_id FROM customers_contactmedium
  WHERE customer_id = ANY (%(files)s) AND (valid_to IS NULL OR valid_to >= %(today)s)
  ORDER BY kind, preferred DESC, id LIMIT {MEDIA})
UNION ALL
(SELECT 'place', region, street, public_id FROM customers_address
  WHERE customer_id = ANY (%(files)s) AND (valid_to IS NULL OR valid_to >= %(today)s)
  ORDER BY id LIMIT 1)
UNION ALL
(SELECT 'paper', kind, masked, public_id FROM customers_identitydocument
  WHERE customer_id = ANY (%(files)s) ORDER BY id LIMIT {PAPERS})
UNION ALL
(SELECT 'stop', reason, '', public_id FROM customers_servicestop
  WHERE customer_id = ANY (%(files)s) AND lifted_at IS NULL AND (until IS NULL OR until >= %(today)s)
  ORDER BY id LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the head: its kind (a place's region, a stop's reason), its value in clear, and its public id."""

    kind: str
    value: str
    public_id: UUID


@dataclass(frozen=True, slots=True)
class Head:
    """What holds today, the preferred first."""

    media: list[Item]
    places: list[Item]
    papers: list[Item]
    stop: str


def head_of(files: Sequence[int], today: date) -> Head:
    """The head of the customer whose `files` these are, in one query: the page asks it for every look."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, {"files": list(files), "today": today})
        found: dict[str, list[Item]] = {}
        for part, kind, value, public_id in cursor.fetchall():
            found.setdefault(part, []).append(Item(kind, value, public_id))
    stops = found.get("stop", [])
    return Head(
        found.get("medium", []),
        found.get("place", []),
        found.get("paper", []),
        stops[0].kind if stops else "",
    )
