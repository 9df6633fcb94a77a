"""The import target "offers": designed, changed while drafts, and put on sale; told apart by code and version."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.catalogue.files import OfferFiles
from loopline.catalogue.models import OfferingKind, State
from loopline.catalogue.show import SERVICES
from loopline.imports import api as imports

LONGEST = 20_000


def fields(country: str) -> list[imports.Field]:
    """A code that is new makes an offer, the next version of a code a new version of it."""
    field, words = imports.Field, imports.words_of
    services = {code: [code, str(label)] for code, (label, _icon) in SERVICES.items()}
    return [
        field("offer", _("Code and version"), ["code", "offer code", "套餐编码", "编码"], required=True),
        field("state", _("State"), ["status", "状态"], kind="choice", choices=words(State)),
        field("specification", _("Specification code"), ["specification", "规格编码"]),
        field("category", _("Category"), ["分类"]),
        field("name", _("Offer name"), ["name", "名称"], longest=200),
        field("name_en", _("English name"), ["英文名称"], longest=200),
        field("description", _("Description"), ["描述"], longest=5000),
        field("kind", _("Kind"), ["类型"], kind="choice", choices=words(OfferingKind)),
        field("service", _("Service"), ["业务类型"], kind="choice", choices=services),
        field("term_months", _("Term in months"), ["合约期"], kind="integer"),
        field("monthly_cost", _("Cost a month"), ["月成本"], kind="decimal", places=2),
        field("valid_from", _("Valid from"), ["生效日期"], kind="date"),
        field("valid_until", _("Valid until"), ["失效日期"], kind="date"),
        field("options", _("Options"), ["选项"], longest=LONGEST),
        field("prices", _("Prices"), ["资费"], longest=LONGEST),
        field("members", _("Inside the bundle"), ["组合内容"], longest=LONGEST),
        field("rules", _("Rules"), ["规则"], longest=LONGEST),
    ]


imports.register(
    imports.Target(
        name="offers",
        label=gettext_lazy("Offers"),
        permission="catalogue.design",
        fields=fields,
        writer=OfferFiles,
        identity=("offer",),
    )
)
