"""Reading what a customer used, was billed and paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet, Sum

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.billing.rules.arrears import Arrears, arrears
from loopline.kernel.postgres.compiled import Compiled, Given

MONTHS = 12


@dataclass(frozen=True, slots=True)
class UsedMonth:
    """All subscriptions of a customer in a month: minutes, those to competitors, megabytes, messages, faults."""

    month: date
    minutes: int
    minutes_competitor: int
    data_mb: int
    messages: int
    roaming_days: int
    faults: int


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """All bills of a customer for a month."""

    month: date
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment."""

    paid_on: date
    amount: Decimal
    method: str


_USED = ("minutes", "minutes_competitor", "data_mb", "messages", "roaming_days", "faults")


def used_months(files: Sequence[int]) -> list[UsedMonth]:
    """The latest twelve months with usage, oldest first."""
    return [UsedMonth(*row) for row in _used(files=list(files))][::-1]


@Compiled
def _used() -> QuerySet[MonthlyUsage, Any]:
    rows = MonthlyUsage.objects.filter(customer_id__any_of=Given("files")).values("month")
    sums = {f"sum_{name}": Sum(name) for name in _USED}
    return rows.annotate(**sums).order_by("-month").values_list("month", *sums)[:MONTHS]


def billed_months(files: Sequence[int]) -> list[BilledMonth]:
    """Every month billed, oldest first."""
    return [BilledMonth(*row) for row in _billed(files=list(files))]


@Compiled
def _billed() -> QuerySet[Bill, tuple[date, date, Decimal]]:
    rows = Bill.objects.filter(customer_id__any_of=Given("files")).values("month")
    summed = rows.annotate(due=Max("due_on"), total=Sum("amount")).order_by("month")
    return summed.values_list("month", "due", "total")


def payments(files: Sequence[int]) -> list[Paid]:
    """Every payment, the newest first."""
    return [Paid(*row) for row in _paid(files=list(files))]


@Compiled
def _paid() -> QuerySet[Payment, tuple[date, Decimal, str]]:
    rows = Payment.objects.filter(customer_id__any_of=Given("files")).order_by("-paid_on", "-id")
    return rows.values_list("paid_on", "amount", "method")


def paid_by_month(paid: list[Paid]) -> dict[date, Decimal]:
    """What was paid in each calendar month, by its first day."""
    sums: dict[date, Decimal] = {}
    for each in paid:
        month = each.paid_on.replace(day=1)
        sums[month] = sums.get(month, Decimal(0)) + each.amount
    return sums


def arrears_of(bills: list[BilledMonth], paid: Decimal, today: date) -> Arrears:
    """What is owed, by age."""
    return arrears([(bill.due_on, bill.amount) for bill in bills], paid, today)


def overdue_of(files: Sequence[int], today: date) -> Decimal:
    """What a customer owes past its due date; `files` are his and those merged into his."""
    paid = Payment.objects.filter(customer_id__in=files).aggregate(sum=Sum("amount"))["sum"]
    return arrears_of(billed_months(files), paid or Decimal(0), today).overdue
