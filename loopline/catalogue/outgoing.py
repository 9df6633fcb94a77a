"""Offers as a file: the list with its filters."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.catalogue import files, queries, show
from loopline.catalogue.models import BundleMember, Offering, OfferingKind, State
from loopline.catalogue.pages import listing
from loopline.exports.api import Outgoing, Rows, bring, moment
from loopline.kernel import formats
from loopline.kernel.permission import Actor

HEADS = (
    _("Code"), _("Version"), _("Offer name"), _("English name"), _("Kind"), _("Service"), _("Category"), _("State"),
    _("Monthly fee"), _("Term in months"), _("Last change"),
)  # fmt: skip


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Offering]:
    given = {name: asked.get(name, "")[:100].replace("\0", "") for name in ("q", *listing.FILTERS)}
    return queries.offerings(actor, listing.wanted_of(given))


def _writer(actor: Actor) -> Callable[[Offering], list[str]]:
    def cells(row: Offering) -> list[str]:
        return [
            row.code,
            str(row.revision),
            row.name,
            row.name_en,
            str(OfferingKind(row.kind).label),
            str(show.SERVICES.get(row.service, (row.service, ""))[0]),
            formats.named(row.category) if row.category else "",
            str(State(row.state).label),
            str(row.monthly_fee),
            str(row.term_months),
            moment(row.updated_at, actor),
        ]

    return cells


def _whole(actor: Actor, asked: QueryDict) -> QuerySet[Offering]:
    """With everything that was decided about them; what is inside a bundle before it."""
    inside = BundleMember.objects.filter(bundle=OuterRef("pk"))
    rows = _rows(actor, asked).select_related(*files.RELATED).prefetch_related(*files.PARTS)
    return rows.annotate(bundles=Exists(inside)).order_by("bundles", "code", "revision")


def _told(actor: Actor) -> Callable[[Offering], list[str]]:
    def cells(row: Offering) -> list[str]:
        told = files.told_of(row)
        return [told.get(name, "") for name in files.COLUMNS]

    return cells


bring(
    Outgoing(
        "offers",
        _("Offers"),
        "catalogue.view",
        Rows(HEADS, _rows, _writer),
        clear=Rows(files.COLUMNS, _whole, _told),
        personal=False,
        page="catalogue:list",
    )
)
