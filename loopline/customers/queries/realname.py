"""Numbers per document 实名制: how many stand under a document, and under which too many."""

from collections.abc import Sequence

from django.db import connection

from loopline.customers.models import Customer, IdentityDocument
from loopline.customers.queries.customer import together
from loopline.customers.queries.policy import policy

MOST = 200


def lines_held(customer: Customer) -> int:
    """Numbers in use under the customer's documents, over the whole operator; the most of them where he has several."""
    rows = IdentityDocument.objects.filter(customer__in=together(customer))
    prints = [bytes(mark) for mark in rows.values_list("fingerprint", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(lines), 0) FROM customers_lines_held(%s::bytea[])", [prints])
        return int(cursor.fetchone()[0])


def lines_by_print(prints: Sequence[bytes]) -> dict[bytes, int]:
    """Fingerprint → numbers in use under it, over the whole operator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_lines_held(%s::bytea[])", [list(prints)])
        return {bytes(mark): int(lines) for mark, lines in cursor.fetchall()}


def over_limit(before: tuple[int, int] | None = None, size: int = 50) -> list[IdentityDocument]:
    """Documents with more numbers than allowed when last counted, most first; `before` is (lines, id) of the last."""
    rows = IdentityDocument.objects.filter(lines__gt=policy().lines_per_document)
    if before is not None:
        rows = rows.filter(lines__lt=before[0]) | rows.filter(lines=before[0], pk__gt=before[1])
    return list(rows.select_related("customer__branch").order_by("-lines", "id")[:size])
