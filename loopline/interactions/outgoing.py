"""The history of touches as a file: of a `kind`, a `channel`, the days `from` and `to`; what was said only in clear."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.exports.api import Outgoing, Rows, bring, day, moment
from loopline.identity import api as identity
from loopline.interactions.imports import SOURCE
from loopline.interactions.models import Channel, Interaction, InteractionKind
from loopline.interactions.records import interactions
from loopline.kernel import formats
from loopline.kernel.permission import Actor

HEADS = (
    _("When"), _("Customer number"), _("Customer"), _("Kind"), _("Channel"), _("Direction"), _("Solved on"),
    _("Recorded by"), _("Branch"),
)  # fmt: skip

COLUMNS = ("key", "number", "on", "kind", "channel", "way", "topic", "summary")
VALUES = (
    "source_key", "public_id", "customer__number", "on", "kind", "channel", "inbound", "topic", "summary",
)  # fmt: skip
SHOWN = (
    "at", "customer__number", "customer__kind", "customer__name", "kind", "channel", "inbound", "resolved_on",
    "staff_name", "branch_id",
)  # fmt: skip


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Interaction]:
    rows = interactions(actor)
    if asked.get("kind") in InteractionKind.values:
        rows = rows.filter(kind=asked["kind"])
    if asked.get("channel") in Channel.values:
        rows = rows.filter(channel=asked["channel"])
    if first := _day(asked.get("from", "")):
        rows = rows.filter(on__gte=first)
    if last := _day(asked.get("to", "")):
        rows = rows.filter(on__lte=last)
    return rows.order_by("id")


def _shown(actor: Actor, asked: QueryDict) -> QuerySet[Interaction, tuple[Any, ...]]:
    return _rows(actor, asked).values_list(*SHOWN)


def _clear(actor: Actor, asked: QueryDict) -> QuerySet[Interaction, tuple[Any, ...]]:
    """Of known customers, as the import knows no others."""
    return _rows(actor, asked).filter(customer__isnull=False).values_list(*VALUES)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _writer(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    kinds = {value: str(label) for value, label in InteractionKind.choices}
    channels = {value: str(label) for value, label in Channel.choices}
    units = {row.pk: formats.named(row) for row in identity.Unit.objects.all()}
    ways = {True: str(_("Inbound")), False: str(_("Outbound"))}

    def cells(values: tuple[Any, ...]) -> list[str]:
        at, who, kind_of, name, kind, channel, inbound, resolved, staff, branch = values
        return [
            moment(at, actor),
            who or "",
            customers.masks.name(kind_of, name) if who else "",
            kinds[kind],
            channels[channel],
            ways[inbound],
            day(resolved),
            staff,
            units[branch],
        ]

    return cells


def _told(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    def cells(values: tuple[Any, ...]) -> list[str]:
        source, public_id, who, on, kind, channel, inbound, topic, summary = values
        key = source.removeprefix(SOURCE) if source.startswith(SOURCE) else str(public_id)
        return [key, who, day(on), kind, channel, "in" if inbound else "out", topic, summary]

    return cells


bring(
    Outgoing(
        "interactions",
        _("Interactions"),
        "customers.view",
        Rows(HEADS, _shown, _writer),
        clear=Rows(COLUMNS, _clear, _told),
    )
)
