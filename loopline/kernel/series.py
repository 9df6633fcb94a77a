"""Human numbers: short, running per tenant, taken one by one or in blocks."""

from django.db import connection

from loopline.kernel.models import current_tenant


def take(kind: str, count: int = 1, *, prefix: str = "") -> range:
    """Reserve `count` consecutive numbers of a series and return them. Gaps after a rollback are accepted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_numberseries AS s (tenant_id, kind, prefix, next) VALUES (%s, %s, %s, 1 + %s)
            ON CONFLICT (tenant_id, kind) DO UPDATE SET next = s.next + %s RETURNING next
            """,
            [current_tenant(), kind, prefix, count, count],
        )
        (after,) = cursor.fetchone()
    return range(after - count, after)
