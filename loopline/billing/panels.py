"""What a customer uses, and what he pays and owes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loopline.billing import queries
from loopline.billing.queries import BilledMonth, Paid, UsedMonth
from loopline.billing.rules.arrears import Arrears
from loopline.customers.panels import HAVE, USE, Panel, Subject, panels
from loopline.kernel import clock, formats
from loopline.kernel.period import add_months

GIGABYTE = 1024
SHOWN_MONTHS = 12
METHODS = {
    "cash": gettext_lazy("Cash"),
    "bank_debit": gettext_lazy("Direct debit"),
    "wechat": gettext_lazy("WeChat Pay"),
    "alipay": gettext_lazy("Alipay"),
    "card": gettext_lazy("Bank card"),
}


@dataclass(frozen=True, slots=True)
class UseFacts:
    """Usage of the latest twelve months, oldest first."""

    months: list[UsedMonth]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the change against the three months before."""

    label: str
    value: str
    delta: str
    direction: str


@dataclass(frozen=True, slots=True)
class UsePanel:
    """Usage as figures and a chart."""

    title: str
    note: str
    figures: list[Figure]
    chart: dict[str, Any]
    summary: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class PayFacts:
    """Bills and payments by month (oldest first), what is owed by age, and the newest payments."""

    bills: list[BilledMonth]
    paid: dict[str, Decimal]
    arrears: Arrears
    payments: list[Paid]


@dataclass(frozen=True, slots=True)
class Age:
    """Arrears of one age."""

    label: str
    amount: str
    open: bool


@dataclass(frozen=True, slots=True)
class PayPanel:
    """Bills, payments and arrears."""

    title: str
    owed: str
    owed_label: str
    tone: str
    average: str
    last_payment: str
    ages: list[Age]
    chart: dict[str, Any]
    summary: str
    columns: list[str]
    rows: list[list[str]]


RECENT = 4
"""Payments that are shown one by one."""


def gather_use(subject: Subject) -> UseFacts | None:
    """Usage by month, in one query."""
    months = queries.used_months(subject.files)
    return UseFacts(months) if months else None


def show_use(subject: Subject, facts: UseFacts) -> UsePanel:
    """Bars for data, a line for minutes; the figures beneath it as a table."""
    months = facts.months
    labels = [formats.month(used.month) for used in months]
    short = [_short(used.month) for used in months]
    volumes = [round(used.data_mb / GIGABYTE, 1) for used in months]
    minutes = [used.minutes for used in months]
    return UsePanel(
        title=_("What they use"),
        note=_("latest %(count)s months") % {"count": len(months)},
        figures=[
            _figure(_("Data"), volumes, "GB", 1),
            _figure(_("Calls"), minutes, _("min"), 0),
            _figure(_("To competitors"), [used.minutes_competitor for used in months], _("min"), 0),
        ],
        chart=_two_axes(short, (_("Data, GB"), volumes), (_("Calls, min"), minutes)),
        summary=_("Data and minutes by month"),
        columns=[
            _("Month"),
            _("Data, GB"),
            _("Calls, min"),
            _("To competitors, min"),
            _("Messages"),
            _("Faults"),
        ],
        rows=[
            [
                label,
                formats.number(volume, 1),
                *map(formats.number, (used.minutes, used.minutes_competitor, used.messages, used.faults)),
            ]
            for label, volume, used in zip(labels, volumes, months, strict=True)
        ][::-1],
    )


def gather_pay(subject: Subject) -> PayFacts | None:
    """Bills and payments, a query each."""
    bills = queries.billed_months(subject.files)
    payments = queries.payments(subject.files)
    if not bills and not payments:
        return None
    paid = queries.paid_by_month(payments)
    owed = queries.arrears_of(bills, sum(paid.values(), Decimal(0)), clock.today(subject.actor.zone))
    months = {month.isoformat(): amount for month, amount in sorted(paid.items())}
    return PayFacts(bills, months, owed, payments[:RECENT])


