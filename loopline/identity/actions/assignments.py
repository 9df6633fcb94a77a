"""A customer is assigned to somebody by name, who therefore sees him wherever he belongs."""

from collections.abc import Iterable

from loopline.identity.models import Assignment


def assign_customers(*, pairs: Iterable[tuple[int, int]]) -> None:
    """Show customers to members of staff: (staff, customer). Told by the event of what asked for it."""
    Assignment.objects.bulk_create(
        [Assignment(staff_id=staff, customer_key=customer) for staff, customer in pairs],
        ignore_conflicts=True,
    )


def withdraw_customers(*, pairs: Iterable[tuple[int, int]]) -> None:
    """Show them no longer."""
    by_staff: dict[int, list[int]] = {}
    for staff, customer in pairs:
        by_staff.setdefault(staff, []).append(customer)
    for staff, keys in by_staff.items():
        Assignment.objects.filter(staff_id=staff, customer_key__in=keys).delete()
