"""An operator for conformance kits: small, with a row of everything that kits only read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loopline.billing import api as billing
from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.demo.founding import PASSWORD
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.kernel.scope import NOBODY, Scope, enter
from loopline.subscriptions import api as subscriptions
from loopline.tmf import api as tmf

USER = "kit"
CUSTOMER = "Moon Football Club"
NUMBER = "+8613800138000"
MONTH = date(2026, 1, 1)
PLAN = "KIT-99"
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
    """Each thing is made where it is missing: an operator of an older version gets what newer kits read."""
    # The kits post the same body twice.
    customers.set_policy(actor=actor, changes={"duplicates": "warn"})
    for name in MEDIA:
        tmf.ensure_kept(actor=actor, path="accountManagement/billPresentationMedia", name=name)
    plan = Offering.objects.filter(code=PLAN, is_sold=True).first() or Offering.objects.create(
        code=PLAN, name="畅享 99", name_en="Free 99", monthly_fee=Decimal(99)
    )
    customer = _customer(actor)
    if not customers.addresses(actor).filter(customer=customer, kind="installation").exists():
        customers.add_address(
            actor=actor,
            customer=customer,
            kind="installation",
            region=REGION,
            street=STREET,
            postcode="215006",
        )
    if not subscriptions.subscriptions(actor).exists():
        _line_with_a_bill(actor, customer, plan)
    if not interactions.interactions(actor).filter(customer=customer, inbound=False).exists():
        _message(actor, customer)


def _customer(actor: Actor) -> customers.Customer:
    found = customers.Customer.objects.filter(name=CUSTOMER, kind="organisation").order_by("pk").first()
    if found is not None:
        return found
    root = identity.Unit.objects.get(code="CTK")
    return customers.create_customer(
        actor=actor, name=CUSTOMER, kind="organisation", branch_id=root.pk, telephone=NUMBER
    )


def _message(actor: Actor, customer: customers.Customer) -> None:
    now = clock.now()
    interactions.record_interaction(
        actor=actor,
        customer=customer.pk,
        branch=customer.branch_id,
        kind=interactions.InteractionKind.NOTE,
        channel=interactions.Channel.SMS,
        at=now,
        on=clock.local_day(now, actor.zone),
        inbound=False,
        topic="Your bill",
        summary="Your bill of January is ready.",
    )


def _line_with_a_bill(actor: Actor, customer: customers.Customer, plan: Offering) -> None:
    account = customers.accounts(actor).filter(customer=customer).order_by("pk")[0]
    who = {"customer_id": [customer.pk], "branch_id": [customer.branch_id], "account_id": [account.pk]}
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
