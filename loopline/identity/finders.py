"""Colleagues and units for the search over everything."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.identity.models import Level, Staff, Unit
from loopline.kernel import formats
from loopline.kernel.finding import Asked, Finder, Hit, finders, named_like
from loopline.kernel.permission import Actor


def _staff(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    """Colleagues: an administrator gets to their page, everybody else to a message to them."""
    rows = Staff.objects.select_related("unit").filter(is_active=True).order_by("name")
    manages = actor.may("administration.staff")
    return [
        Hit(
            formats.named(row),
            formats.named(row.unit),
            reverse("identity:staff_edit", kwargs={"public_id": row.public_id})
            if manages
            else reverse("web:write", query={"to": row.public_id}),
            "user-circle",
        )
        for row in named_like(rows, wanted, ("name", "name_en", "user_name"), limit)
    ]


def _units(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    rows = Unit.objects.filter(is_active=True).order_by("path")
    return [
        Hit(
            formats.named(row),
            f"{row.code} · {Level(row.level).label}",
            reverse("identity:organisation"),
            "sitemap",
        )
        for row in named_like(rows, wanted, ("name", "name_en", "code"), limit)
    ]


finders.add("staff", Finder(_("Colleagues"), "", _staff), order=70)
finders.add("units", Finder(_("Units"), "administration.organisation", _units), order=80)
