"""Subscriptions as a file: of a `state`, a `service`, a `plan` or a `branch` by their codes, masked."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.exports.api import Outgoing, Rows, bring, day
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.subscriptions import api, files
from loopline.subscriptions.models import Service, State, Subscription

HEADS = (
    _("Customer number"), _("Customer"), _("Number"), _("Service"), _("Plan"), _("State"), _("Monthly fee"),
    _("Since"), _("Contract ends on"), _("Ended on"), _("Branch"),
)  # fmt: skip
FILTERS = {"state": "state", "service": "service", "plan": "offering__code", "branch": "branch__code"}


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Subscription]:
    told = {column: asked[name] for name, column in FILTERS.items() if asked.get(name)}
    rows = api.subscriptions(actor).select_related("customer", "offering", "branch")
    return rows.filter(**told).order_by("id")


def _writer(actor: Actor) -> Callable[[Subscription], list[str]]:
    def cells(row: Subscription) -> list[str]:
        return [
            row.customer.number,
            customers.masks.name(row.customer.kind, row.customer.name),
            customers.masks.medium("telephone", row.number, actor.country) if row.number else "",
            str(Service(row.service).label),
            formats.named(row.offering) if row.offering else "",
            str(State(row.state).label),
            str(row.monthly_fee) if row.monthly_fee is not None else "",
            day(row.started_on),
            day(row.contract_ends_on),
            day(row.ended_on),
            formats.named(row.branch),
        ]

    return cells


def _told(actor: Actor) -> Callable[[Subscription], list[str]]:
    def cells(row: Subscription) -> list[str]:
        told = files.told_of(row)
        return [told.get(name, "") for name in files.COLUMNS]

    return cells


bring(
    Outgoing(
        "subscriptions",
        _("Subscriptions"),
        "customers.view",
        Rows(HEADS, _rows, _writer),
        clear=Rows(files.COLUMNS, _rows, _told),
    )
)
