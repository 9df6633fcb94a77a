"""The occasions of some customers on a day: one query for each kind, however many the customers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

from loopline.customers import api as customers
from loopline.keyaccounts.models import GroupContract, KeyPerson, Terms
from loopline.keyaccounts.queries.figures import last_complete_month
from loopline.keyaccounts.queries.visits import care_due
from loopline.keyaccounts.rules import care, occasions
from loopline.subscriptions import api as subscriptions

MONTHS_BEFORE = 3
_USED = """
SELECT customer_id, coalesce(array_agg(data_mb ORDER BY month), '{}'), array_agg(minutes ORDER BY month), max(month)
FROM (SELECT customer_id, month, sum(data_mb) AS data_mb, sum(minutes) AS minutes FROM billing_monthlyusage
    WHERE customer_id = ANY (%s) AND month BETWEEN %s AND %s GROUP BY 1, 2) u
GROUP BY customer_id
"""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to remind of: about `subject`, which is told once, on a day."""

    kind: str
    customer: int
    subject: str
    on: date
    detail: Mapping[str, Any] = field(default_factory=dict)


def of_customers(ids: Sequence[int], terms: Terms, today: date) -> Iterator[Occasion]:
    """Every occasion of these customers for which it is time."""
    yield from _birthdays(ids, terms, today)
    yield from _contracts(ids, terms, today)
    yield from _agreements(ids, today)
    yield from _falls(ids, terms, today)
    for step in care_due(ids, today + care.LEAD):
        subject = occasions.subject(occasions.CARE, step.pk, step.due_on)
        told = {"what": step.what, "title": step.title, "step": str(step.public_id)}
        yield Occasion(occasions.CARE, step.customer_id, subject, step.due_on, told)


def _birthdays(ids: Sequence[int], terms: Terms, today: date) -> Iterator[Occasion]:
    last = today + timedelta(days=terms.birthday_days)
    rows = customers.Customer.objects.filter(pk__in=ids, kind="person", birth_date__isnull=False)
    for key, born in rows.values_list("pk", "birth_date"):
        if born is not None and (on := occasions.next_birthday(born, today)) <= last:
            yield Occasion(occasions.BIRTHDAY, key, occasions.subject(occasions.BIRTHDAY, key, on.year), on)
    people = KeyPerson.objects.filter(customer_id__in=ids, ended_on=None, birth_date__isnull=False)
    for person in people:
        assert person.birth_date is not None
        if (on := occasions.next_birthday(person.birth_date, today)) <= last:
            subject = occasions.subject(occasions.PERSON_BIRTHDAY, person.pk, on.year)
            told = {"person": customers.masks.name("person", person.name), "position": person.position}
            yield Occasion(occasions.PERSON_BIRTHDAY, person.customer_id, subject, on, told)


def _contracts(ids: Sequence[int], terms: Terms, today: date) -> Iterator[Occasion]:
    last = today + timedelta(days=terms.contract_days)
    rows = subscriptions.Subscription.objects.filter(
        customer_id__in=ids, contract_ends_on__gte=today, contract_ends_on__lte=last
    ).exclude(state__in=subscriptions.LEFT)
    for row in rows.only("id", "customer_id", "contract_ends_on", "service"):
        assert row.contract_ends_on is not None
        subject = occasions.subject(occasions.CONTRACT, row.pk, row.contract_ends_on)
        yield Occasion(
            occasions.CONTRACT, row.customer_id, subject, row.contract_ends_on, {"service": row.service}
        )


def _agreements(ids: Sequence[int], today: date) -> Iterator[Occasion]:
    rows = GroupContract.objects.filter(
        customer_id__in=ids, ends_on__gte=today, terminated_on=None, renewed_by=None
    )
    for row in rows:
        if row.ends_on - timedelta(days=row.notice_days) <= today:
            subject = occasions.subject(occasions.AGREEMENT, row.pk, row.ends_on)
            told = {"number": row.number, "name": row.name}
            yield Occasion(occasions.AGREEMENT, row.customer_id, subject, row.ends_on, told)


def _falls(ids: Sequence[int], terms: Terms, today: date) -> Iterator[Occasion]:
    """Data or minutes of the last complete month lie that far under the mean of the three before."""
    month = last_complete_month(today)
    first = care.months_later(month, -MONTHS_BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(_USED, [list(ids), first, month])
        rows = cursor.fetchall()
    for key, megabytes, minutes, latest in rows:
        if latest != month or len(minutes) <= MONTHS_BEFORE:
            continue
        fallen = [
            (share, what)
            for what, used in (("data", megabytes), ("minutes", minutes))
            if (share := occasions.fall(used)) is not None
        ]
        share, what = max(fallen, default=(0.0, ""))
        if share * 100 >= terms.fall_percent:
            subject = occasions.subject(occasions.USAGE, key, month)
            yield Occasion(
                occasions.USAGE, key, subject, today, {"percent": round(share * 100), "what": what}
            )
