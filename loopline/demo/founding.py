"""The demo operator before its customers: organisation, staff, catalogue."""

from dataclasses import dataclass
from decimal import Decimal

from loopline.demo import offers, organisation
from loopline.identity import api as identity
from loopline.identity.api import Role, Staff, Unit
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.stock import api as stock
from loopline.till import api as till

PASSWORD = "Loopline-demo-1"
CODE = "dongjiang"
ROLES = {"marketing_manager": "marketer", "branch_manager": "supervisor"}
"""Roles of the simulated staff that are called otherwise in the product."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account of the demo that is shown to visitors."""

    user_name: str
    role: str
    role_zh: str
    operator: str = CODE
    password: str = PASSWORD

    def __str__(self) -> str:
        return f"{self.operator} / {self.user_name} / {self.password}   {self.role} {self.role_zh}"


SIGN_INS = (
    SignIn("liqun.chen", "Administrator", "管理员"),
    SignIn("xiaoyan.lin", "Marketing manager", "营销经理"),
    SignIn("wenjing.xu", "Analyst", "分析师"),
    SignIn("siyuan.xie", "Account manager, Renmin Road", "客户经理(人民路)"),
    SignIn("ruolan.du", "Clerk, Railway New Village", "营业员(铁路新村)"),
    SignIn("haiyan.cui", "Hotline agent", "热线座席"),
)
"""One account for each desk; every other member of staff has the same password."""


def found(code: str) -> int:
    """Found the operator in a door without a tenant; afterwards the door is its own. Returns the tenant."""
    tenant = identity.found_tenant(code=code, name="东江电信", name_en="Dongjiang Telecom", root="DJ")
    actor = identity.platform_actor(tenant.pk, "demo")
    units = _add_units(actor)
    _add_staff(actor, units)
    offers.fill(actor, clock.now())
    _add_stock(actor)
    _add_tills(actor, units)
    return int(tenant.pk)


def _add_units(actor: Actor) -> dict[str, Unit]:
    made = {unit.code: unit for unit in Unit.objects.all()}
    for unit in organisation.units():
        if unit.parent is not None:
            made[unit.code] = identity.add_unit(
                actor=actor,
                parent=made[unit.parent],
                level=unit.level,
                code=unit.code,
                name=unit.name_zh,
                name_en=unit.name_en,
            )
    return made


def _add_staff(actor: Actor, units: dict[str, Unit]) -> None:
    """The first by the usual action; the others share his password's hash, which takes long to compute."""
    first, *others = organisation.staff()
    head = identity.add_staff(
        actor=actor,
        user_name=first.login,
        name=first.name_zh,
        name_en=first.name_en,
        unit=units[first.unit],
        roles=[_role(first)],
        password=PASSWORD,
    )
    rows = Staff.objects.bulk_create(
        Staff(
            user_name=each.login,
            name=each.name_zh,
            name_en=each.name_en,
            unit=units[each.unit],
            password=head.password,
        )
        for each in others
    )
    roles = {role.code: role for role in Role.objects.all()}
    for row, each in zip(rows, others, strict=True):
        row.roles.add(roles[_role(each)])


def _role(member: organisation.Member) -> str:
    return ROLES.get(member.role, member.role)


def _add_stock(actor: Actor) -> None:
    """Numbers of a segment that no operator holds, and cards for them."""
    stock.take_in_range(actor=actor, first="16005180000", last="16005189999", home="东江")
    cards = [
        (stock.with_check_digit(f"898616{kind}2600000{n:05d}"), f"46016{kind}{n:09d}", name)
        for kind, name in enumerate(("plain", "esim"))
        for n in range(1000)
    ]
    stock.load_sims(actor=actor, cards=cards)
    devices = [
        (stock.with_check_digit(f"9900010{model}{n:06d}"), name, Decimal(price))
        for model, (name, price) in enumerate((("星河 X1", "2999.00"), ("星河 Lite", "1299.00")))
        for n in range(60)
    ]
    stock.load_devices(actor=actor, devices=devices)


def _add_tills(actor: Actor, units: dict[str, Unit]) -> None:
    """A till for each branch where customers are served."""
    for code, unit in units.items():
        if unit.level == "branch":
            short = "".join(filter(str.isalnum, code))[-12:]
            till.set_up_till(actor=actor, code=short, name="一号台", unit=unit.pk)
