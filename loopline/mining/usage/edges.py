"""Edges: the records of a month drawn together by subscription and contact, cell, device and day.

Each edge table is one pass over few columns of the records; everything else is made from these much smaller tables.
"""

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from loopline.kernel.period import add_months

RECORDS = ibis.table(
    {
        "month": "date",
        "on_day": "date",
        "hour": "int8",
        "started_at": "timestamp",
        "subscription_id": "int64",
        "number_key": "int64",
        "kind": "string",
        "other_key": "int64",
        "other_segment": "int32",
        "other_operator": "string",
        "is_on_net": "boolean",
        "seconds": "int32",
        "bytes_up": "int64",
        "bytes_down": "int64",
        "cell": "string",
        "tac": "int32",
        "device_key": "int64",
        "roaming": "string",
        "charge": "decimal(18, 4)",
        "vas": "string",
    },
    name="fact_usage_record",
)
MONTHS = ibis.table(
    {
        "month": "date",
        "subscription_id": "int64",
        "seconds_out": "int64",
        "data_bytes": "int64",
        "charge": "decimal(18, 4)",
        "events": "int64",
        "active_days": "int64",
    },
    name="fact_usage_month",
)
SUBSCRIPTIONS = ibis.table(
    {"subscription_id": "int64", "is_current": "boolean", "ended_on": "date"}, name="dim_subscription"
)
MONTHS_BEFORE = 3
"""Months against which a trend is told."""


def tables(month: date) -> dict[str, str]:
    """The tables of the lake that features and circles of a month read, each with the rows needed of it."""
    before, longer = add_months(month, -1), add_months(month, -MONTHS_BEFORE)
    return {
        "fact_usage_record": f"month IN (DATE '{before}', DATE '{month}')",
        "fact_usage_month": f"month BETWEEN DATE '{longer}' AND DATE '{month}'",
        "dim_subscription": "is_current",
    }


def edges(month: date) -> Mapping[str, ir.Table]:
    """The edge tables of a month, by the name under which an engine is to keep them."""
    known = RECORDS.filter(RECORDS.subscription_id.notnull())
    now = known.filter(_.month == month)
    return {
        "edge_day": _days(now),
        "edge_contact": _contacts(known, month),
        "edge_cell": _shares(now, "cell"),
        "edge_device": _shares(now, "device_key"),
    }


def kept(name: str, month: date) -> ir.Table:
    """An edge table that an engine keeps."""
    return ibis.table(edges(month)[name].schema(), name=name)


def _shares(records: ir.Table, what: str) -> ir.Table:
    rows = records.filter(records[what].notnull())
    return rows.group_by("subscription_id", what).aggregate(events=_.count())


def _days(records: ir.Table) -> ir.Table:
    voice_out, voice_in = _.kind == "voice_out", _.kind == "voice_in"
    sent = _.kind.isin(["sms_out", "mms_out"])
    received = _.kind.isin(["sms_in", "mms_in"])
    return records.group_by("subscription_id", "on_day").aggregate(
        events=_.count(),
        calls_out=_.count(where=voice_out),
        calls_in=_.count(where=voice_in),
        seconds_out=_.seconds.sum(where=voice_out),
        seconds=_.seconds.sum(where=voice_out | voice_in),
        seconds_on_net=_.seconds.sum(where=(voice_out | voice_in) & _.is_on_net),
        seconds_competitor=_.seconds.sum(where=voice_out & ~_.is_on_net),
        messages_out=_.count(where=sent),
        messages_in=_.count(where=received),
        bytes_up=_.bytes_up.sum(),
        bytes_down=_.bytes_down.sum(),
        data_events=_.count(where=_.kind == "data"),
        vas_events=_.count(where=_.kind == "vas"),
        night_events=_.count(where=(_.hour < 6) | (_.hour >= 22)),
        roaming_events=_.count(where=_.roaming != "home"),
        abroad_events=_.count(where=_.roaming == "international"),
        charge=_.charge.sum().cast("decimal(18, 4)"),
    )


def numbers(month: date) -> ir.Table:
    """Our numbers that were in use in the month or the one before: own_key, and the newest subscription of it."""
    rows = RECORDS.filter(_.month.isin([add_months(month, -1), month]), _.subscription_id.notnull())
    return rows.group_by(own_key=_.number_key).aggregate(contact_id=_.subscription_id.max())


def _contacts(records: ir.Table, month: date) -> ir.Table:
    """Of this month and the one before, so that contacts won and lost are seen in the same pass."""
    before = add_months(month, -1)
    rows = records.filter(_.month.isin([before, month]), _.other_key.notnull())
    now = _.month == month
    is_out = _.kind.isin(["voice_out", "sms_out", "mms_out"])
    return rows.group_by("subscription_id", "other_key").aggregate(
        out=_.count(where=now & is_out),
        weight=_.count(where=now),
        before=_.count(where=_.month == before),
        on_net=_.is_on_net.cast("int8").max(),
    )
