"""Import targets: numbers, SIM cards and devices by file."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.imports import api as imports
from loopline.kernel import copying
from loopline.stock.actions import number_columns
from loopline.stock.models import Device, Number, SimCard, SimKind
from loopline.stock.rules import keys

SERVICES = {
    "mobile": ("mobile", "移动", "手机", "移动业务"),
    "fixed": ("fixed", "固话", "固定电话", "fixed line", "landline"),
}
KINDS = {"plain": ("plain", "sim", "card", "普通卡", "实体卡"), "esim": ("esim", "eSIM", "电子卡")}


def _number_fields(country: str) -> list[imports.Field]:
    return [
        imports.Field(
            "number",
            _("Telephone number"),
            ["msisdn", "number", "phone number", "号码", "电话号码", "手机号码", "业务号码"],
            kind="phone",
            required=True,
            country=country,
        ),
        imports.Field("home", _("Home city"), ["home", "city", "归属地", "归属城市", "地市"], longest=80),
        imports.Field("service", _("Service"), ["service", "业务类型"], kind="choice", choices=SERVICES),
    ]


def _sim_fields(country: str) -> list[imports.Field]:
    kinds = {kind: [*words, *KINDS[kind]] for kind, words in imports.words_of(SimKind).items()}
    return [
        imports.Field("iccid", _("ICCID"), ["iccid", "card number", "SIM卡号", "卡号"], required=True),
        imports.Field("imsi", _("IMSI"), ["imsi"], required=True),
        imports.Field("kind", _("Kind"), ["kind", "type", "卡类型", "类型"], kind="choice", choices=kinds),
    ]


def _device_fields(country: str) -> list[imports.Field]:
    return [
        imports.Field("imei", _("IMEI"), ["imei", "串号", "设备串号"], required=True),
        imports.Field("model", _("Model"), ["model", "device", "型号", "机型"], required=True, longest=120),
        imports.Field("price", _("Price"), ["price", "价格", "售价"], kind="decimal", places=2),
    ]


class _Keyed:
    """Pieces that one key tells apart: what is known and said otherwise is refused, as is a key that is none."""

    model: type[models.Model]
    key: str

    def __init__(self, order: imports.Order) -> None:
        self._order = order

    def create(self, rows: imports.Rows) -> imports.Written:
        """Take the pieces into stock."""
        tidy = [self.tidied(place, rows) for place in range(len(rows))]
        there = self._there([key for key in tidy if key])
        ids: list[int | None] = [None] * len(rows)
        faults, seen, good, same = [], set[str](), [], set[int]()
        for place, key in enumerate(tidy):
            on_file = there.get(key or "")
            if self._says(rows, place, on_file):
                ids[place] = there[str(key)].pk
                same.add(place)
                continue
            code = "no_such_key" if key is None else "in_stock_already" if key in there or key in seen else ""
            if code:
                faults.append(self._fault(rows, place, code))
            else:
                seen.add(str(key))
                good.append(place)
        if good:
            made = copying.reserve_ids(self.model, len(good))
            copying.copy_columns(
                self.model,
                {"id": made, **self.columns(rows.chosen(good), [str(tidy[place]) for place in good])},
            )
            for place, key_ in zip(good, made, strict=True):
                ids[place] = key_
        return imports.Written(ids, faults, frozenset(same))

    def _there(self, keys: list[str]) -> dict[str, Any]:
        rows = self.model._default_manager.filter(**{f"{self.key}__in": keys})
        return {getattr(row, self.key): row for row in rows}

    def _says(self, rows: imports.Rows, place: int, on_file: Any) -> bool:
        """Whether a row says what is in stock already, as our own file of it does; a blank cell says nothing."""
        told = {name: values[place] for name, values in rows.fields.items() if name != self.key}
        return on_file is not None and all(
            value in (None, "", getattr(on_file, name)) for name, value in told.items()
        )

    def update(self, rows: imports.Rows, ids: Sequence[int]) -> imports.Written:
        """What is in stock stays as it is: a row that says otherwise is refused."""
        there = self.model._default_manager.in_bulk(list(ids))
        same = {place for place, key in enumerate(ids) if self._says(rows, place, there.get(key))}
        other = [place for place in range(len(rows)) if place not in same]
        return imports.Written(
            [key if place in same else None for place, key in enumerate(ids)],
            [self._fault(rows, place, "in_stock_already") for place in other],
            frozenset(same),
        )

    def tidied(self, place: int, rows: imports.Rows) -> str | None:
        """The row's key, or None where it is none."""
        raise NotImplementedError

    def columns(self, rows: imports.Rows, tidy: list[str]) -> dict[str, list[Any]]:
        """The columns of the table."""
        raise NotImplementedError

    def _fault(self, rows: imports.Rows, place: int, code: str) -> imports.RejectedRow:
        value = str(rows.field(self.key)[place] or "")
        return imports.RejectedRow(
            rows.numbers[place], self._order.columns.get(self.key, ""), value, imports.Reason(code, {})
        )


class _Numbers(_Keyed):
    model, key = Number, "number"

    def tidied(self, place: int, rows: imports.Rows) -> str | None:
        return rows.field("number")[place] or None

    def columns(self, rows: imports.Rows, tidy: list[str]) -> dict[str, list[Any]]:
        return number_columns(tidy, self._order.actor.country) | {
            "home": [text or "" for text in rows.field("home")],
            "service": [text or "mobile" for text in rows.field("service")],
        }


class _Sims(_Keyed):
    model, key = SimCard, "iccid"

    def tidied(self, place: int, rows: imports.Rows) -> str | None:
        sound = keys.tidy_imsi(str(rows.field("imsi")[place] or ""))
        return keys.tidy_iccid(str(rows.field("iccid")[place] or "")) if sound else None

    def columns(self, rows: imports.Rows, tidy: list[str]) -> dict[str, list[Any]]:
        return {
            "iccid": tidy,
            "imsi": [keys.tidy_imsi(str(text)) for text in rows.field("imsi")],
            "kind": [text or "plain" for text in rows.field("kind")],
            "check_digit_right": [keys.luhn_is_right(text) for text in tidy],
        }


class _Devices(_Keyed):
    model, key = Device, "imei"

    def tidied(self, place: int, rows: imports.Rows) -> str | None:
        return keys.tidy_imei(str(rows.field("imei")[place] or ""))

    def columns(self, rows: imports.Rows, tidy: list[str]) -> dict[str, list[Any]]:
        return {
            "imei": tidy,
            "model": [str(text) for text in rows.field("model")],
            "price": [price or Decimal(0) for price in rows.field("price")],
            "check_digit_right": [keys.luhn_is_right(text) for text in tidy],
        }


def _bring(
    name: str,
    label: Any,
    fields: Callable[[str], list[imports.Field]],
    writer: Callable[[imports.Order], imports.Writer],
    key: str,
) -> None:
    imports.register(
        imports.Target(
            name=name, label=label, permission="stock.manage", fields=fields, writer=writer, identity=(key,)
        )
    )


imports.add_reasons(
    {
        "no_such_key": gettext_lazy("this is not a number of its kind"),
        "in_stock_already": gettext_lazy("this is in stock already"),
    }
)
_bring("numbers", gettext_lazy("Numbers"), _number_fields, _Numbers, "number")
_bring("sims", gettext_lazy("SIM cards"), _sim_fields, _Sims, "iccid")
_bring("devices", gettext_lazy("Devices"), _device_fields, _Devices, "imei")
