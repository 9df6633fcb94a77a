"""Numbers, SIM cards and devices as files, each with the filters of its list; their heads are read by the imports."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loopline.exports.api import Outgoing, Rows, bring, day
from loopline.kernel.permission import Actor
from loopline.stock import queries
from loopline.stock.models import Device, Grade, ItemState, Number, NumberState, SimCard, SimKind


def _numbers(actor: Actor, asked: QueryDict) -> QuerySet[Number]:
    state, digits = asked.get("state", ""), "".join(filter(str.isdigit, asked.get("q", "")))[:15]
    return queries.numbers_in(
        actor,
        state=state if state in NumberState.values else "",
        number=f"+{actor.country}{digits}" if digits else "",
    )


def _sims(actor: Actor, asked: QueryDict) -> QuerySet[SimCard]:
    return queries.sims_in(actor, state=_state(asked))


def _devices(actor: Actor, asked: QueryDict) -> QuerySet[Device]:
    return queries.devices_in(actor, state=_state(asked))


def _state(asked: QueryDict) -> str:
    state = asked.get("state", "")
    return state if state in ItemState.values else ItemState.AVAILABLE.value


def _number_cells(actor: Actor) -> Callable[[Number], list[str]]:
    return lambda row: [
        f"00{row.number.lstrip('+')}",
        row.home,
        row.service,
        str(Grade(row.grade).label),
        row.pattern,
        str(row.minimum_spend),
        str(NumberState(row.state).label),
    ]


def _sim_cells(actor: Actor) -> Callable[[SimCard], list[str]]:
    return lambda row: [
        row.iccid,
        row.imsi,
        str(SimKind(row.kind).label),
        str(ItemState(row.state).label),
        day(row.loaded_at.astimezone(actor.zone).date()),
    ]


def _device_cells(actor: Actor) -> Callable[[Device], list[str]]:
    return lambda row: [row.imei, row.model, str(row.price), str(ItemState(row.state).label)]


NUMBER_HEADS = ("number", "home", "service", _("Grade"), _("Pattern"), _("Least spend"), _("State"))
SIM_HEADS = ("iccid", "imsi", _("Kind"), _("State"), _("Taken in"))
DEVICE_HEADS = ("imei", "model", "price", _("State"))

for _name, _label, _table in (
    ("numbers", _("Numbers"), Rows(NUMBER_HEADS, _numbers, _number_cells)),
    ("sims", _("SIM cards"), Rows(SIM_HEADS, _sims, _sim_cells)),
    ("devices", _("Devices"), Rows(DEVICE_HEADS, _devices, _device_cells)),
):
    bring(Outgoing(_name, _label, "stock.view", _table, personal=False))
