"""What lines tell of many customers at once: how many are in use, and who pays for whom."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, F, Q

from loopline.subscriptions.models import LEFT, Subscription

SAME_PAYER = "same_payer"


def lines(customer_ids: Sequence[int]) -> Mapping[int, Mapping[str, object]]:
    """Customer → `lines` in use and lines `ever` had, in one query."""
    rows = Subscription.objects.filter(customer_id__in=customer_ids).values("customer_id")
    counted = rows.annotate(ever=Count("id"), lines=Count("id", filter=~Q(state__in=LEFT)))
    return {row["customer_id"]: {"ever": row["ever"], "lines": row["lines"]} for row in counted.order_by()}


def payers(files: Sequence[int]) -> Mapping[int, str]:
    """Customers whose lines are paid by accounts of these, and those who pay for lines of these."""
    crossed = Subscription.objects.exclude(customer_id=F("account__customer_id"))
    paid = crossed.filter(account__customer_id__in=files).values_list("customer_id", flat=True)
    paying = crossed.filter(customer_id__in=files).values_list("account__customer_id", flat=True)
    return dict.fromkeys([*paid[:10], *paying[:10]], SAME_PAYER)
