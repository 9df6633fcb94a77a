"""Offers for the search over everything: by name, even misspelt, or by code."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.catalogue.models import Offering
from loopline.kernel import formats
from loopline.kernel.finding import Asked, Finder, Hit, finders, named_like
from loopline.kernel.permission import Actor


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    rows = Offering.objects.order_by("-is_sold", "code", "-revision")
    return [_hit(row) for row in named_like(rows, wanted, ("name", "name_en", "code"), limit)]


def _hit(row: Offering) -> Hit:
    detail = " · ".join((row.get_kind_display(), row.get_state_display(), formats.money(row.monthly_fee)))
    return Hit(
        formats.named(row), detail, reverse("catalogue:one", kwargs={"public_id": row.public_id}), "package"
    )


finders.add("offers", Finder(_("Offers"), "catalogue.view", _find), order=50)
