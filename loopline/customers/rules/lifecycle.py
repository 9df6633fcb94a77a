"""Which facts move a customer from one status to another 客户状态. Every rule has a name that can be shown."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIRST_LINE, NO_LINE_LEFT, LINE_AGAIN = "first_line", "no_line_left", "line_again"
HIGH_RISK, RISK_OVER, STAYED, BY_HAND = "high_risk", "risk_over", "stayed", "by_hand"
RULES: dict[str, str | Promise] = {
    FIRST_LINE: _("The first line is in use"),
    NO_LINE_LEFT: _("No line is in use any more"),
    LINE_AGAIN: _("A line is in use again"),
    HIGH_RISK: _("The risk of leaving is high"),
    RISK_OVER: _("The risk of leaving is no longer high"),
    STAYED: _("Has stayed for 90 days after coming back"),
    BY_HAND: _("Set by hand"),
}
SETTLED = timedelta(days=90)
_SERVED = ("active", "at_risk", "won_back")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known: lines in use, lines ever had, the class of the risk of leaving ("" unknown)."""

    lines: int = 0
    ever: int = 0
    risk: str = ""


def move(status: str, facts: Facts, *, since: date | None, today: date) -> tuple[str, str] | None:
    """The next status and the rule that says so; None: the customer stays where he is."""
    settled = since is not None and today - since >= SETTLED
    steps = [
        (status == "prospect" and facts.lines > 0, "active", FIRST_LINE),
        (status == "lost" and facts.lines > 0, "won_back", LINE_AGAIN),
        (status in _SERVED and facts.ever > 0 and not facts.lines, "lost", NO_LINE_LEFT),
        (status in ("active", "won_back") and facts.risk == "high", "at_risk", HIGH_RISK),
        (status == "at_risk" and facts.risk == "low", "active", RISK_OVER),
        (status == "won_back" and settled, "active", STAYED),
    ]
    return next(((becomes, rule) for holds, becomes, rule in steps if holds), None)


def held_by_hand(reason: str, since: date | None, today: date, days: int) -> bool:
    """Whether somebody's own decision still holds against the rules."""
    return reason == BY_HAND and since is not None and today - since < timedelta(days=days)
