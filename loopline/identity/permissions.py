"""Every permission, and the roles an operator starts with."""

from django.utils.translation import gettext_lazy as _

PERMISSIONS = {
    "customers.view": _("See customers"),
    "customers.reveal": _("Show masked personal data"),
    "customers.edit": _("Change customers"),
    "customers.import": _("Import files"),
    "customers.duplicate": _("Open a second file of a customer"),
    "customers.merge": _("Merge customer files"),
    "customers.stop": _("Stop serving a customer"),
    "customers.rules": _("Decide how customer files are kept"),
    "customers.export_clear": _("Ask for an export in clear"),
    "customers.approve_export": _("Approve an export in clear"),
    "customers.erase": _("Erase a person's data"),
    "customers.walk_in": _("Open a customer of another branch"),
    "catalogue.view": _("See the catalogue"),
    "catalogue.design": _("Design offers"),
    "catalogue.publish": _("Put offers on sale and retire them"),
    "campaigns.view": _("See campaigns"),
    "campaigns.plan": _("Plan and start campaigns"),
    "orders.view": _("See orders"),
    "orders.accept": _("Accept and change orders"),
    "orders.release": _("Release held orders and decide on failed ones"),
    "stock.view": _("See numbers, SIM cards and devices"),
    "stock.manage": _("Load and block stock"),
    "tasks.work": _("Work on tasks"),
    "retention.view": _("See the value × risk matrix"),
    "mining.view": _("See models"),
    "mining.run": _("Train models and score"),
    "warehouse.view": _("See the warehouse"),
    "warehouse.refresh": _("Refresh the warehouse"),
    "messaging.publish": _("Publish notices"),
    "administration.staff": _("Manage staff and roles"),
    "administration.organisation": _("Manage the organisation tree"),
    "administration.jobs": _("See background work"),
    "administration.audit": _("See the audit"),
}

AREAS = {
    "customers": _("Customers"),
    "campaigns": _("Campaigns"),
    "tasks": _("Tasks"),
    "retention": _("Retention"),
    "mining": _("Mining"),
    "warehouse": _("Warehouse"),
    "messaging": _("Messages"),
    "administration": _("Administration"),
    "catalogue": _("Catalogue"),
    "orders": _("Orders"),
    "stock": _("Stock"),
    "cases": _("Tickets"),
}
"""What the first part of a permission's code means."""

_CLERK = [
    "customers.view",
    "customers.reveal",
    "customers.edit",
    "customers.walk_in",
    "orders.view",
    "orders.accept",
    "stock.view",
    "catalogue.view",
    "tasks.work",
]
_SUPERVISOR = [
    "orders.release",
    "stock.manage",
    "campaigns.view",
    "retention.view",
    "messaging.publish",
    "customers.duplicate",
    "customers.merge",
    "customers.stop",
    "customers.export_clear",
    "customers.approve_export",
]
_MARKETER = [
    "customers.view",
    "catalogue.view",
    "catalogue.design",
    "catalogue.publish",
    "campaigns.view",
    "campaigns.plan",
    "retention.view",
    "mining.view",
    "warehouse.view",
    "tasks.work",
]

ROLES: dict[str, tuple[str, str, list[str]]] = {
    "administrator": ("管理员", "Administrator", sorted(PERMISSIONS)),
    "marketer": ("营销经理", "Marketing manager", [*_MARKETER, "messaging.publish", "customers.import"]),
    "analyst": (
        "分析师",
        "Analyst",
        [
            "customers.view",
            "catalogue.view",
            "campaigns.view",
            "retention.view",
            "mining.view",
            "mining.run",
            "warehouse.view",
            "warehouse.refresh",
            "customers.import",
            "tasks.work",
        ],
    ),
    "account_manager": (
        "客户经理",
        "Account manager",
        [*_CLERK, "campaigns.view", "retention.view", "customers.duplicate", "customers.merge"],
    ),
    "clerk": ("营业员", "Clerk", _CLERK),
    "agent": ("座席", "Agent", _CLERK),
    "supervisor": (
        "班长",
        "Supervisor",
        [*_CLERK, *_SUPERVISOR],
    ),
}
"""Code → (Chinese name, English name, permissions)."""
