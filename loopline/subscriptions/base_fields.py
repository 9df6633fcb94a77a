"""The fields of a customer base: under which names operators' files know them."""

from django.utils.translation import gettext as _

from loopline.imports.api import Field

SEXES = {"F": ("female", "女", "女性", "woman", "f"), "M": ("male", "男", "男性", "man", "m"),
         "": ("unknown", "未知", "不详", "保密", "other", "其他")}  # fmt: skip
SERVICES = {
    "mobile": ("mobile", "移动", "手机", "移动电话", "cellular", "移动业务"),
    "broadband": ("broadband", "宽带", "internet", "固网宽带", "宽带业务"),
    "fixed": ("fixed", "固话", "固定电话", "fixed line", "landline", "座机"),
    "iptv": ("iptv", "电视", "互动电视", "tv", "网络电视"),
    "data_line": ("data line", "专线", "leased line", "数据专线"),
}


def customer_base_fields(country: str) -> list[Field]:
    """One row is a customer with account and subscription; every field is optional."""
    return [*_identity(), *_person(country), *_service(), *_money()]


def _identity() -> list[Field]:
    return [
        Field(
            "subscription_key",
            _("Subscriber number"),
            ["subscriber id", "subscription id", "user id", "service id",
             "用户编号", "用户标识", "用户编码", "用户号", "用户ID", "产品实例编号"],
        ),
        Field(
            "customer_key",
            _("Customer number"),
            ["customer id", "customerID", "customer no", "cust id", "client id",
             "客户编号", "客户号", "客户标识", "客户编码", "客户ID"],
        ),
        Field(
            "branch",
            _("Branch code"),
            ["branch", "branch code", "branch id", "unit code", "office",
             "网点编码", "营业厅编码", "归属营业厅", "归属网点", "机构编码", "部门编码", "营业厅"],
        ),
    ]  # fmt: skip


def _person(country: str) -> list[Field]:
    return [
        Field(
            "name",
            _("Customer name"),
            ["name", "full name", "customer name", "客户名称", "客户姓名", "姓名", "机主姓名", "用户姓名", "用户名称"],
            longest=200,
        ),
        Field(
            "telephone",
            _("Telephone number"),
            ["msisdn", "phone number", "mobile number", "phone", "mobile", "telephone", "service number",
             "电话号码", "手机号码", "手机号", "用户号码", "业务号码", "服务号码", "电话", "手机", "联系电话"],
            kind="phone",
            country=country,
        ),
        Field(
            "document",
            _("Identity document"),
            ["identity card", "id card", "id number", "document number",
             "证件号码", "身份证号码", "身份证号", "身份证", "证件号", "统一社会信用代码"],
            kind="document",
        ),
        Field("sex", _("Sex"), ["sex", "gender", "性别"], kind="choice", choices=SEXES),
        Field(
            "birth_date",
            _("Date of birth"),
            ["birth date", "date of birth", "birthday", "dob", "出生日期", "生日", "出生年月日"],
            kind="date",
        ),
        Field("email", _("E-mail"), ["email", "e-mail", "email address", "电子邮箱", "邮箱", "电子邮件"]),
        Field(
            "street",
            _("Address"),
            ["address", "street", "地址", "联系地址", "家庭住址", "住址", "装机地址", "安装地址"],
        ),
    ]  # fmt: skip


def _service() -> list[Field]:
    return [
        Field("service", _("Service"), ["service", "service type", "业务类型", "产品类型", "专业类型"]),
        Field(
            "plan",
            _("Tariff plan"),
            ["plan", "price plan", "tariff plan", "offering", "offering code", "package",
             "套餐", "套餐名称", "套餐编码", "资费套餐", "主套餐"],
        ),
        Field(
            "started_on",
            _("Start of service"),
            ["start date", "activation date", "started on", "join date",
             "入网日期", "开户日期", "开通日期", "入网时间", "开户时间"],
            kind="date",
        ),
        Field(
            "tenure",
            _("Months in service"),
            ["tenure", "tenure months", "subscription length", "months in service",
             "在网时长", "在网月数", "网龄", "入网月数"],
            kind="integer",
        ),
        Field(
            "contract_ends_on",
            _("End of contract"),
            ["contract end", "contract end date", "contract ends on",
             "合约到期日", "合约到期日期", "合约结束日期", "协议到期日", "合同到期日"],
            kind="date",
        ),
        Field(
            "ended_on",
            _("End of service"),
            ["end date", "termination date", "churn date", "离网日期", "销户日期", "离网时间", "销户时间"],
            kind="date",
        ),
        Field(
            "churned",
            _("Has left"),
            ["churn", "churned", "has left", "exited", "是否离网", "是否流失", "离网", "流失", "离网标志", "流失标志"],
            kind="boolean",
        ),
    ]  # fmt: skip


def _money() -> list[Field]:
    return [
        Field(
            "monthly_fee",
            _("Monthly fee"),
            ["monthly fee", "monthly charges", "monthly charge", "月租", "月租费", "月费", "套餐月费"],
            kind="decimal",
            places=2,
        ),
        Field(
            "payment_method",
            _("Payment method"),
            ["payment method", "pay type", "付费方式", "支付方式", "缴费方式", "付款方式"],
        ),
    ]
