"""What is done in each cell of the value × risk matrix."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Strategy:
    """The strategy of a cell: its name, what is done, and the channel and control share to begin with."""

    name: str | Promise
    text: str | Promise
    icon: str
    channel: str


STRATEGIES: dict[tuple[str, str], Strategy] = {
    ("high", "high"): Strategy(
        _("Named retention"),
        _("A call by the account manager with an offer within his authority."),
        "phone-outgoing",
        "call",
    ),
    ("high", "low"): Strategy(
        _("Care"),
        _("Free them from pressure, give privileges, no discount."),
        "heart-handshake",
        "wechat",
    ),
    ("low", "high"): Strategy(
        _("Cheap channels"),
        _("Messages instead of calls; let go what does not pay."),
        "message-2",
        "sms",
    ),
    ("low", "low"): Strategy(
        _("Grow"),
        _("Recommend what fits their use."),
        "trending-up",
        "sms",
    ),
}
"""By (value class, risk class), as the trade does it; an operator's own words may replace them later."""

CONTROL_SHARE = 20
"""Per cent kept as control group unless somebody decides otherwise."""
