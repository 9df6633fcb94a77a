"""The history of touches as a file: of a `kind`, a `channel` or the days `from` and `to`; what was said stays here."""

from collections.abc import Callable
from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.exports.api import Outgoing, Rows, bring, day, moment
from loopline.interactions.models import Channel, Interaction, InteractionKind
from loopline.interactions.records import interactions
from loopline.kernel import formats
from loopline.kernel.permission import Actor

HEADS = (
    _("When"), _("Customer number"), _("Customer"), _("Kind"), _("Channel"), _("Direction"), _("Solved on"),
    _("Recorded by"), _("Branch"),
)  # fmt: skip


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Interaction]:
    rows = interactions(actor).select_related("customer", "branch")
    if asked.get("kind") in InteractionKind.values:
        rows = rows.filter(kind=asked["kind"])
    if asked.get("channel") in Channel.values:
        rows = rows.filter(channel=asked["channel"])
    if first := _day(asked.get("from", "")):
        rows = rows.filter(on__gte=first)
    if last := _day(asked.get("to", "")):
        rows = rows.filter(on__lte=last)
    return rows.order_by("id")


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _writer(actor: Actor) -> Callable[[Interaction], list[str]]:
    def cells(row: Interaction) -> list[str]:
        who = row.customer
        return [
            moment(row.at, actor),
            who.number if who else "",
            customers.masks.name(who.kind, who.name) if who else "",
            str(InteractionKind(row.kind).label),
            str(Channel(row.channel).label),
            str(_("Inbound") if row.inbound else _("Outbound")),
            day(row.resolved_on),
            row.staff_name,
            formats.named(row.branch),
        ]

    return cells


bring(Outgoing("interactions", _("Interactions"), "customers.view", Rows(HEADS, _rows, _writer)))
