"""Bills, payments and usage by the thousand: from the billing system, imports and simulators.

Each writer leaves out what is there already, so that a delivery may be repeated; each returns the rows added. Where
the caller knows that nothing is there (`new`), it is not looked for, which saves a fifth of the time.
"""

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.kernel.copying import Columns, copy_columns


def write_bills(columns: Columns, *, new: bool = False) -> int:
    """One row per subscription and month.

    Columns: `customer_id`, `branch_id`, `account_id`, `subscription_id`, `month`, `due_on` (dates) and the amounts
    `monthly_fee`, `usage_charge`, `discount` (positive), `amount` (Decimal; the first two less the discount).
    """
    return copy_columns(Bill, columns, skip_existing=not new)


def write_payments(columns: Columns, *, new: bool = False) -> int:
    """One row per `reference`, which is unique within the operator.

    Columns: `customer_id`, `branch_id`, `account_id`, `reference`, `paid_on`, `amount`; optional `month` (of the
    bill that is paid) and `method`.
    """
    return copy_columns(Payment, columns, skip_existing=not new)


def write_usage(columns: Columns, *, new: bool = False) -> int:
    """One row per subscription and month.

    Columns: `customer_id`, `branch_id`, `subscription_id`, `month`; optional `minutes`, `minutes_competitor`,
    `messages`, `data_mb`, `roaming_days`, `faults`.
    """
    return copy_columns(MonthlyUsage, columns, skip_existing=not new)
