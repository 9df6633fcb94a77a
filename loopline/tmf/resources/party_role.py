"""TMF669: what a party is to the operator besides a customer, such as a supplier or dealer; kept as it is sent."""

from loopline.tmf.engine import REQUIRED_NAME, keep, kept

keep(
    "partyRoleManagement",
    "partyRole",
    REQUIRED_NAME,
    *kept("string", "status statusReason"),
    *kept("reference", "engagedParty"),
    *kept("reference[]", "relatedParty account agreement paymentMethod"),
    *kept("characteristic[]", "characteristic"),
    *kept("object[]", "contactMedium creditProfile"),
    *kept("period", "validFor"),
    see="customers.view",
    edit="customers.edit",
    about="The part that a party plays.",
)
