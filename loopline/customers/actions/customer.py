"""Changing a customer's file: field by field, each change told from what to what."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from loopline.customers import matchkeys, queries
from loopline.customers.actions import inputs
from loopline.customers.events import CustomerChanged
from loopline.customers.models import Customer, LifeCycle, SearchToken
from loopline.customers.rules import masks
from loopline.customers.rules.tokens import name_tokens
from loopline.customers.wording import FIELDS, word
from loopline.kernel import clock
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import Event
from loopline.kernel.permission import Actor, require

TIERS = ("diamond", "gold", "silver", "standard")
BY_HAND = "by_hand"
CHANGEABLE = ("name", "sex", "birth_date", "life_cycle", "tier")
_PERSONAL = {"name", "birth_date"}


class StaleVersion(Refusal):
    """The file was changed since it was loaded; `facts["changed"]` tells what, by whom and when, masked."""

    code = "stale_version"
    status = 409
    sentence = _(
        "Somebody else has changed this meanwhile%(what)s. Load the page again and repeat your change."
    )

    def __init__(self, version: int = 0, changed: list[dict[str, object]] | None = None) -> None:
        self.version, self.changed = version, changed or []
        fields = ", ".join(word(FIELDS, str(one["field"])) for one in self.changed)
        who = str(self.changed[-1]["by"]) if self.changed else ""
        super().__init__(what=f" ({who}: {fields})" if fields else "")

    @property
    def facts(self) -> dict[str, object]:
        """The version that holds, and the changes in between."""
        return {"version": self.version, "changed": self.changed} if self.version else {}


def change_customer(
    *, actor: Actor, customer: Customer, version: int, changes: Mapping[str, object]
) -> Customer:
    """Change name, sex, birth date, life cycle or tier. Raises StaleVersion, MaskIsNoInput."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    if row.version != version:
        raise StaleVersion(row.version, changes_since(row, version))
    if unknown := set(changes) - set(CHANGEABLE):
        raise NotFound(field=min(unknown))
    wanted = {field: _checked(field, value) for field, value in changes.items()}
    write_fields(row, wanted, by=actor)
    return row


def write_fields(row: Customer, wanted: Mapping[str, object], *, by: Actor) -> dict[str, list[object]]:
    """Set checked values of a locked customer, keep what finds him in step, and tell the changes. Returns them."""
    told: dict[str, list[object]] = {}
    kept = ["version"]
    for field, value in wanted.items():
        before = getattr(row, field)
        if before == value:
            continue
        told[field] = [told_value(row.kind, field, before), told_value(row.kind, field, value)]
        if field == "name":
            _replace_tokens(row, name_tokens(before), name_tokens(str(value)))
        setattr(row, field, value)
        kept.append(field)
    if not told:
        return {}
    if told.keys() & {"name", "birth_date"}:
        row.born_key = matchkeys.born_key(row.tenant_id, row.name, row.birth_date)
        kept.append("born_key")
    if "life_cycle" in told:
        row.life_cycle_reason, row.life_cycle_since = BY_HAND, clock.today(by.zone)
        kept += ["life_cycle_reason", "life_cycle_since"]
    row.version += 1
    row.save(update_fields=kept)
    record(CustomerChanged(changes=told, version=row.version), about=row, by=by)
    return told


def changes_since(customer: Customer, version: int) -> list[dict[str, object]]:
    """What was changed in a file after a version: field, from, to, by and at, oldest first."""
    about = Event.objects.filter(about_kind="customers.customer", about_id=customer.pk)
    events = about.filter(name=CustomerChanged.name, payload__version__gt=version).order_by("id")[:20]
    return [
        {"field": field, "from": old, "to": new, "by": event.actor_name, "at": event.at.isoformat()}
        for event in events
        for field, (old, new) in event.payload["changes"].items()
    ]


def told_value(kind: str, field: str, value: object) -> object:
    """A value as history keeps it: personal ones masked."""
    if field not in _PERSONAL:
        return value.isoformat() if isinstance(value, date) else value
    if field == "name":
        return masks.name(kind, str(value))
    return f"{value.year}-**-**" if isinstance(value, date) else None


def _checked(field: str, value: object) -> object:
    if field == "name":
        return inputs.text("name", str(value), required=True)
    if field == "life_cycle":
        return inputs.choice(field, str(value), LifeCycle.values)
    if field == "tier":
        return inputs.choice(field, str(value), ["", *TIERS])
    if field == "sex":
        return inputs.choice(field, str(value), ["", "F", "M"])
    return value


def _replace_tokens(customer: Customer, old: set[str], new: set[str]) -> None:
    SearchToken.objects.filter(customer=customer, token__in=old - new).delete()
    rows = [
        SearchToken(customer=customer, branch_id=customer.branch_id, token=token)
        for token in sorted(new - old)
    ]
    SearchToken.objects.bulk_create(rows, ignore_conflicts=True)
