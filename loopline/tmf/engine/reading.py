"""One entity as a document, and a page of them with the headers that say how many there are."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import require
from loopline.tmf.engine.query import FARTHEST, Asked, key_of, select
from loopline.tmf.engine.resource import Resource, View
from loopline.tmf.models import Leftover

type Document = dict[str, Any]
EXACT_TO = 10_000
ALWAYS = ("id", "href", "@type")


@dataclass(frozen=True, slots=True)
class Page:
    """Documents of a list, how many there are in all, and whether that is counted or estimated."""

    documents: list[Document]
    total: int
    counted: bool


def entity(resource: Resource, view: View, key: str, *, lock: bool = False) -> Any:
    """The row with this public key. Raises NotFound for one that is not there or not visible."""
    require(view.actor, resource.see)
    wanted = key_of(resource, key)
    rows = resource.found(view)
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(**{resource.key: wanted}).first() if wanted is not None else None
    if row is None:
        raise NotFound
    return row


def documents(
    resource: Resource, view: View, rows: list[Any], fields: list[str] | None = None
) -> list[Document]:
    """Rows as documents, with as many queries for a hundred as for one."""
    data = resource.prepare(rows, view) if resource.prepare and rows else view.data
    looking = replace(view, data=data)
    beside = kept_of(resource, rows)
    return [only(resource, _document(resource, looking, row, beside.get(row.pk, {})), fields) for row in rows]


def kept_of(resource: Resource, rows: list[Any]) -> dict[int, Document]:
    """What clients sent beyond our fields, by the row's key."""
    if resource.is_whole:
        return {row.pk: row.body for row in rows}
    found = Leftover.objects.filter(resource=resource.path, about_id__in=[row.pk for row in rows])
    return dict(found.values_list("about_id", "body"))


def page(resource: Resource, view: View, asked: Asked) -> Page:
    """A page of the list."""
    require(view.actor, resource.see)
    rows = select(resource, view, asked)
    total, counted = _count(rows)
    return Page(documents(resource, view, _stretch(rows, asked), asked.fields), total, counted)


def _stretch(rows: models.QuerySet[Any], asked: Asked) -> list[Any]:
    """The rows of a page. Their keys come first, so that what is passed over is not joined with anything."""
    keys = list(rows.values_list("pk", flat=True)[asked.offset : asked.offset + asked.limit])
    found = {row.pk: row for row in rows.order_by().filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def links(address: str, query: QueryDict, asked: Asked, found: Page) -> str:
    """The Link header: first, prev, next, last as far as they can be reached."""
    offsets = {"first": 0}
    if asked.offset:
        offsets["prev"] = max(0, asked.offset - asked.limit)
    if asked.limit and asked.offset + asked.limit < found.total:
        offsets["next"] = asked.offset + asked.limit
    if asked.limit and found.counted:
        offsets["last"] = max(0, (math.ceil(found.total / asked.limit) - 1) * asked.limit)
    kept = [
        (name, value) for name, values in query.lists() for value in values if name not in ("offset", "limit")
    ]
    return ", ".join(
        f'<{address}?{urlencode([*kept, ("offset", offset), ("limit", asked.limit)])}>; rel="{name}"'
        for name, offset in offsets.items()
        if offset <= FARTHEST
    )


def only(resource: Resource, document: Document, fields: list[str] | None) -> Document:
    """What was asked for of a document, with what always stays."""
    if fields is None:
        return document
    wanted = [name.split(".") for name in fields if name and name != "none"]
    always = {*ALWAYS, *resource.required}
    cut = {name: document[name] for name in document if name in always}
    for path in wanted:
        if path[0] in document and path[0] not in always:
            cut[path[0]] = _merged(cut.get(path[0]), _cut(document[path[0]], path[1:]))
    return {name: cut[name] for name in document if name in cut}


def _cut(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    if isinstance(value, list):
        return [_cut(item, path) for item in value]
    if isinstance(value, dict):
        return {path[0]: _cut(value[path[0]], path[1:])} if path[0] in value else {}
    return value


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {name: _merged(one.get(name), value) for name, value in other.items()}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_merged(mine, yours) for mine, yours in zip(one, other, strict=True)]
    return other if one is None else one if other == {} else other


def _document(resource: Resource, view: View, row: Any, beside: Document) -> Document:
    if resource.refresh is not None and beside:
        beside = resource.refresh(row, beside)
    key = getattr(row, resource.key)
    made: Document = {"id": str(key), "href": resource.address(view, key)}
    for attribute in resource.attributes:
        value = attribute.shown(row, view, beside)
        if value is not None:
            made[attribute.name] = value
    for name, value in beside.items():
        hidden = resource.is_personal and not view.clear and not name.startswith("@")
        if resource.attribute(name) is None and not hidden:
            made[name] = value
    made["@type"] = beside.get("@type", resource.type)
    return made


def _count(rows: models.QuerySet[Any]) -> tuple[int, bool]:
    """Exact up to EXACT_TO, beyond it what the planner expects."""
    plain = rows.order_by().values("pk")
    total = plain[: EXACT_TO + 1].count()
    if total <= EXACT_TO:
        return total, True
    plan = json.loads(plain.explain(format="json"))
    return max(EXACT_TO + 1, int(plan[0]["Plan"]["Plan Rows"])), False
