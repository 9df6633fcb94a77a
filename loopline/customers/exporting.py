"""Customers on their way out: the list as it is shown, masked, and files in clear for who was given leave.

A block of rows takes a constant number of queries; a million rows hold no more memory than one block.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from loopline.customers import listing
from loopline.customers.queries.page import Wanted, id_pages
from loopline.customers.rules import masks
from loopline.customers.wording import LIFE_CYCLES, TIERS
from loopline.identity import api as identity
from loopline.kernel import formats, sealing
from loopline.kernel.permission import Actor
from loopline.kernel.postgres.base import array_of
from loopline.kernel.sheets import Block

BLOCK = 5000
CLEAR = (
    "number", "name", "kind", "sex", "birth_date", "tier", "life_cycle", "telephone", "email",
    "region", "street", "document_kind", "document", "branch", "joined_on",
)  # fmt: skip
"""The columns of a file in clear: the names of the import's fields."""
_TELEPHONE = CLEAR.index("telephone")

# Ordered by `id + 0`: by `id`, a planner that has counted nothing yet walks the whole table from its first row.
_LISTED = """
    SELECT c.id, c.number, c.kind, c.name, c.tier, c.life_cycle, c.branch_id, c.joined_on,
      (SELECT m.value FROM customers_contactmedium m WHERE m.customer_id = c.id AND m.kind = 'telephone'
       ORDER BY m.preferred DESC, m.id LIMIT 1)
    FROM customers_customer c WHERE c.id = ANY (%s::bigint[])
"""
_WHOLE = """
    SELECT c.id, c.number, c.name, c.kind, c.sex, c.birth_date, c.tier, c.life_cycle,
      (SELECT m.value FROM customers_contactmedium m WHERE m.customer_id = c.id AND m.kind = 'telephone'
       ORDER BY m.preferred DESC, m.id LIMIT 1),
      (SELECT m.value FROM customers_contactmedium m WHERE m.customer_id = c.id AND m.kind = 'email'
       ORDER BY m.preferred DESC, m.id LIMIT 1),
      a.region, a.street, d.kind, d.sealed,
      (SELECT wrapped FROM customers_personkey WHERE customer_id = c.id), c.branch_id, c.joined_on
    FROM customers_customer c
    LEFT JOIN LATERAL (SELECT region, street FROM customers_address
      WHERE customer_id = c.id ORDER BY id + 0 LIMIT 1) a ON true
    LEFT JOIN LATERAL (SELECT kind, sealed FROM customers_identitydocument
      WHERE customer_id = c.id ORDER BY id + 0 LIMIT 1) d ON true
    WHERE c.id = ANY (%s::bigint[])
"""


def listed_blocks(actor: Actor, wanted: Wanted) -> Iterator[Block]:
    """What the list shows, all pages of it, with the heads first; masked as on screen."""
    columns = list(listing.columns)
    heads = [
        _("Number"),
        _("Name"),
        _("Telephone"),
        _("Tier"),
        _("Status"),
        _("Branch"),
        _("Customer since"),
    ]
    yield [[*heads, *(str(column.label) for column in columns)]]
    words = _Words()
    for ids in id_pages(actor, wanted, BLOCK):
        extra = [column.cells(ids) for column in columns]
        rows = {row[0]: row for row in _fetched(_LISTED, ids)}
        yield [
            [*words.listed(rows[key], actor.country), *(_text(cells.get(key)) for cells in extra)]
            for key in ids
            if key in rows
        ]


def clear_blocks(actor: Actor, wanted: Wanted) -> Iterator[Block]:
    """The same customers in clear, with the names of the import's fields as heads."""
    yield [list(CLEAR)]
    for ids in id_pages(actor, wanted, BLOCK):
        rows = _clear_texts(ids)
        yield [rows[key] for key in ids if key in rows]


def clear_rows(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Customer → what a file in clear says of him; nothing is logged here."""
    return {key: dict(zip(CLEAR, texts, strict=True)) for key, texts in _clear_texts(ids).items()}


def _clear_texts(ids: Sequence[int]) -> dict[int, list[str]]:
    """Customer → the cells of his row."""
    codes = dict(identity.Unit.objects.values_list("pk", "code"))
    found = {}
    for key, *told, sealed, wrapped, branch, joined in _fetched(_WHOLE, ids):
        document = sealing.unseal(bytes(wrapped), bytes(sealed)) if sealed and wrapped else ""
        told += [document, codes[branch], joined]
        texts = [text if type(text) is str else _plain(text) for text in told]
        texts[_TELEPHONE] = outward(texts[_TELEPHONE])
        found[key] = texts
    return found


def outward(number: str) -> str:
    """A number as files carry it: with 00 for +, which a spreadsheet would take for a formula."""
    return f"00{number[1:]}" if number.startswith("+") else number


class _Words:
    """Codes in words, looked up once for an export."""

    def __init__(self) -> None:
        self._tiers = {code: str(label) for code, label in TIERS.items()}
        self._statuses = {code: str(label) for code, label in LIFE_CYCLES.items()}
        self._units = {unit.pk: formats.named(unit) for unit in identity.Unit.objects.all()}
        self._days: dict[date | None, str] = {}

    def listed(self, row: tuple[Any, ...], country: str) -> list[str]:
        _key, number, kind, name, tier, status, branch, joined, telephone = row
        return [
            number,
            masks.name(kind, name),
            masks.medium("telephone", telephone, country) if telephone else "",
            self._tiers.get(tier, tier),
            self._statuses.get(status, status),
            self._units[branch],
            self._days.get(joined) or self._day(joined),
        ]

    def _day(self, joined: date | None) -> str:
        self._days[joined] = text = formats.day(joined)
        return text


def _fetched(statement: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_of(ids)])
        return list(cursor.fetchall())


def _text(cell: listing.Cell | None) -> str:
    return cell.text if cell else "–"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if value is not None else ""
