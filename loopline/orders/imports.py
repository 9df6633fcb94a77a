"""The import target "orders": things that customers ask for, accepted as at the counter."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.imports import api as imports
from loopline.orders.files import OrderFiles
from loopline.orders.models import Channel, Kind, OrderState

SIMS = {"plain": ("plain", "普通卡", "实体卡"), "esim": ("esim", "eSIM", "电子卡")}


def fields(country: str) -> list[imports.Field]:
    """A row is one thing; rows of one order name it before the slash, a row that names none is an order."""
    field, words = imports.Field, imports.words_of
    return [
        field("item", _("Order and place"), ["order", "order item", "订单编号", "订单"], longest=60),
        field("customer_number", _("Customer number"), ["customer number", "客户编号"], required=True),
        field("channel", _("Channel"), ["渠道"], kind="choice", choices=words(Channel)),
        field("state", _("State"), ["status", "状态"], kind="choice", choices=words(OrderState)),
        field("kind", _("What"), ["业务", "办理业务"], kind="choice", choices=words(Kind), required=True),
        field("line", _("Line"), ["line number", "业务号码"], longest=100),
        field("plan", _("Plan code"), ["plan", "套餐编码"], longest=100),
        field("number", _("New number"), ["new number", "新号码"], kind="phone", country=country),
        field("iccid", _("ICCID"), ["SIM卡号"], longest=24),
        field("sim", _("Kind of SIM"), ["卡类型"], kind="choice", choices=SIMS),
        field("when", _("When"), ["办理时间", "生效时间"], longest=20),
        field("needs", _("Comes after"), ["前置"], longest=60),
        field("detail", _("Particulars"), ["附加信息"], longest=5000),
        field("description", _("Note"), ["备注"], longest=500),
    ]


imports.register(
    imports.Target(
        name="orders",
        label=gettext_lazy("Orders"),
        permission="orders.accept",
        fields=fields,
        writer=OrderFiles,
        identity=("item",),
    )
)
