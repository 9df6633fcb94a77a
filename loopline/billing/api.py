"""The door of this module for other modules."""

from loopline.billing.bulk import write_bills, write_payments, write_usage
from loopline.billing.models import Bill
from loopline.billing.queries import overdue_of
from loopline.billing.records import bills, latest_bill_of

__all__ = ["Bill", "bills", "latest_bill_of", "overdue_of", "write_bills", "write_payments", "write_usage"]
