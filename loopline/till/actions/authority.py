"""Who may give money back."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import formats
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.permission import Actor
from loopline.till import queries
from loopline.till.rules import money


class NeedsAuthority(Refusal):
    """The sum is above what a clerk gives back alone."""

    code = "needs_authority"
    status = 403
    sentence = gettext_lazy("Refunds above %(amount)s are made by a supervisor.")


def tidy(text: str) -> str:
    """A reason as it is kept: without what no text column takes, at most 500 characters."""
    return text.replace("\0", " ").strip()[:500]


def may_give(actor: Actor, amount: Decimal, method: str, reason: str) -> None:
    """Check means, reason and authority of a refund. Raises Invalid, NeedsAuthority."""
    if method not in money.METHODS:
        raise Invalid(field="method", reason=_("Please choose how it is paid."))
    if not tidy(reason):
        raise Invalid(field="reason", reason=_("Please say why."))
    limit = queries.terms().refund_limit
    if amount > limit and not actor.may("till.supervise"):
        raise NeedsAuthority(amount=formats.money(limit))
