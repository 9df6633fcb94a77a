"""What an item costs, in lines, and the text the customer agrees to."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.catalogue import api as catalogue
from loopline.kernel import formats
from loopline.orders.actions.checking import Checked, NotPossible
from loopline.orders.models import Kind
from loopline.orders.rules import decomposition, prices

NOTHING = Decimal(0)


def price_lines(checked: Checked) -> list[prices.Line]:
    """The lines of one item. Raises NotPossible where the options chosen do not hold."""
    kind, offering, line = checked.wanted.kind, checked.offering, checked.subscription
    if offering is None:
        lines = []
    elif kind == decomposition.REMOVE_SERVICE:
        told = prices.change(offering.monthly_fee, NOTHING, checked.on, (formats.named(offering), ""))
        lines = [each for each in told if each.kind != prices.MONTHLY]
    else:
        lines = _offered(checked, offering)
        former = line.monthly_fee if line else None
        if kind == decomposition.CHANGE_PLAN and line is not None and checked.on.day > 1 and former:
            left, of = prices.days_left(checked.on)
            name = formats.named(line.offering) if line.offering else ""
            back = -prices.part_of_month(former, checked.on)
            lines.append(prices.Line(prices.NOW, "credit", back, name, left, of))
    if checked.stocked is not None and checked.stocked.fee and kind in decomposition.WITH_NUMBER:
        lines.append(prices.Line(prices.ONCE, "number", checked.stocked.fee))
    return lines


def _offered(checked: Checked, offering: catalogue.Offering) -> list[prices.Line]:
    """What the catalogue says the offering costs. A plan that changes on the first is billed as every month."""
    options = checked.wanted.detail.get("options") or None
    told = catalogue.price_of(offering, options, checked.on)
    if told.problems:
        reason = "; ".join(catalogue.problem_text(problem) for problem in told.problems)
        raise NotPossible(field="offering", reason=reason)
    billed_later = checked.wanted.kind == decomposition.CHANGE_PLAN and checked.on.day == 1
    lines = [prices.Line(prices.MONTHLY, "fee", told.monthly, formats.named(offering))]
    for each in told.first_bill.lines:
        once = each.kind == catalogue.PriceKind.ONE_TIME
        if once or not billed_later:
            kind = prices.ONCE if once else prices.NOW
            code = "once" if once else "part"
            lines.append(
                prices.Line(kind, code, each.amount, catalogue.line_name(each), each.days, each.of_days)
            )
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
