"""Customers for the search over everything."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.models import ContactMedium, Customer, Kind
from loopline.customers.queries.customer import survivors
from loopline.customers.rules import masks
from loopline.kernel import formats
from loopline.kernel.finding import Asked, Finder, Hit, finders
from loopline.kernel.permission import Actor


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    """By name, pinyin, number, document or e-mail."""
    keys = _by_email(wanted) if "@" in wanted.text else queries.search(actor, wanted.text).ids[:limit]
    rows = {row.pk: row for row in Customer.objects.select_related("branch").filter(pk__in=keys)}
    return [_hit(rows[key]) for key in keys if key in rows]


def _by_email(wanted: Asked) -> list[int]:
    found = ContactMedium.objects.filter(value__in={wanted.text, wanted.folded}, kind="email")
    keys = list(found.values_list("customer_id", flat=True)[:20])
    moved = survivors(set(keys))
    return list(dict.fromkeys(moved.get(key, key) for key in keys))


def _hit(row: Customer) -> Hit:
    icon = "building" if row.kind == Kind.ORGANISATION else "user"
    url = reverse("customers:view", kwargs={"public_id": row.public_id})
    return Hit(masks.name(row.kind, row.name), f"{row.number} · {formats.named(row.branch)}", url, icon)


finders.add("customers", Finder(_("Customers"), "customers.view", _find), order=10)
