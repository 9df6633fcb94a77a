"""The import targets "customer base", of which each row is a customer with account and line, and "subscriptions"."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loopline.imports import api as imports
from loopline.subscriptions.base_fields import SERVICES, customer_base_fields
from loopline.subscriptions.base_rows import CustomerBase
from loopline.subscriptions.files import SubscriptionFiles
from loopline.subscriptions.models import State


def line_fields(country: str) -> list[imports.Field]:
    """A line of a customer who is there already. A key that is new, or missing, makes one."""
    field = imports.Field
    return [
        field("key", gettext("Key of the line"), ["line key", "用户标识", "用户编号"], longest=200),
        field("customer_number", gettext("Customer number"), ["customer number", "客户编号"]),
        field("account_number", gettext("Account number"), ["account number", "账户编号"]),
        field("service", gettext("Service"), ["业务类型"], kind="choice", choices=SERVICES),
        field("number", gettext("Number"), ["msisdn", "phone number", "业务号码", "号码"], longest=100),
        field("plan", gettext("Plan code"), ["plan", "套餐编码", "资费编码"], longest=100),
        field("plan_version", gettext("Version of the plan"), ["套餐版本"], kind="integer"),
        field("state", gettext("State"), ["status", "状态"], kind="choice", choices=imports.words_of(State)),
        field("monthly_fee", gettext("Monthly fee"), ["月租", "月费"], kind="decimal", places=2),
        field("started_on", gettext("Since"), ["start date", "入网日期", "开通日期"], kind="date"),
        field("contract_ends_on", gettext("Contract ends on"), ["contract end", "合约到期日"], kind="date"),
        field("ended_on", gettext("Ended on"), ["end date", "离网日期", "销户日期"], kind="date"),
        field("end_reason", gettext("Reason of the end"), ["离网原因"], longest=200),
        field("characteristics", gettext("Characteristics"), ["特征"], longest=10_000),
    ]


imports.add_reasons(
    {
        "unknown_branch": _("there is no unit with this code"),
        "branch_out_of_reach": _("this unit is not within what you may write to"),
        "elsewhere": _("this customer belongs to a unit that is not within what you may write to"),
        "number_in_use": _("the number is in use by another customer (%(card)s): suspected duplicate"),
        "number_twice": _("row %(row)s has the same number for another customer: suspected duplicate"),
        "document_known": _("another customer has this document (%(card)s): suspected duplicate"),
        "document_twice": _("row %(row)s has the same document for another customer: suspected duplicate"),
        "months_out_of_range": _("between 0 and 1,200 months are expected"),
    }
)
imports.register(
    imports.Target(
        name="customer_base",
        label=_("Customer base"),
        permission="customers.import",
        fields=customer_base_fields,
        writer=CustomerBase,
        identity=("subscription_key", "customer_key"),
    )
)
imports.register(
    imports.Target(
        name="subscriptions",
        label=_("Subscriptions"),
        permission="orders.accept",
        fields=line_fields,
        writer=SubscriptionFiles,
        identity=("key",),
    )
)
