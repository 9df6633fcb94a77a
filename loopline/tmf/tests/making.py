"""An entity of each resource, made by a partner with the least that a POST takes."""

from typing import Any

from loopline.customers import api as customers
from loopline.testing import Operator
from loopline.tmf.engine import urls
from loopline.tmf.engine.resource import Attribute, resources
from loopline.tmf.tests.conftest import Partner, token_of

assert urls.urlpatterns

PLAIN: dict[str, Any] = {
    "string": "Zephyr",
    "number": 7.5,
    "integer": 7,
    "boolean": True,
    "date-time": "2026-05-01T00:00:00.000Z",
    "any": "Zephyr",
    "object": {"id": "z-1", "name": "Zephyr"},
    "reference": {"id": "z-1", "name": "Zephyr", "@referredType": "Organization"},
    "period": {"startDateTime": "2026-05-01T00:00:00.000Z"},
    "money": {"unit": "CNY", "value": 7.5},
    "characteristic": {"name": "colour", "value": "red"},
    "note": {"text": "Zephyr"},
}
MORE: dict[str, dict[str, Any]] = {
    "partyInteraction/partyInteraction": {"direction": "inbound"},
    "geographicSiteManagement/geographicSite": {"name": "Depot"},
    "event/topic": {"name": "alarms"},
    "productOrderingManagement/productOrder": {
        "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "z-1", "name": "Zephyr"}}]
    },
}


class Maker:
    """A partner who may do everything, and the objects that some bodies have to name."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.partner = Partner(token_of(operator, "admin", "*:read", "*:write", "*:clear"))
        with operator.door("admin") as admin:
            customers.set_policy(actor=admin, changes={"duplicates": "warn"})

    def address(self, path: str) -> str:
        resource = resources[path]
        return f"/tmf-api/{resource.api}/v4/{resource.name}"

    def body(self, path: str) -> dict[str, Any]:
        """The least that a POST takes."""
        required = [
            each
            for each in resources[path].attributes
            if each.required and each.settable and each.default is None
        ]
        plain = {each.name: _value(each) for each in required}
        return plain | MORE.get(path, {}) | self._named(path)

    def made(self, path: str, **more: Any) -> dict[str, Any]:
        return self.partner.made(self.address(path), **(self.body(path) | more))

    def _named(self, path: str) -> dict[str, Any]:
        if path == "productOrderingManagement/cancelProductOrder":
            return {"productOrder": {"id": self.made("productOrderingManagement/productOrder")["id"]}}
        if path == "customerBillManagement/customerBillOnDemand":
            return {"billingAccount": {"id": self.made("accountManagement/billingAccount")["id"]}}
        return {}


def _value(attribute: Attribute) -> Any:
    value = attribute.among[0] if attribute.among else PLAIN[attribute.shape]
    return [value] if attribute.kind.endswith("[]") else value
