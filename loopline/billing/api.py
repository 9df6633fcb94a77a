"""The door of this module for other modules."""

from loopline.billing.bulk import write_bills, write_payments, write_usage

__all__ = ["write_bills", "write_payments", "write_usage"]
