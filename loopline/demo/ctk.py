"""An operator for conformance kits: small, with a row of everything that kits only read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loopline.billing import api as billing
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.demo.founding import PASSWORD
from loopline.identity import api as identity
from loopline.kernel.permission import Actor
from loopline.kernel.scope import NOBODY, Scope, enter
from loopline.subscriptions import api as subscriptions
from loopline.tmf import api as tmf

USER = "kit"
CUSTOMER = "Moon Football Club"
NUMBER = "+8613800138000"
MONTH = date(2026, 1, 1)
REGION, STREET = "江苏省苏州市姑苏区", "人民路12号3幢2层201室"
MEDIA = ("Paper", "E-mail", "App")


@dataclass(frozen=True, slots=True)
class Ready:
    """An operator ready for kits, and how to reach it."""

    tenant: int
    code: str
    user: str
    password: str
    token: str


def found_ctk(code: str = "ctk") -> Ready:
    """Found the operator, or bring what it lacks; either way with a new token of its administrator."""
    with enter(NOBODY):
        tenant = identity.find_tenant(code) or _found(code)
    with enter(Scope(tenant)):
        staff = identity.Staff.objects.get(user_name=USER)
        actor = identity.platform_actor(tenant, "ctk")
        _furnish(actor)
        token = identity.issue_token(
            staff=staff, label="conformance kits", scopes=["*:read", "*:write", "*:clear"]
        )
    return Ready(tenant, code, USER, PASSWORD, token)


def _found(code: str) -> int:
    tenant = identity.found_tenant(code=code, name="一致性测试", name_en="Conformance", root="CTK")
    actor = identity.platform_actor(tenant.pk, "ctk")
    root = identity.Unit.objects.get(code="CTK")
    identity.add_staff(
        actor=actor,
        user_name=USER,
        name="测试员",
        name_en="Kit",
        unit=root,
        roles=["administrator"],
        password=PASSWORD,
    )
    return int(tenant.pk)


def _furnish(actor: Actor) -> None:
    customers.set_policy(actor=actor, changes={"duplicates": "warn"})
    for name in MEDIA:
        tmf.ensure_kept(actor=actor, path="accountManagement/billPresentationMedia", name=name)
    if subscriptions.subscriptions(actor).exists():
        return
    plan = Offering.objects.create(code="KIT-99", name="畅享 99", name_en="Free 99", monthly_fee=Decimal(99))
    root = identity.Unit.objects.get(code="CTK")
    # The kits post the same body twice.
    customers.set_policy(actor=actor, changes={"duplicates": "warn"})
    made = customers.create_customer(
        actor=actor, name=CUSTOMER, kind="organisation", branch_id=root.pk, telephone=NUMBER
    )
    customers.add_address(
        actor=actor, customer=made, kind="installation", region=REGION, street=STREET, postcode="215006"
    )
    account = customers.accounts(actor).filter(customer=made).order_by("pk")[0]
    who = {"customer_id": [made.pk], "branch_id": [root.pk], "account_id": [account.pk]}
    line = {
        "number": [NUMBER],
        "offering_id": [plan.pk],
        "monthly_fee": [plan.monthly_fee],
        "started_on": [MONTH],
        "source_key": ["kit-1"],
    }
    lines = subscriptions.write_subscriptions(who | line, source="ctk")
    amounts = {
        "monthly_fee": [Decimal(99)],
        "usage_charge": [Decimal(1)],
        "discount": [Decimal(0)],
        "amount": [Decimal(100)],
    }
    billing.write_bills(
        who | amounts | {"subscription_id": lines.ids, "month": [MONTH], "due_on": [MONTH.replace(day=20)]}
    )
