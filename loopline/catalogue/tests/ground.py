"""Offerings for tests."""

from decimal import Decimal
from typing import Any

from loopline.catalogue import api as catalogue
from loopline.catalogue.api import Design, Offering, PriceDesign, PriceFact
from loopline.kernel import clock
from loopline.kernel.permission import Actor


def fee(amount: str = "99", **more: Any) -> PriceDesign:
    """A monthly fee."""
    return PriceDesign(
        PriceFact(kind="recurring", name="月租", name_en="Monthly fee", amount=Decimal(amount), **more)
    )


def specification(actor: Actor, code: str = "MOBILE") -> catalogue.Specification:
    """A product without options."""
    given = catalogue.SpecificationInput(code=code, name="移动业务", name_en="Mobile", service="mobile")
    return catalogue.add_specification(actor=actor, given=given)


def design(code: str = "M99", **more: Any) -> Design:
    """A plan that lacks only its specification."""
    return Design(**{"code": code, "name": "畅享99", "name_en": "Enjoy 99", "prices": (fee(),)} | more)


def launched(actor: Actor, code: str = "M99", **more: Any) -> Offering:
    """An offering on sale."""
    found = catalogue.Specification.objects.filter(code="MOBILE").first() or specification(actor)
    made = catalogue.design_offering(actor=actor, design=design(code, specification=found.public_id, **more))
    for state in ("in_test", "active", "launched"):
        made = catalogue.change_state(actor=actor, offering=made.public_id, to=state, now=clock.now())
    return made
