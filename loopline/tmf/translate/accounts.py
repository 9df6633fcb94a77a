"""Accounts and money as the Open APIs write them."""

from decimal import Decimal
from typing import Any

from loopline.customers import api as customers
from loopline.tmf.engine import View


def account_ref(account: customers.Account, view: View) -> dict[str, str]:
    """A reference to an account that pays."""
    return {
        "id": str(account.public_id),
        "href": view.href("accountManagement", "billingAccount", account.public_id),
        "name": account.name or account.number,
        "@referredType": "BillingAccount",
    }


def money(amount: Decimal, view: View) -> dict[str, Any]:
    """An amount in the operator's currency."""
    return {"unit": view.actor.currency, "value": amount}
