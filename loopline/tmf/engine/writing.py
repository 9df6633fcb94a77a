"""Creating, changing and deleting: the owner's actions do it; what the owner has no field for is kept beside."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from django.db import models

from loopline.kernel import clock
from loopline.kernel.events import record
from loopline.tmf.engine import patches
from loopline.tmf.engine.errors import BadBody, CannotChange, KeyUsedOtherwise, MissingAttribute
from loopline.tmf.engine.reading import Document, documents, entity, kept_of
from loopline.tmf.engine.resource import Resource, View
from loopline.tmf.engine.values import check, dump
from loopline.tmf.events import AttributesChanged
from loopline.tmf.models import Answered, Leftover

FIXED = ("id", "href", "@type")
STRINGS = ("@type", "@baseType", "@schemaLocation")


def create(resource: Resource, view: View, sent: Any) -> Document:
    """Carry out a POST. The answer shows in clear what its sender knows anyhow."""
    assert resource.create is not None
    body = _creatable(resource, view, sent)
    above = {resource.within.resource: view.above} if resource.within and view.above is not None else {}
    row = resource.create(view.actor, body | above)
    if not resource.is_whole:
        _keep(resource, row, _to_keep(resource, body))
    found = entity(resource, view, str(getattr(row, resource.key)))
    return documents(resource, replace(view, clear=True), [found])[0]


def once(resource: Resource, view: View, key: str, raw: bytes, sent: Any) -> tuple[Document, bool]:
    """Carry out a POST that bears an idempotency key; a repetition only answers. Says whether it was one."""
    if len(key) > 200 or "\0" in key:
        raise BadBody(field="Idempotency-Key", reason="an idempotency key has at most 200 characters")
    digest = hashlib.sha256(resource.path.encode() + b"\n" + raw).digest()
    # A second request with the same key waits here for the first to end.
    noted, is_new = Answered.objects.get_or_create(
        staff_id=view.actor.staff_id, key=key, defaults={"request_digest": digest, "at": clock.now()}
    )
    if is_new:
        document = create(resource, view, sent)
        noted.made = document["id"]
        noted.save(update_fields=["made"])
        return document, False
    if bytes(noted.request_digest) != digest:
        raise KeyUsedOtherwise(field="Idempotency-Key")
    row = entity(resource, view, noted.made)
    return documents(resource, replace(view, clear=True), [row])[0], True


def patch(resource: Resource, view: View, key: str, sent: Any, *, is_merge: bool) -> Document:
    """Carry out a PATCH on the entity as its sender sees it."""
    row = entity(resource, view, key, lock=True)
    before, after = _patched(resource, view, row, sent, is_merge=is_merge)
    changed = {name for name in {*before, *after} if not _same(before.get(name), after.get(name))}
    if not view.clear:
        # What he does not see stays in clear where he changed something beside it.
        clear = replace(view, clear=True)
        after = _patched(resource, clear, row, _without_tests(sent), is_merge=is_merge)[1]
    changes = {name: after.get(name) for name in sorted(changed)}
    _check_changes(resource, changes)
    if changes:
        assert resource.patch is not None
        row = resource.patch(view.actor, row, changes) or row
        if not resource.is_whole:
            _change_kept(resource, view, row, changes)
    return documents(resource, view, [entity(resource, view, key)])[0]


def _patched(
    resource: Resource, view: View, row: Any, sent: Any, *, is_merge: bool
) -> tuple[Document, Document]:
    before = json.loads(dump(documents(resource, view, [row])[0]))
    if is_merge and not isinstance(sent, dict):
        raise BadBody(reason="a merge patch is an object")
    after = patches.merge(before, sent) if is_merge else patches.apply(before, sent)
    if not isinstance(after, dict):
        raise BadBody(reason="a resource is an object")
    return before, after


def _without_tests(sent: Any) -> Any:
    return [each for each in sent if each["op"] != "test"] if isinstance(sent, list) else sent


def delete(resource: Resource, view: View, key: str) -> None:
    """Carry out a DELETE."""
    assert resource.delete is not None
    row = entity(resource, view, key, lock=True)
    number = row.pk
    resource.delete(view.actor, row)
    Leftover.objects.filter(resource=resource.path, about_id=number).delete()


def _creatable(resource: Resource, view: View, sent: Any) -> Document:
    if not isinstance(sent, dict):
        raise BadBody(reason="a resource is an object")
    body: Document = {}
    for name, value in sent.items():
        attribute = resource.attribute(name)
        if name in ("id", "href") or value is None or (attribute is not None and not attribute.settable):
            continue
        if attribute is not None:
            check(attribute, value)
        elif name in STRINGS and not isinstance(value, str):
            raise BadBody(field=name, reason=f"{name} is a string")
        body[name] = value
    for attribute in resource.attributes:
        if attribute.name not in body and attribute.default is not None:
            body[attribute.name] = attribute.default(view)
        if attribute.required and attribute.settable and attribute.name not in body:
            raise MissingAttribute(field=attribute.name, name=attribute.name)
    if body.get("@type") == resource.type:
        del body["@type"]
    return body


def _check_changes(resource: Resource, changes: Document) -> None:
    for name, value in changes.items():
        attribute = resource.attribute(name)
        if name in FIXED or (attribute is not None and not attribute.changeable):
            raise CannotChange(field=name, name=name)
        if attribute is not None and value is None and attribute.required:
            raise MissingAttribute(field=name, name=name)
        if attribute is not None and value is not None:
            check(attribute, value)
        elif name in STRINGS and not isinstance(value, str | None):
            raise BadBody(field=name, reason=f"{name} is a string")


def _to_keep(resource: Resource, sent: Document) -> Document:
    found: Document = {}
    for name, value in sent.items():
        attribute = resource.attribute(name)
        if attribute is None:
            found[name] = value
        elif attribute.is_kept:
            found[name] = attribute.to_keep(value)
    return found


def _keep(resource: Resource, row: models.Model, body: Document) -> None:
    """Store what clients sent beyond our fields; nothing is stored as no row."""
    mine = {"resource": resource.path, "about_id": row.pk}
    if not body:
        Leftover.objects.filter(**mine).delete()
        return
    is_customer = row._meta.label_lower == "customers.customer"
    owner = {
        "branch_id": getattr(row, "branch_id", None),
        "customer_id": row.pk if is_customer else getattr(row, "customer_id", None),
    }
    Leftover.objects.update_or_create(**mine, defaults={"body": body, **owner})


def _change_kept(resource: Resource, view: View, row: models.Model, changes: Document) -> None:
    beside = _to_keep(resource, changes)
    if not beside:
        return
    body = patches.merge(kept_of(resource, [row]).get(row.pk, {}), {})
    for name, value in beside.items():
        if value is None:
            body.pop(name, None)
        else:
            body[name] = value
    _keep(resource, row, body)
    event = AttributesChanged(resource=resource.path, attributes=sorted(beside))
    record(event, about=row, by=view.actor)


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; Python takes true for 1."""
    return dump(one) == dump(other)
