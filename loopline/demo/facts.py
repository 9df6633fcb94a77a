"""The tables that the simulated world writes: names, columns, types and units."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from loopline.demo.calendar import Calendar

type Table = dict[str, np.ndarray]
type Facts = dict[str, Table]

DATE = "datetime64[D]"

# Column types: int64, bool, float64, str and DATE (NaT: none). Everything *_fen is money in fen. `customer`,
# `account`, `subscription` and the like are the world's own keys, unique within one world.
SCHEMA: Mapping[str, Mapping[str, str]] = {
    # One row when somebody becomes a customer.
    "customers": {
        "customer": "int64",
        "number": "str",  # human number, ten digits
        "kind": "str",  # person, organisation
        "name": "str",
        "sex": "str",  # F, M, '' for organisations
        "birth_date": DATE,  # NaT for organisations
        "document_kind": "str",  # identity_card, credit_code
        "document": "str",
        "phone": "str",  # E.164
        "email": "str",  # '' for most
        "address": "str",
        "branch": "str",  # code of the organisation unit
        "joined_on": DATE,
        "contract_ends_on": DATE,  # of the first line; NaT: no contract
        "consent_phone": "bool",  # marketing by telephone
        "consent_sms": "bool",
        "consent_email": "bool",
        "consent_wechat": "bool",
        "consent_profiling": "bool",  # analysis of his data, no channel
    },
    "accounts": {
        "account": "int64",
        "customer": "int64",
        "number": "str",
        "payment_method": "str",  # cash, bank_debit, wechat, alipay
        "prepaid": "bool",
        "opened_on": DATE,
    },
    # One row for each line. `terminated_on` and `contract_ends_on` are filled as far as known when the row is written.
    "subscriptions": {
        "subscription": "int64",
        "customer": "int64",
        "account": "int64",
        "service": "str",  # mobile, broadband
        "service_number": "str",  # E.164, or the name of the broadband line
        "plan": "str",  # code of the plan
        "fee_fen": "int64",  # monthly; 0 for the broadband line of a bundle
        "started_on": DATE,
        "contract_ends_on": DATE,
        "terminated_on": DATE,
    },
    # Contracts as they were signed; the newest one of a subscription holds.
    "contracts": {
        "subscription": "int64",
        "signed_on": DATE,
        "ends_on": DATE,
        "occasion": "str",  # opening, renewal, or the code of the accepted offer
    },
    # One row for each line and month in which it was in use at least a day.
    "usage": {
        "subscription": "int64",
        "month": DATE,
        "minutes_on_net": "int64",
        "minutes_off_net": "int64",  # all other networks, competitors among them
        "minutes_competitors": "int64",
        "sms": "int64",
        "data_mb": "int64",
        "roaming_days": "int64",  # international
        "dropped_calls": "int64",
        "faults": "int64",  # of a broadband line
        "top_up_fen": "int64",  # prepaid, on the first line
    },
    "bills": {
        "bill": "int64",
        "account": "int64",
        "month": DATE,
        "issued_on": DATE,  # first day of the next month
        "due_on": DATE,
        "fee_fen": "int64",
        "voice_fen": "int64",  # over the allowance
        "data_fen": "int64",  # over the allowance
        "roaming_fen": "int64",
        "vas_fen": "int64",  # value added services
        "discount_fen": "int64",  # zero or less
        "total_fen": "int64",  # the sum of the six
    },
    "payments": {
        "payment": "int64",
        "account": "int64",
        "paid_on": DATE,
        "amount_fen": "int64",
        "occasion": "str",  # bill, top_up, settlement (on leaving)
    },
    "interactions": {
        "interaction": "int64",
        "customer": "int64",
        "on": DATE,
        "kind": "str",  # enquiry, complaint, visit, renewal
        "channel": "str",  # hotline, hall, app, wechat
        "topic": "str",
        "resolved_on": DATE,  # complaints: as far as known when the row is written
    },
    # Complaints solved after their row was written.
    "resolutions": {"interaction": "int64", "resolved_on": DATE},
    "terminations": {
        "subscription": "int64",
        "customer": "int64",
        "on": DATE,
        "kind": "str",  # voluntary, involuntary (arrears), internal (number changed, stays)
    },
    # What customers answered to offers.
    "answers": {
        "customer": "int64",
        "offer": "str",
        "contacted_on": DATE,
        "answered_on": DATE,
        "answer": "str",  # accepted, declined, not_reached
    },
    # Planted truth, for tests only: never loaded into the product.
    "truth": {
        "customer": "int64",
        "month": DATE,  # as of the end of this month
        "chance": "float64",  # of leaving of one's own will in the next month
        "cause": "str",
    },
    "truth_leavers": {"customer": "int64", "on": DATE, "kind": "str", "cause": "str"},
    "truth_customers": {"customer": "int64", "persuadability": "float64", "sleeping_dog": "bool"},
    "truth_contacts": {
        "customer": "int64",
        "offer": "str",
        "contacted_on": DATE,
        "chance": "float64",  # of leaving in the month when contacted
        "accepts": "float64",  # chance of accepting once reached
        "relief": "float64",  # factor on the daily rate of leaving once accepted
        "irritation": "float64",  # factor from the day of contact
    },
}
TRUTH = tuple(name for name in SCHEMA if name.startswith("truth"))


class Journal:
    """Where the simulation writes its rows while it lives."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._parts: dict[str, list[Table]] = {}

    def write(self, name: str, /, **columns: np.ndarray) -> None:
        """Add rows to table `name`; arrays without a dimension are repeated. KeyError for columns not of the schema."""
        if columns.keys() != SCHEMA[name].keys():
            raise KeyError(f"{name}: {sorted(columns.keys() ^ SCHEMA[name].keys())}")
        size = max(len(column) if column.ndim else 0 for column in columns.values())
        if size:
            rows = {key: np.broadcast_to(column, (size,)) for key, column in columns.items()}
            self._parts.setdefault(name, []).append(rows)

    def facts(self) -> Facts:
        """All tables of the schema; a table without rows has its columns all the same."""
        return {name: self._table(name) for name in SCHEMA}

    def _table(self, name: str) -> Table:
        parts = self._parts.get(name, [])
        return {
            column: np.concatenate([part[column] for part in parts]).astype(_dtype(kind), copy=False)
            if parts
            else np.array([], dtype=_dtype(kind))
            for column, kind in SCHEMA[name].items()
        }


def arrow(table: Table) -> pa.Table:
    """The table for Arrow; NaT becomes null."""
    return pa.table({key: pa.array(column) for key, column in table.items()})


def _dtype(kind: str) -> str:
    return "U" if kind == "str" else kind
