"""The door of this module for other modules."""

from loopline.billing.bulk import write_bills, write_payments, write_usage
from loopline.billing.queries import overdue_of

__all__ = ["overdue_of", "write_bills", "write_payments", "write_usage"]
