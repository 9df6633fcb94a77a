"""What an item costs, in lines, and the text the customer agrees to."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loopline.catalogue import api as catalogue
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.orders.actions.checking import Checked, NotPossible
from loopline.orders.bindings import bindings
from loopline.orders.models import Kind
from loopline.orders.rules import decomposition, prices
from loopline.subscriptions import api as subscriptions

NOTHING = Decimal(0)


def price_lines(actor: Actor, checked: Checked) -> list[prices.Line]:
    """The lines of one item. Raises NotPossible where the options chosen do not hold."""
    kind, offering, line = checked.wanted.kind, checked.offering, checked.subscription
    lines: list[prices.Line] = []
    if offering is not None and kind == decomposition.REMOVE_SERVICE:
        lines = _back(offering.monthly_fee, offering, checked.on)
    elif offering is not None:
        lines = _offered(checked, offering)
        if kind == decomposition.CHANGE_PLAN and line is not None:
            lines += _back(line.monthly_fee or NOTHING, line.offering, checked.on)
    if checked.stocked is not None and checked.stocked.fee and kind in decomposition.WITH_NUMBER:
        lines.append(prices.Line(prices.ONCE, "number", checked.stocked.fee))
    return lines + [line for binding in bindings for line in binding.lines(actor, checked)]


def _back(fee: Decimal, offering: catalogue.Offering | None, on: date) -> list[prices.Line]:
    """The part of a month that was charged and will not be used; nothing on the first of a month."""
    if on.day == 1 or not fee:
        return []
    left, of = prices.days_left(on)
    name, name_en = _names(offering)
    return [prices.Line(prices.NOW, "credit", -prices.part_of_month(fee, on), name, name_en, left, of)]


def _offered(checked: Checked, offering: catalogue.Offering) -> list[prices.Line]:
    """What the catalogue says the offering costs. A plan that changes on the first is billed as every month."""
    options = checked.wanted.detail.get("options") or None
    told = catalogue.price_of(offering, options, checked.on)
    if told.problems:
        reason = "; ".join(catalogue.problem_text(problem) for problem in told.problems)
        raise NotPossible(field="offering", reason=reason)
    billed_later = checked.wanted.kind == decomposition.CHANGE_PLAN and checked.on.day == 1
    name, name_en = _names(offering)
    if not told.first_bill.lines and offering.monthly_fee:
        return _by_fee(offering, checked.on, billed_later=billed_later)
    lines = [prices.Line(prices.MONTHLY, "fee", told.monthly, name, name_en)]
    for each in told.first_bill.lines:
        once = each.kind == catalogue.PriceKind.ONE_TIME
        if once or not billed_later:
            kind, code = (prices.ONCE, "once") if once else (prices.NOW, "part")
            lines.append(
                prices.Line(kind, code, each.amount, each.name, each.name_en, each.days, each.of_days)
            )
    return lines


def _by_fee(offering: catalogue.Offering, on: date, *, billed_later: bool) -> list[prices.Line]:
    """An offering without prices of its own, as imports bring it, costs its monthly fee."""
    name, name_en = _names(offering)
    lines = [prices.Line(prices.MONTHLY, "fee", offering.monthly_fee, name, name_en)]
    if not billed_later:
        left, of = prices.days_left(on)
        part = prices.part_of_month(offering.monthly_fee, on)
        lines.append(prices.Line(prices.NOW, "part", part, name, name_en, left, of))
    return lines


def _names(offering: catalogue.Offering | None) -> tuple[str, str]:
    return (offering.name, offering.name_en or offering.name) if offering else ("", "")


def agreement(checked: list[Checked], lines: list[list[prices.Line]], totals: prices.Totals) -> str:
    """What the customer agrees to, in sentences, one on each line."""
    told = []
    for item, priced in zip(checked, lines, strict=True):
        name = formats.named(item.offering) if item.offering else ""
        told.append(f"{Kind(item.wanted.kind).label}{': ' + name if name else ''}, {formats.day(item.on)}")
        if item.offering is not None and item.offering.term_months:
            told.append(_bound(item.offering.term_months))
        told += _shared(item)
        if item.stocked is not None and item.stocked.minimum_spend:
            told.append(
                _("For this number at least %(amount)s a month is spent for %(months)s months.")
                % {"amount": formats.money(item.stocked.minimum_spend), "months": item.stocked.term_months}
            )
        told += [sentence for line in priced if (sentence := _promise(line))]
    told.append(
        _("Due now %(now)s, then %(monthly)s a month.")
        % {"now": formats.money(totals.due_now), "monthly": formats.money(totals.monthly)}
    )
    return "\n".join(told)


def _promise(line: prices.Line) -> str:
    """What a line of the price means beyond its sum."""
    sentences = {
        "deposit": _("A deposit of %(amount)s is held; it is given back or set off when the line is closed."),
        "instalment": _("The device is paid with %(amount)s a month for %(count)s months; what is left falls due "
                        "when the line is closed."),
        "termination": _("The contract ends early: %(amount)s for %(count)s months that are left."),
    }  # fmt: skip
    if line.code not in sentences:
        return ""
    return sentences[line.code] % {"amount": formats.money(line.amount), "count": line.days}


def _shared(item: Checked) -> list[str]:
    """Who pays for a secondary line, and what becomes of those that share when their primary line goes."""
    kind, line = item.wanted.kind, item.subscription
    if kind == decomposition.SHARE:
        own = item.wanted.detail.get("payer") == "own"
        payer = _("it pays for itself") if own else _("the primary line pays for it")
        return [_("The line shares the allowance of the primary line; %(payer)s.") % {"payer": payer}]
    if kind in (decomposition.CLOSE, decomposition.PORT_OUT) and line is not None:
        count = subscriptions.members_of(line.pk)
        if count:
            return [
                ngettext(
                    "%(count)s secondary line loses the shared allowance and pays for itself.",
                    "%(count)s secondary lines lose the shared allowance and pay for themselves.",
                    count,
                )
                % {"count": count}
            ]
    return []


def _bound(months: int) -> str:
    return ngettext("Bound for %(months)s month.", "Bound for %(months)s months.", months) % {
        "months": months
    }
