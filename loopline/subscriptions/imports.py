"""The import target "customer base": each row is a customer with account and subscription."""

from django.utils.translation import gettext_lazy as _

from loopline.imports import api as imports
from loopline.subscriptions.base_fields import customer_base_fields
from loopline.subscriptions.base_rows import CustomerBase

imports.add_reasons(
    {
        "unknown_branch": _("there is no unit with this code"),
        "branch_out_of_reach": _("this unit is not within what you may write to"),
        "elsewhere": _("this customer belongs to a unit that is not within what you may write to"),
        "number_in_use": _("the number is in use by another customer (%(card)s): suspected duplicate"),
        "number_twice": _("row %(row)s has the same number for another customer: suspected duplicate"),
        "document_known": _("another customer has this document (%(card)s): suspected duplicate"),
        "document_twice": _("row %(row)s has the same document for another customer: suspected duplicate"),
        "months_out_of_range": _("between 0 and 1,200 months are expected"),
    }
)
imports.register(
    imports.Target(
        name="customer_base",
        label=_("Customer base"),
        permission="customers.import",
        fields=customer_base_fields,
        writer=CustomerBase,
        identity=("subscription_key", "customer_key"),
    )
)
