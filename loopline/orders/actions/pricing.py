"""What an item costs, in lines, and the text the customer agrees to."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.kernel import formats
from loopline.orders.actions.checking import Checked
from loopline.orders.models import Kind
from loopline.orders.rules import decomposition, prices


def price_lines(checked: Checked) -> list[prices.Line]:
    """The lines of one item."""
    kind, offering, line = checked.wanted.kind, checked.offering, checked.subscription
    name = formats.named(offering) if offering else ""
    fee = offering.monthly_fee if offering else Decimal(0)
    if kind == decomposition.CHANGE_PLAN and line is not None:
        former = line.monthly_fee if line.monthly_fee is not None else Decimal(0)
        former_name = formats.named(line.offering) if line.offering else ""
        return prices.change(former, fee, checked.on, (former_name, name))
    if kind == decomposition.REMOVE_SERVICE:
        return [
            line
            for line in prices.change(fee, Decimal(0), checked.on, (name, ""))
            if line.kind != prices.MONTHLY
        ]
    lines = prices.opening(fee, checked.on, name) if kind in decomposition.WITH_OFFERING else []
    if checked.stocked is not None and checked.stocked.fee and kind in decomposition.WITH_NUMBER:
        lines.append(prices.Line(prices.ONCE, "number", checked.stocked.fee, checked.number))
    return lines


def agreement(checked: list[Checked], totals: prices.Totals) -> str:
    """What the customer agrees to, in sentences, one on each line."""
    told = []
    for item in checked:
        name = formats.named(item.offering) if item.offering else ""
        told.append(f"{Kind(item.wanted.kind).label}{': ' + name if name else ''}, {formats.day(item.on)}")
        if item.offering is not None and item.offering.term_months:
            told.append(_bound(item.offering.term_months))
        if item.stocked is not None and item.stocked.minimum_spend:
            told.append(
                _("For this number at least %(amount)s a month is spent for %(months)s months.")
                % {"amount": formats.money(item.stocked.minimum_spend), "months": item.stocked.term_months}
            )
    told.append(
        _("Due now %(now)s, then %(monthly)s a month.")
        % {"now": formats.money(totals.due_now), "monthly": formats.money(totals.monthly)}
    )
    return "\n".join(told)


def _bound(months: int) -> str:
    return ngettext("Bound for %(months)s month.", "Bound for %(months)s months.", months) % {
        "months": months
    }
