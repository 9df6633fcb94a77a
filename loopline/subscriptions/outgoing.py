"""Subscriptions as a file: of a `state`, a `service`, a `plan` or a `branch` by their codes, masked."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.exports.api import Outgoing, Rows, bring, day
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.subscriptions import api, files
from loopline.subscriptions.models import Service, State, Subscription

HEADS = (
    _("Customer number"), _("Customer"), _("Number"), _("Service"), _("Plan"), _("State"), _("Monthly fee"),
    _("Since"), _("Contract ends on"), _("Ended on"), _("Branch"),
)  # fmt: skip
SHOWN = (
    "customer__number", "customer__kind", "customer__name", "number", "service", "offering_id", "state",
    "monthly_fee", "started_on", "contract_ends_on", "ended_on", "branch_id",
)  # fmt: skip
FILTERS = {"state": "state", "service": "service", "plan": "offering__code", "branch": "branch__code"}


def _rows(actor: Actor, asked: QueryDict) -> QuerySet[Subscription]:
    told = {column: asked[name] for name, column in FILTERS.items() if asked.get(name)}
    return api.subscriptions(actor).filter(**told).order_by("id")


def _shown(actor: Actor, asked: QueryDict) -> QuerySet[Subscription, tuple[Any, ...]]:
    return _rows(actor, asked).values_list(*SHOWN)


def _clear(actor: Actor, asked: QueryDict) -> QuerySet[Subscription, tuple[Any, ...]]:
    return _rows(actor, asked).values_list(*files.VALUES)


def _writer(actor: Actor) -> Callable[[tuple[Any, ...]], list[str]]:
    services = {value: str(label) for value, label in Service.choices}
    states = {value: str(label) for value, label in State.choices}
    plans = {row.pk: formats.named(row) for row in Offering.objects.all()} | {None: ""}
    units = {row.pk: formats.named(row) for row in identity.Unit.objects.all()}

    def cells(values: tuple[Any, ...]) -> list[str]:
        who, kind, name, number, service, plan, state, fee, start, contract, end, branch = values
        return [
            who,
            customers.masks.name(kind, name),
            customers.masks.medium("telephone", number, actor.country) if number else "",
            services[service],
            plans[plan],
            states[state],
            str(fee) if fee is not None else "",
            day(start),
            day(contract),
            day(end),
            units[branch],
        ]

    return cells


bring(
    Outgoing(
        "subscriptions",
        _("Subscriptions"),
        "customers.view",
        Rows(HEADS, _shown, _writer),
        clear=Rows(files.COLUMNS, _clear, lambda _actor: files.cells_of),
    )
)
