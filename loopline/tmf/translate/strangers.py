"""Parties that a client knows under an id of his own and we not at all.

What cannot be without an owner, such as an account, gets one: a prospect's file is opened under the foreign id, and
found again the next time the id is named.
"""

from typing import Any

from loopline.customers import api as customers
from loopline.kernel.permission import Actor
from loopline.tmf.models import Stranger


def file_of(actor: Actor, parties: list[dict[str, Any]]) -> customers.Customer:
    """The file of the first party named, which is opened where there is none."""
    first = parties[0] if parties else {}
    foreign = str(first.get("id") or first.get("name") or "?")
    known = Stranger.objects.filter(foreign_id=foreign).select_related("customer").order_by("pk").first()
    if known is not None:
        return known.customer
    kind = "person" if first.get("@referredType") == "Individual" else "organisation"
    made = open_prospect(actor, kind, str(first.get("name") or f"Party {foreign}"))
    Stranger.objects.create(customer=made, branch_id=made.branch_id, foreign_id=foreign)
    return made


def open_prospect(actor: Actor, kind: str, name: str, **known: Any) -> customers.Customer:
    """The file of somebody with whom there is no contract."""
    row = customers.create_customer(actor=actor, name=name, kind=kind, **known)
    changes: dict[str, object] = {"life_cycle": customers.LifeCycle.PROSPECT}
    return customers.change_customer(actor=actor, customer=row, version=row.version, changes=changes)
