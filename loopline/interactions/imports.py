"""The import target "interactions": the history of touches that another system has kept, told apart by its own ids."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.imports import api as imports
from loopline.interactions.bulk import write_interactions
from loopline.interactions.models import Channel, Interaction, InteractionKind
from loopline.kernel import numbers

SOURCE = "file:"
"""What the source key of a touch from a file begins with; the rest is its key there."""

DIRECTIONS = {"in": ("in", "inbound", "客户发起", "呼入"), "out": ("out", "outbound", "我方发起", "呼出")}


def fields(country: str) -> list[imports.Field]:
    """A customer of ours by his number, the day, and what it was about."""
    return [
        imports.Field("key", _("Own id"), ["id", "interaction id", "编号", "接触编号"], longest=200),
        imports.Field("number", _("Customer number"), ["customer number", "客户编号"], required=True),
        imports.Field("on", _("Day"), ["date", "day", "日期", "接触日期"], kind="date", required=True),
        imports.Field(
            "kind",
            _("Kind"),
            ["kind", "type", "类型"],
            kind="choice",
            choices=imports.words_of(InteractionKind),
        ),
        imports.Field(
            "channel", _("Channel"), ["channel", "渠道"], kind="choice", choices=imports.words_of(Channel)
        ),
        imports.Field("way", _("Direction"), ["direction", "方向"], kind="choice", choices=DIRECTIONS),
        imports.Field("topic", _("Topic"), ["topic", "subject", "主题"], longest=200),
        imports.Field("summary", _("What was said"), ["summary", "text", "内容", "摘要"], longest=4000),
    ]


def _ours(keys: Sequence[str]) -> dict[str, int]:
    """The touches that an export in clear named by our own keys."""
    uuids: dict[UUID, str] = {}
    for key in keys:
        with suppress(ValueError):
            uuids[UUID(key)] = key
    rows = Interaction.objects.filter(public_id__in=list(uuids)).values_list("public_id", "pk")
    return {uuids[public_id]: key for public_id, key in rows}


class History:
    """Writes touches into the histories of customers within reach; what is there already stays."""

    def __init__(self, order: imports.Order) -> None:
        self._order = order

    def create(self, rows: imports.Rows) -> imports.Written:
        """Write the touches of customers who are known and within reach."""
        told = [str(number) for number in rows.field("number")]
        known = {
            number: (key, branch)
            for number, key, branch in customers.Customer.objects.filter(number__in=set(told)).values_list(
                "number", "pk", "branch_id"
            )
        }
        ours = _ours(rows.keys)
        ids: list[int | None] = [ours.get(key) for key in rows.keys]
        same = frozenset(place for place, key in enumerate(ids) if key is not None)
        fresh = [place for place in range(len(rows)) if place not in same]
        faults = [fault for place in fresh if (fault := self._fault(rows, place, known))]
        bad = {fault.row for fault in faults}
        good = [place for place in fresh if rows.numbers[place] not in bad]
        if good:
            chosen = rows.chosen(good)
            keys = [f"{SOURCE}{key}" for key in chosen.keys]
            write_interactions(self._columns(chosen, [known[told[place]] for place in good], keys))
            made = dict(Interaction.objects.filter(source_key__in=keys).values_list("source_key", "pk"))
            for place, key in zip(good, keys, strict=True):
                ids[place] = made[key]
        return imports.Written(ids, faults, same)

    def update(self, rows: imports.Rows, ids: Sequence[int]) -> imports.Written:
        """What was once said is not said otherwise later."""
        return imports.Written(list(ids), unchanged=frozenset(range(len(rows))))

    def _columns(
        self, rows: imports.Rows, who: list[tuple[int, int]], keys: list[str]
    ) -> dict[str, list[Any]]:
        days: Sequence[date] = rows.field("on")
        zone = self._order.actor.zone
        return {
            "customer_id": [customer for customer, _branch in who],
            "branch_id": [branch for _customer, branch in who],
            "kind": [kind or InteractionKind.NOTE.value for kind in rows.field("kind")],
            "channel": [channel or Channel.OTHER.value for channel in rows.field("channel")],
            "inbound": [way != "out" for way in rows.field("way")],
            "at": [datetime.combine(day, time(12), tzinfo=zone) for day in days],
            "on": list(days),
            # A complaint of another system is no open one of ours.
            "resolved_on": list(days),
            "topic": [text or "" for text in rows.field("topic")],
            "summary": [text or "" for text in rows.field("summary")],
            "source_key": keys,
        }

    def _fault(
        self, rows: imports.Rows, place: int, known: dict[str, tuple[int, int]]
    ) -> imports.RejectedRow | None:
        found = known.get(str(rows.field("number")[place]))
        if found is None:
            return self._refuse(rows, place, "number", "no_such_customer")
        if self._order.allowed is not None and found[1] not in self._order.allowed:
            return self._refuse(rows, place, "number", "no_such_customer")
        for name in ("topic", "summary"):
            if numbers.looks_masked(str(rows.field(name)[place] or "")):
                return self._refuse(rows, place, name, "masked")
        return None

    def _refuse(self, rows: imports.Rows, place: int, name: str, code: str) -> imports.RejectedRow:
        value = str(rows.field(name)[place] or "")
        return imports.RejectedRow(
            rows.numbers[place], self._order.columns.get(name, ""), value, imports.Reason(code, {})
        )


imports.add_reasons(
    {"no_such_customer": gettext_lazy("there is no customer with this number within what you may see")}
)
imports.register(
    imports.Target(
        name="interactions",
        label=gettext_lazy("Interactions"),
        permission="customers.import",
        fields=fields,
        writer=History,
        identity=("key",),
    )
)
