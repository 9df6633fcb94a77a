"""Human numbers: short, running per tenant, taken one by one or in blocks."""

from collections.abc import Iterable

from django.db import connection

from loopline.kernel.models import current_tenant

DIGITS = 8
"""How many digits a number of a series is filled up to."""


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


def go_past(kind: str, numbers: Iterable[str], *, prefix: str) -> None:
    """Let a series go on behind numbers that came from elsewhere (`T00000042`), so that it gives none of them again.

    A number longer than a series gives is out of its way and moves it nowhere.
    """
    running = [number.removeprefix(prefix) for number in numbers if number.startswith(prefix)]
    last = max(
        (
            int(digits)
            for digits in running
            if digits.isascii() and digits.isdigit() and len(digits) <= DIGITS
        ),
        default=0,
    )
    if last:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO kernel_numberseries AS s (tenant_id, kind, prefix, next) VALUES (%s, %s, %s, %s)
                ON CONFLICT (tenant_id, kind) DO UPDATE SET next = greatest(s.next, excluded.next)
                """,
                [current_tenant(), kind, prefix, last + 1],
            )
