"""A page of the list of customers, by keyset: "next" never breaks and never counts what it skips."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from loopline.customers import listing
from loopline.customers.models import Customer
from loopline.customers.queries.search import search
from loopline.kernel.errors import Invalid
from loopline.kernel.permission import Actor, require

CAP = 10_000
SIZE = 50
PARTS = 8
"""In how many parts a list is read at most: beyond that, its order is read with the filter beside it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks the list for; it is all in the address, so that a list can be shared."""

    text: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: str = "number"
    reverse: bool = False
    after: str = ""
    before: str = ""
    size: int = SIZE


@dataclass(frozen=True, slots=True)
class ListPage:
    """Customers in order, the keys of the pages beside, and how many there are (at least, when `more`)."""

    customers: list[Customer]
    previous: str
    next: str
    count: int
    more: bool


def list_page(actor: Actor, wanted: Wanted) -> ListPage:
    """One page of the visible customers. Raises Invalid for a page key that is none."""
    require(actor, "customers.view")
    if wanted.text.strip():
        return _found(actor, wanted)
    base = select(wanted)
    count = base.order_by()[: CAP + 1].count()
    sort = listing.sorts[wanted.sort if wanted.sort in listing.sorts else "number"]
    keys = _keyset(sort, base, wanted)
    backwards = bool(wanted.before)
    more = len(keys) > wanted.size
    shown = keys[: wanted.size][::-1] if backwards else keys[: wanted.size]
    customers = _in_order([customer for customer, _key in shown])
    previous = bool(shown) and (more if backwards else bool(wanted.after))
    following = bool(shown) and (True if backwards else more)
    return ListPage(
        customers,
        _encode(shown[0]) if previous else "",
        _encode(shown[-1]) if following else "",
        min(count, CAP),
        count > CAP,
    )


def select(wanted: Wanted) -> "QuerySet[Customer]":
    """The customers whom the chosen filters leave."""
    rows = Customer.objects.filter(survivor=None)
    for chosen, value in _filters(wanted):
        rows = chosen.narrow(rows, value)
    return rows


def _filters(wanted: Wanted) -> list[tuple[listing.Filter, str]]:
    """The filters that there are, each with what is chosen of it."""
    return [
        (listing.filters[name], value) for name, value in wanted.chosen.items() if name in listing.filters
    ]


def id_pages(actor: Actor, wanted: Wanted, size: int = 1000) -> Iterator[list[int]]:
    """The keys of every customer that the list would show, in its order, block after block, for an export."""
    require(actor, "customers.view")
    if wanted.text.strip():
        ids = _found_ids(actor, wanted)[0]
        yield from (ids[start : start + size] for start in range(0, len(ids), size))
        return
    base = select(wanted)
    sort = listing.sorts[wanted.sort if wanted.sort in listing.sorts else "number"]
    after = ""
    while True:
        turned = Wanted(wanted.text, wanted.chosen, wanted.sort, wanted.reverse, after, "", size)
        keys = _keyset(sort, base, turned)
        yield [customer for customer, _key in keys[:size]]
        if len(keys) <= size:
            return
        after = _encode(keys[size - 1])


def _found(actor: Actor, wanted: Wanted) -> ListPage:
    ids, more = _found_ids(actor, wanted)
    start = _offset(wanted.after or wanted.before, len(ids))
    if wanted.before:
        start = max(0, start - wanted.size)
    end = start + wanted.size
    return ListPage(
        _in_order(ids[start:end]),
        _encode((start, "")) if start else "",
        _encode((end, "")) if end < len(ids) else "",
        len(ids),
        more,
    )


def _found_ids(actor: Actor, wanted: Wanted) -> tuple[list[int], bool]:
    found = search(actor, wanted.text)
    if not wanted.chosen:
        return found.ids, found.more
    kept = set(select(wanted).filter(pk__in=found.ids).values_list("pk", flat=True))
    return [key for key in found.ids if key in kept], found.more


def _keyset(sort: listing.Sort, base: "QuerySet[Customer]", wanted: Wanted) -> list[tuple[int, Any]]:
    """(customer, key) of one row more than a page. Absent values stand last going down and first going up."""
    down = (sort.descending != wanted.reverse) != bool(wanted.before)
    rows = sort.rows(base)
    cursor = _decode(wanted.after or wanted.before)
    column, owner = F(sort.column), F(sort.owner)
    # Said only where there can be NULL: with it, an index that was made without it is not used.
    nullable = rows.model._meta.get_field(sort.column).null or None
    order = (
        [column.desc(nulls_last=nullable), owner.desc()]
        if down
        else [column.asc(nulls_first=nullable), owner.asc()]
    )
    parts = _parts(sort, wanted)
    found: list[tuple[int, Any]] = []
    try:
        for stretch in _beyond(sort, cursor, down=down, nullable=bool(nullable)):
            if (room := wanted.size + 1 - len(found)) > 0:
                ordered = [
                    rows.filter(stretch & part).order_by(*order).values_list(sort.owner, sort.column)[:room]
                    for part in parts
                ]
                first, *others = ordered
                found += first.union(*others, all=True).order_by(*order)[:room] if others else first
    except ValidationError as fault:
        raise Invalid(field="after", reason=_("This page address is not valid.")) from fault
    return [(int(customer), key) for customer, key in found]


def _parts(sort: listing.Sort, wanted: Wanted) -> list[Q]:
    """The list in parts, each of which an index holds in its order, where a chosen filter knows them."""
    for chosen, value in _filters(wanted):
        if chosen.parts and sort.owner == "id":
            parts = chosen.parts(value)
            return list(parts) if 0 < len(parts) <= PARTS else [Q()]
    return [Q()]


def _beyond(sort: listing.Sort, cursor: tuple[int, Any] | None, *, down: bool, nullable: bool) -> Iterator[Q]:
    """What comes after a place, in stretches of the index that are read one after the other."""
    if cursor is None:
        yield Q()
        return
    customer, key = cursor
    side = "lt" if down else "gt"
    absent = Q(**{f"{sort.column}__isnull": True})
    same_further = Q(**{f"{sort.owner}__{side}": customer})
    if key is None:
        yield absent & same_further
        if not down:
            yield ~absent
        return
    further = Q(**{f"{sort.column}__{side}": key}) | (Q(**{sort.column: key}) & same_further)
    yield Q(**{f"{sort.column}__{side}e": key}) & further
    if down and nullable:
        yield absent


def _in_order(ids: list[int]) -> list[Customer]:
    known = Customer.objects.select_related("branch").in_bulk(ids)
    return [known[key] for key in ids if key in known]


def _encode(place: tuple[int, Any]) -> str:
    customer, key = place
    text = json.dumps([customer, None if key is None else str(key)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[int, Any] | None:
    if not token:
        return None
    try:
        customer, key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(customer), None if key is None else str(key).replace("\0", "")
    except (ValueError, TypeError) as fault:
        raise Invalid(field="after", reason=_("This page address is not valid.")) from fault


def _offset(token: str, count: int) -> int:
    place = _decode(token)
    return min(max(place[0], 0), count) if place else 0
