"""Usage records for the demo operator's own mobile numbers, brought as any operator's files are."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

from loopline.demo import usage_records
from loopline.demo.status import here
from loopline.identity import api as identity
from loopline.kernel.period import add_months
from loopline.kernel.scope import Scope, enter
from loopline.subscriptions.api import AddOn, Subscription
from loopline.warehouse import api as warehouse

CODES = tuple(service[0] for service in usage_records.SERVICES)
_USED = """SELECT d.* REPLACE (
  CASE WHEN vas IS NOT NULL AND services IS NOT NULL
       THEN services[1 + CAST(hash(d.sequence) % len(services) AS INTEGER)] ELSE vas END AS vas)
FROM read_parquet('{drawn}') d LEFT JOIN takes USING (number)"""


@dataclass(frozen=True, slots=True)
class Used:
    """What was brought: the month, the numbers that used, the records taken."""

    month: date
    numbers: int
    records: int


def bring_usage(tenant: int, month: date | None = None, *, each: int = 20) -> Used:
    """Bring a month's records, about `each` for a number, with segments, cells and services. Outside of any door.

    Without a month it is the last one that is over for the demo operator. Run again, nothing is added.
    """
    with enter(Scope(tenant)):
        today = here().today
        chosen = month or add_months((today or date(2026, 4, 1)).replace(day=1), -1)
        mobile = Subscription.objects.filter(service="mobile", started_on__lt=add_months(chosen, 1))
        numbers = list(
            mobile.exclude(number="")
            .exclude(ended_on__lt=chosen)
            .order_by("pk")
            .values_list("number", flat=True)
        )
        takes = _taken(chosen)
        units = list(
            identity.Unit.objects.filter(level="district").order_by("code").values_list("code", flat=True)
        )
    with tempfile.TemporaryDirectory(dir=settings.INSTALLATION.folder("spill")) as held:
        folder = Path(held)
        _bring_dimensions(tenant, folder, units)
        path = folder / f"demo-{chosen:%Y-%m}.parquet"
        with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": held}) as con:
            own = pa.table({"place": range(len(numbers)), "number": numbers})
            con.register("told", own)
            con.execute("CREATE TABLE own AS SELECT * FROM told")
            drawn = folder / "drawn.parquet"
            usage_records.write(con, drawn, usage_records.Drawn(chosen, each * len(numbers)))
            con.register("takes", takes)
            con.execute(f"COPY ({_USED.format(drawn=drawn)}) TO '{path}' (FORMAT parquet)")
        found = warehouse.bring_usage(tenant, path)
    warehouse.make_usage_months(tenant)
    return Used(chosen, len(numbers), found.taken)


def _taken(month: date) -> pa.Table:
    """The services that numbers have in a month, by number: whoever takes one uses what he takes."""
    held = AddOn.objects.filter(started_on__lt=add_months(month, 1), offering__code__in=map(str.upper, CODES))
    held = held.exclude(ended_on__lt=month).order_by("subscription", "offering__code")
    pairs = held.values_list("subscription__number", "offering__code")
    taken: dict[str, list[str]] = {}
    for number, code in pairs:
        taken.setdefault(number, []).append(code.lower())
    return pa.table(
        {"number": pa.array(taken, pa.string()), "services": pa.array(taken.values(), pa.list_(pa.string()))}
    )


def _bring_dimensions(tenant: int, folder: Path, units: list[str]) -> None:
    usage_records.write_segments(folder / "segments.csv")
    usage_records.write_services(folder / "services.csv")
    usage_records.write_cells(folder / "cells.csv", units)
    for name, file in (("dim_segment", "segments"), ("dim_vas", "services"), ("dim_cell", "cells")):
        warehouse.bring_usage_dimension(tenant, name, folder / f"{file}.csv")