def show_pay(subject: Subject, facts: PayFacts) -> PayPanel:
    """Billed and paid as bars beside each other, arrears by age."""
    paid = {date.fromisoformat(month): amount for month, amount in facts.paid.items()}
    billed = {bill.month: bill.amount for bill in facts.bills}
    months = _last_months([*paid, *billed])
    labels = [formats.month(month) for month in months]
    owed = facts.arrears
    recent = [bill.amount for bill in facts.bills[-3:]]
    last = facts.payments[0] if facts.payments else None
    return PayPanel(
        title=_("What they pay and owe"),
        owed=formats.money(owed.overdue or owed.not_due),
        owed_label=_("overdue")
        if owed.overdue
        else _("open, not yet due")
        if owed.not_due
        else _("nothing open"),
        tone="bad" if sum(owed.by_age[1:]) else "warn" if owed.overdue else "good",
        average=formats.money(sum(recent, Decimal(0)) / len(recent)) if recent else "–",
        last_payment=_payment(last),
        ages=_ages(owed),
        chart=_bars(
            [_short(month) for month in months],
            (_("Billed"), [float(billed.get(month, 0)) for month in months]),
            (_("Paid"), [float(paid.get(month, 0)) for month in months]),
        ),
        summary=_("Billed and paid by month"),
        columns=[_("Month"), _("Billed"), _("Paid")],
        rows=[
            [label, formats.money(billed.get(month)), formats.money(paid.get(month))]
            for label, month in zip(labels, months, strict=True)
        ][::-1],
    )


def _payment(last: Paid | None) -> str:
    if last is None:
        return "–"
    method = str(METHODS.get(last.method, last.method))
    return f"{formats.money(last.amount)} · {formats.day(last.paid_on)}" + (f" · {method}" if method else "")


def _ages(owed: Arrears) -> list[Age]:
    labels = ["0–30", "31–60", "61–90", "91–180", "> 180"]
    return [
        Age(label, formats.money(amount) if amount else "–", bool(amount))
        for label, amount in zip(labels, owed.by_age, strict=True)
    ]


def _figure(label: str, values: list[Any], unit: str, places: int) -> Figure:
    latest, before = values[-1], values[-4:-1]
    usual = sum(before) / len(before) if before else 0
    change = (latest - usual) / usual if usual else 0.0
    direction = "flat" if abs(change) < 0.05 else "up" if change > 0 else "down"
    delta = (
        f"{'+' if change > 0 else '−'}{formats.percent(abs(change), 0)}"
        if usual and direction != "flat"
        else ""
    )
    return Figure(label, f"{formats.number(latest, places)} {unit}", delta, direction)


def _short(month: date) -> str:
    """The month alone, for an axis; January with its year."""
    if month.month == 1:
        return str(month.year)
    return str(format_date(month, "LLL", locale=(get_language() or "en").replace("-", "_")))


def _last_months(known: list[date]) -> list[date]:
    last = max(known)
    first = max(min(known), add_months(last, 1 - SHOWN_MONTHS))
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return months


def _two_axes(labels: list[str], bars: tuple[str, list[Any]], line: tuple[str, list[Any]]) -> dict[str, Any]:
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": [{"type": "value"}, {"type": "value", "splitLine": {"show": False}}],
        "series": [
            {"type": "bar", "name": bars[0], "data": bars[1]},
            {"type": "line", "name": line[0], "data": line[1], "yAxisIndex": 1},
        ],
    }


def _bars(labels: list[str], *series: tuple[str, list[float]]) -> dict[str, Any]:
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value"},
        "series": [{"type": "bar", "name": name, "data": values, "barGap": "10%"} for name, values in series],
    }


panels.add("use", Panel(USE, "billing/use.html", gather_use, show_use), order=10)
# Beside what they have: both columns then end above the fold.
panels.add("pay", Panel(HAVE, "billing/pay.html", gather_pay, show_pay), order=20)
