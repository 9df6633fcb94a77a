"""The demo operator's catalogue: specifications, categories, plans with prices, add-ons, bundles and rules."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import (
    Characteristic,
    Design,
    MemberDesign,
    Offering,
    PriceDesign,
    PriceFact,
    Rule,
    Use,
    Value,
)
from loopline.demo import services, usage_records
from loopline.demo.catalogue import OFFERS, PLANS, Offer, Plan
from loopline.kernel.permission import Actor

MONTHS_OF_COST = {"CARE": 1}
"""Over how many months the cost of an offer is spread, where it is not its contract or a year."""

SPEED = Characteristic(
    code="speed", name="速率", name_en="Speed", kind="whole", unit="Mbit/s", configurable=False,
    low=Decimal(1), high=Decimal(10000), minimum=1,
)  # fmt: skip
SIM = Characteristic(
    code="sim", name="卡类型", name_en="SIM", minimum=1, default="card",
    values=(Value("card", "实体卡", "Card"), Value("esim", "eSIM", "eSIM")),
)  # fmt: skip
ROAMING = Characteristic(
    code="roaming", name="国际漫游", name_en="International roaming", kind="yes_no", minimum=1, default="no"
)
FIBRE_SPEED = replace(
    SPEED, configurable=True, default="300", values=(Value("300"), Value("1000"), Value("2000"))
)
INSTALLATION = Characteristic(
    code="installation", name="装机方式", name_en="Installation", minimum=1, default="home",
    values=(Value("home", "上门安装", "At home"), Value("self", "自行安装", "By the customer")),
)  # fmt: skip
CHANNELS = Characteristic(
    code="channels", name="频道包", name_en="Channels", maximum=3,
    values=(Value("sport", "体育", "Sport"), Value("cinema", "影院", "Cinema"), Value("kids", "少儿", "Children")),
)  # fmt: skip

SPECIFICATIONS = (
    ("MOBILE", "移动业务", "Mobile line", "mobile", (SPEED, SIM, ROAMING)),
    ("FIBRE", "光纤宽带", "Fibre broadband", "broadband", (FIBRE_SPEED, INSTALLATION)),
    ("IPTV", "互动电视", "IPTV", "iptv", (CHANNELS,)),
    ("VAS", "增值业务", "Value-added service", "mobile", ()),
    ("DEVICE", "终端设备", "Device", "mobile", ()),
)
CATEGORIES = (
    ("plans", "套餐", "Plans", ""),
    ("prepaid", "预付费套餐", "Prepaid plans", "plans"),
    ("postpaid", "后付费套餐", "Postpaid plans", "plans"),
    ("five_g", "5G 套餐", "5G plans", "plans"),
    ("broadband", "宽带", "Broadband", ""),
    ("convergent", "融合与家庭", "Convergent and family", ""),
    ("extras", "附加产品", "Add-ons", ""),
    ("data", "流量与通话包", "Data and voice", "extras"),
    ("tv", "电视与内容", "TV and content", "extras"),
    ("content", "合作内容", "Partners' content", "extras"),
    ("devices", "终端与配件", "Devices", "extras"),
    ("care", "客户维系", "Retention", ""),
)
PLAN_RULES = {
    "P59": (Rule("customer_kind", ("person",)), Rule("age", high=28)),
    "C169": (Rule("excludes", ("B300", "B1000")),),
    "C239": (Rule("excludes", ("B300", "B1000")), Rule("replaces", ("C169",))),
    "G239": (Rule("replaces", ("G129", "G169")),),
}
PLAN_TEXTS = {
    "prepaid": "先充值后使用，无合约期。",
    "postpaid": "按月出账，次月缴费，可加办副卡。",
    "five_g": "5G 高速上网，结转不清零，可加办副卡与国际漫游。",
    "broadband": "光纤到户，上门安装调测，含光猫。",
    "convergent": "一家一单：手机、千兆宽带与电视合一。",
}


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _price(kind: str, name: str, name_en: str, amount: str = "0", **more: object) -> PriceDesign:
    fact = PriceFact(kind=kind, name=name, name_en=name_en, amount=Decimal(amount))
    return PriceDesign(replace(fact, **more))  # type: ignore[arg-type]


def _fee(amount: str, name: str = "月租", name_en: str = "Monthly fee", **more: object) -> PriceDesign:
    return _price("recurring", name, name_en, amount, **more)


def _free(unit: str, quantity: str | None, name: str, name_en: str) -> PriceDesign:
    return _price(
        "allowance", name, name_en, unit=unit, quantity=None if quantity is None else Decimal(quantity)
    )


def _off(percent: str, months: int, name: str, name_en: str) -> PriceDesign:
    return _price("discount", name, name_en, percent=Decimal(percent), months=months)


@dataclass
class Shelf:
    """Puts offerings on sale, and remembers where everything is."""

    actor: Actor
    now: datetime
    specifications: dict[str, UUID]
    categories: dict[str, UUID]

    def design(
        self, code: str, name: str, name_en: str, category: str, specification: str = "", **more: object
    ) -> Design:
        """A design that stands in a category on a specification."""
        made = Design(
            code=code,
            name=name,
            name_en=name_en,
            category=self.categories[category],
            specification=self.specifications.get(specification),
        )
        return replace(made, **more)  # type: ignore[arg-type]

    def sell(self, design: Design) -> Offering:
        """Design it and put it on sale."""
        return self.launch(catalogue.design_offering(actor=self.actor, design=design))

    def launch(self, offering: Offering) -> Offering:
        """Walk a draft through its life up to the sale."""
        for state in ("in_test", "active", "launched"):
            offering = catalogue.change_state(
                actor=self.actor, offering=offering.public_id, to=state, now=self.now
            )
        return offering


def fill(actor: Actor, now: datetime) -> None:
    """Make the whole catalogue: what is sold to the simulated customers first, then everything around it."""
    shelf = Shelf(actor, now, _specifications(actor), _categories(actor))
    for plan in PLANS:
        shelf.sell(_plan(shelf, plan))
    for offer in OFFERS:
        shelf.sell(_offer(shelf, offer))
    for extra in (*_extras(shelf), *_of_partners(shelf)):
        shelf.sell(extra)
    _another_version(shelf)
    _bundles(shelf)
    _on_the_drawing_board(shelf)


def _specifications(actor: Actor) -> dict[str, UUID]:
    made = {}
    for code, name, name_en, service, characteristics in SPECIFICATIONS:
        given = catalogue.SpecificationInput(
            code=code, name=name, name_en=name_en, service=service, characteristics=characteristics
        )
        made[code] = catalogue.add_specification(actor=actor, given=given).public_id
    for partner in services.PARTNERS:
        code = services.specification_of(partner)
        given = catalogue.SpecificationInput(
            code=code,
            name=f"{partner}增值业务",
            name_en=f"Services of {partner}",
            brand=partner,
            service="mobile",
        )
        made[code] = catalogue.add_specification(actor=actor, given=given).public_id
    return made


def _categories(actor: Actor) -> dict[str, UUID]:
    made: dict[str, UUID] = {}
    for position, (code, name, name_en, parent) in enumerate(CATEGORIES):
        given = catalogue.CategoryInput(
            name=name, name_en=name_en, parent=made.get(parent), position=position
        )
        made[code] = catalogue.add_category(actor=actor, given=given).public_id
    roots = tuple(made[code] for code, _name, _english, parent in CATEGORIES if not parent)
    whole = catalogue.CatalogueInput(
        name="个人与家庭", name_en="Consumers and families", kind="B2C", categories=roots
    )
    catalogue.add_catalogue(actor=actor, given=whole)
    return made


def _plan(shelf: Shelf, plan: Plan) -> Design:
    fibre = plan.family == "broadband"
    prices = [_fee(str(_yuan(plan.fee_fen)))]
    if fibre:
        prices.append(_price("one_time", "装机费", "Installation", "100", when=(("installation", "home"),)))
    else:
        prices += [
            _free("minute", str(plan.minutes), "国内通话", "National calls"),
            _free("GB", None if plan.gigabytes is None else str(plan.gigabytes), "国内流量", "National data"),
            _price("usage", "套外通话", "Calls beyond", "0.15", unit="minute", quantity=Decimal(1)),
            _price("usage", "套外流量", "Data beyond", "5", unit="GB", quantity=Decimal(1)),
            _price(
                "usage",
                "国际漫游",
                "Roaming",
                "25",
                unit="day",
                quantity=Decimal(1),
                when=(("roaming", "yes"),),
            ),
        ]
    return shelf.design(
        plan.code,
        plan.name_zh,
        plan.name_en,
        plan.family,
        "FIBRE" if fibre else "MOBILE",
        service="broadband" if fibre else "mobile",
        description=PLAN_TEXTS[plan.family],
        uses=(Use("speed", (str(plan.speed),), str(plan.speed)),),
        prices=tuple(prices),
        rules=PLAN_RULES.get(plan.code, ()),
    )


def _offer(shelf: Shelf, offer: Offer) -> Design:
    """What keeps or grows a customer: it costs him nothing, and the operator `monthly_cost`."""
    months = MONTHS_OF_COST.get(offer.code, offer.contract_months or 12)
    prices: tuple[PriceDesign, ...] = ()
    if offer.discount:
        percent = str(Decimal(str(offer.discount)) * 100)
        prices = (_off(percent, offer.discount_months, "月租优惠", "Off the monthly fee"),)
    if offer.code == "DATA10":
        prices = (_free("GB", "10", "加赠流量", "Data given"),)
    return shelf.design(
        offer.code,
        offer.name_zh,
        offer.name_en,
        "care",
        "VAS",
        kind="retention",
        description="仅由客户经理或挽留坐席向受邀客户提供。",
        monthly_cost=_yuan(offer.cost_fen // months),
        term_months=months,
        prices=prices,
    )


MOBILE = tuple(plan.code for plan in PLANS if plan.family in ("postpaid", "five_g", "convergent"))
FIBRE = ("B300", "B1000", "C169", "C239")


def _extras(shelf: Shelf) -> Iterable[Design]:
    yield shelf.design(
        "DATA5", "5GB 加油包", "5 GB top-up", "data", "VAS", kind="add_on", description="当月有效，可自动续订。",
        prices=(_fee("20"), _free("GB", "5", "国内流量", "National data")),
    )  # fmt: skip
    yield shelf.design(
        "DATA20", "20GB 畅用包", "20 GB pack", "data", "VAS", kind="add_on", description="适合短视频与在线会议。",
        prices=(_fee("30"), _off("50", 3, "前三月半价", "Half price for three months"),
                _free("GB", "20", "国内流量", "National data")),
        rules=(Rule("requires", MOBILE),),
    )  # fmt: skip
    yield shelf.design(
        "VOICE100", "100 分钟语音包", "100 minutes", "data", "VAS", kind="add_on", description="国内通话。",
        prices=(_fee("10"), _free("minute", "100", "国内通话", "National calls")),
    )  # fmt: skip
    yield shelf.design(
        "SECOND", "亲情副卡", "Secondary card", "convergent", "MOBILE", kind="add_on",
        description="与主卡共享通话和流量，每月一费。", uses=(Use("speed", ("300",), "300"),),
        prices=(_fee("10", "副卡功能费", "Card fee"),
                _price("one_time", "工本费", "Card", "10", when=(("sim", "card"),))),
        rules=(Rule("requires", MOBILE), Rule("customer_kind", ("person",))),
    )  # fmt: skip
    yield shelf.design(
        "TV", "互动电视", "IPTV", "tv", "IPTV", kind="add_on", service="iptv", description="百路高清直播与七天回看。",
        prices=(_fee("15"), *(
            _fee("12", name, english, when=(("channels", code),))
            for code, name, english in (
                ("sport", "体育包", "Sport"), ("cinema", "影院包", "Cinema"), ("kids", "少儿包", "Children"))
        )),
        rules=(Rule("requires", FIBRE),),
    )  # fmt: skip
    yield shelf.design(
        "CLOUD", "家庭云盘 2TB", "Family cloud 2 TB", "tv", "VAS", kind="add_on", description="照片与视频自动备份。",
        prices=(_fee("12"), _off("100", 2, "两月免费", "Two months free")),
    )  # fmt: skip
    yield shelf.design(
        "ROUTER", "Wi-Fi 7 路由器", "Wi-Fi 7 router", "devices", "DEVICE", kind="add_on", service="broadband",
        description="上门调测，三年保修。", prices=(_price("one_time", "设备款", "Device", "299"),),
        rules=(Rule("requires", FIBRE), Rule("channel", ("counter", "phone", "web"))),
    )  # fmt: skip
    yield shelf.design(
        "SENIOR", "孝心卡", "Senior card", "postpaid", "MOBILE", description="大字账单，一键转人工。",
        uses=(Use("speed", ("150",), "150"),),
        prices=(_fee("29"), _free("minute", "300", "国内通话", "National calls"),
                _free("GB", "10", "国内流量", "National data")),
        rules=(Rule("age", low=60), Rule("customer_kind", ("person",))),
    )  # fmt: skip


def _of_partners(shelf: Shelf) -> Iterable[Design]:
    """The services that partners provide, under the brand of each."""
    for code, name, name_en, _kind, partner in usage_records.SERVICES:
        yield shelf.design(
            code.upper(), name, name_en, "content", services.specification_of(partner), kind="add_on",
            description=f"由{partner}提供，按月订购。", prices=(_fee(services.FEES[code]),),
        )  # fmt: skip


def _another_version(shelf: Shelf) -> None:
    """The top-up got cheaper and larger: its first version is history."""
    first = catalogue.sold_named("DATA5")
    if first is None:
        raise LookupError("DATA5 is not on sale")
    draft = catalogue.begin_version(actor=shelf.actor, offering=first.public_id)
    prices = (_fee("15"), _free("GB", "6", "国内流量", "National data"))
    now = replace(catalogue.design_of(draft), prices=prices, description="降价扩容：当月有效，可自动续订。")
    catalogue.change_offering(actor=shelf.actor, offering=draft.public_id, design=now)
    shelf.launch(draft)


def _bundles(shelf: Shelf) -> None:
    keys = dict(Offering.objects.filter(is_sold=True).values_list("code", "public_id"))

    def member(code: str, minimum: int, maximum: int, default: int) -> MemberDesign:
        return MemberDesign(keys[code], minimum, maximum, default)

    family = shelf.design(
        "FAMILY", "全家福组合", "Whole family", "convergent",
        description="5G 主卡、最多三张副卡、光纤宽带与电视，一张账单。", term_months=24,
        members=(member("G169", 1, 1, 1), member("SECOND", 0, 3, 2), member("B300", 1, 1, 1), member("TV", 0, 1, 1)),
        prices=(_price("discount", "家庭立减", "Family discount", "60"),
                _off("10", 12, "首年九折", "10 % off the first year"),
                _price("discount", "免装机费", "Installation waived", "100", takes_from="one_time")),
        rules=(Rule("customer_kind", ("person",)), Rule("replaces", ("C169", "C239")), Rule("age", low=18)),
    )  # fmt: skip
    home = shelf.design(
        "HOME", "宽带电视组合", "Fibre and TV", "broadband", service="broadband", term_months=12,
        description="千兆光纤加互动电视。",
        members=(member("B1000", 1, 1, 1), member("TV", 1, 2, 1), member("ROUTER", 0, 1, 0)),
        prices=(_price("discount", "组合立减", "Bundle discount", "20"),),
        rules=(Rule("excludes", ("FAMILY", "C169", "C239")),),
    )  # fmt: skip
    for bundle in (family, home):
        shelf.sell(bundle)


def _on_the_drawing_board(shelf: Shelf) -> None:
    """What is being worked on: a plan that lacks its price, and one in test."""
    draft = shelf.design(
        "G199", "5G 畅享199元", "", "five_g", "MOBILE", uses=(Use("speed", ("1000",), "1000"),),
        rules=(Rule("segment", ("gold", "diamond")),),
    )  # fmt: skip
    catalogue.design_offering(actor=shelf.actor, design=draft)
    tested = shelf.design(
        "B2000", "万兆先锋宽带2000M", "Pioneer Fibre 2000M", "broadband", "FIBRE", service="broadband",
        description="10G PON 接入，限已覆盖小区。", uses=(Use("speed", ("2000",), "2000"),), term_months=24,
        prices=(_fee("199"), _off("20", 12, "首年八折", "20 % off the first year")),
        rules=(Rule("replaces", ("B300", "B1000")), Rule("tenure", low=6)),
    )  # fmt: skip
    made = catalogue.design_offering(actor=shelf.actor, design=tested)
    catalogue.change_state(actor=shelf.actor, offering=made.public_id, to="in_test", now=shelf.now)
