"""Roles that an operator had before the operational core gain the rights that it brought; what was taken away stays away."""

import json

from django.db import migrations

GAINED = {
    "administrator": [
        "cases.configure",
        "cases.supervise",
        "cases.work",
        "catalogue.design",
        "catalogue.publish",
        "catalogue.view",
        "customers.approve_export",
        "customers.duplicate",
        "customers.export_clear",
        "customers.merge",
        "customers.rules",
        "customers.stop",
        "keyaccounts.assign",
        "keyaccounts.chain",
        "keyaccounts.view",
        "keyaccounts.work",
        "orders.accept",
        "orders.release",
        "orders.view",
        "orders.visits",
        "stock.manage",
        "stock.view",
        "till.supervise",
        "till.terms",
        "till.work",
    ],
    "marketer": [
        "catalogue.design",
        "catalogue.publish",
        "catalogue.view",
    ],
    "analyst": [
        "catalogue.view",
        "keyaccounts.view",
    ],
    "account_manager": [
        "cases.work",
        "catalogue.view",
        "customers.duplicate",
        "customers.merge",
        "keyaccounts.view",
        "keyaccounts.work",
        "orders.accept",
        "orders.view",
        "stock.view",
        "till.work",
    ],
    "clerk": [
        "cases.work",
        "catalogue.view",
        "orders.accept",
        "orders.view",
        "stock.view",
        "till.work",
    ],
    "agent": [
        "cases.work",
        "catalogue.view",
        "orders.accept",
        "orders.view",
        "stock.view",
    ],
    "supervisor": [
        "cases.supervise",
        "cases.work",
        "catalogue.view",
        "customers.approve_export",
        "customers.duplicate",
        "customers.export_clear",
        "customers.merge",
        "customers.stop",
        "keyaccounts.assign",
        "keyaccounts.view",
        "keyaccounts.work",
        "orders.accept",
        "orders.release",
        "orders.view",
        "orders.visits",
        "stock.manage",
        "stock.view",
        "till.supervise",
        "till.work",
    ],
}

_GRANT = """
UPDATE identity_role SET permissions = permissions || (
  SELECT coalesce(jsonb_agg(gained), '[]'::jsonb) FROM jsonb_array_elements_text(%s::jsonb) gained
  WHERE NOT jsonb_exists(permissions, gained)) WHERE code = %s
"""


def _statements() -> list[object]:
    # The owner is under row security like everybody else, and here he speaks for all operators.
    return [
        "ALTER TABLE identity_role NO FORCE ROW LEVEL SECURITY",
        *((_GRANT, [json.dumps(gained), code]) for code, gained in GAINED.items()),
        "ALTER TABLE identity_role FORCE ROW LEVEL SECURITY",
    ]


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_sign_in_rules_and_providers")]

    operations = [migrations.RunSQL(_statements(), migrations.RunSQL.noop)]
