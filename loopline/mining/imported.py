"""The population `import:<id>`: a table that somebody brought, whose own column says who has left."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from ibis import _
from ibis.backends.duckdb import Backend

from loopline.imports.api import ImportRun
from loopline.mining.refusals import NoLabel
from loopline.mining.rules.figures import Floats, Labels
from loopline.subscriptions.api import LEFT

CHURNED = "churned"
MONTH_DAYS = 30.4375


@dataclass(frozen=True, slots=True)
class Brought:
    """The subscriptions of an import, one row each, in the order of their keys.

    `columns` are what can be learnt from, under the names of the file; `labels` are 1 left, 0 stayed, -1 not said;
    `living` tells who has not left by now; `value` is the monthly fee.
    """

    columns: pd.DataFrame
    labels: Labels
    label: str
    subscription_id: np.ndarray
    customer_id: np.ndarray
    living: np.ndarray
    value: Floats


def label_of(run: ImportRun) -> str | None:
    """The column of the file that says who has left."""
    return next((column for column, target in run.mapping.items() if target == CHURNED), None)


def read_import(lake: Backend, run: ImportRun) -> Brought:
    """The import's subscriptions as the lake has them. Raises NoLabel."""
    label = label_of(run)
    if label is None:
        raise NoLabel
    rows = _rows(lake, run.pk)
    extra = pd.DataFrame([json.loads(text or "{}") for text in rows["characteristics"]], index=rows.index)
    if label not in extra:
        raise NoLabel
    labels: Labels = np.array([_label(value) for value in extra[label]], dtype=np.int8)
    fields = _fields(rows, run)
    kept = {name: extra[name].map(_plain) for name in extra.columns if name != label}
    return Brought(
        columns=pd.DataFrame({**fields, **kept}, index=rows.index),
        labels=labels,
        label=label,
        subscription_id=rows["subscription_id"].to_numpy(np.int64),
        customer_id=rows["customer_id"].to_numpy(np.int64),
        living=~rows["state"].isin([str(state) for state in LEFT]).to_numpy(bool),
        value=rows["monthly_fee"].fillna(0).to_numpy(np.float64),
    )


def _rows(lake: Backend, run: int) -> pd.DataFrame:
    lines = lake.table("dim_subscription").filter(_.is_current, _.import_run_id == run)
    people = lake.table("dim_customer").filter(_.is_current).select("customer_id", "sex", "birth_year")
    plans = lake.table("dim_offering").filter(_.is_current).select("offering_id", plan=_.code)
    joined = lines.left_join(people, "customer_id").left_join(plans, "offering_id")
    chosen = joined.select(
        "subscription_id", "customer_id", "state", "service", "plan", "started_on", "contract_ends_on", "sex",
        "birth_year", "characteristics", monthly_fee=lines.monthly_fee.cast("float64"),
    )  # fmt: skip
    frame: pd.DataFrame = lake.to_pandas(chosen.order_by("subscription_id"))
    return frame


def _fields(rows: pd.DataFrame, run: ImportRun) -> dict[str, Any]:
    """The fields that the file filled, under its own headers. The end of service and its reason tell too much."""
    headers = {target: column for column, target in run.mapping.items()}
    made = {
        "sex": rows["sex"],
        "birth_date": float(run.as_of.year) - rows["birth_year"].astype("float64"),
        "service": rows["service"],
        "plan": rows["plan"],
        "tenure": _months(rows["started_on"], run.as_of),
        "started_on": _months(rows["started_on"], run.as_of),
        "contract_ends_on": -_months(rows["contract_ends_on"], run.as_of),
        "monthly_fee": rows["monthly_fee"],
    }
    return {headers[target]: values for target, values in made.items() if target in headers}


def _months(days: "pd.Series[Any]", until: date) -> "pd.Series[Any]":
    passed = pd.Timestamp(until) - pd.to_datetime(days)
    return (passed / pd.Timedelta(days=1) / MONTH_DAYS).round(0)


def _label(value: object) -> int:
    return -1 if value is None or value != value else int(bool(value))  # noqa: PLR0124 (NaN)


def _plain(value: object) -> object:
    """Truth values as words: a number would read badly as a reason."""
    if isinstance(value, bool | np.bool_):
        return "Yes" if value else "No"
    return value
