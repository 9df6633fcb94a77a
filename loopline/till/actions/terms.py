"""The operator decides about refunds and about leaving a contract early."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.till.events import TermsChanged
from loopline.till.models import Terms

BOUNDS = {"refund_limit": (0, 10**6), "rate": (0, 1), "most_months": (0, 36)}
"""How far the figures may go."""


def set_terms(*, actor: Actor, changes: Mapping[str, object]) -> Terms:
    """Decide `refund_limit`, `rate` (a share of the monthly fee) or `most_months`. Raises Invalid."""
    require(actor, "till.terms")
    row = Terms.objects.select_for_update().order_by("id").first() or Terms()
    told: dict[str, list[str]] = {}
    for field, value in changes.items():
        wanted = _checked(field, value)
        if getattr(row, field) != wanted:
            told[field] = [str(getattr(row, field)), str(wanted)]
            setattr(row, field, wanted)
    if told:
        row.save()
        record(TermsChanged(changes=told), about=row, by=actor)
    return row


def _checked(field: str, value: object) -> Decimal | int:
    least, most = BOUNDS[field]
    try:
        wanted = Decimal(str(value).strip())
    except InvalidOperation:
        wanted = Decimal(-1)
    if not (wanted.is_finite() and least <= wanted <= most):
        raise Invalid(
            field=field, reason=_("A number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
    return int(wanted) if field == "most_months" else wanted
