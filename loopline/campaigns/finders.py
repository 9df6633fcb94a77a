"""Campaigns for the search over everything: by name, even misspelt, or number."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.campaigns import queries
from loopline.campaigns.models import Campaign
from loopline.kernel.finding import Asked, Finder, Hit, finders, named_like
from loopline.kernel.permission import Actor


def _find(actor: Actor, wanted: Asked, limit: int) -> list[Hit]:
    return [_hit(row) for row in named_like(queries.campaigns(actor), wanted, ("name", "number"), limit)]


def _hit(row: Campaign) -> Hit:
    url = reverse("campaigns:one", kwargs={"public_id": row.public_id})
    return Hit(row.name, f"{row.number} · {row.get_status_display()}", url, "speakerphone")


finders.add("campaigns", Finder(_("Campaigns"), "campaigns.view", _find), order=60)
