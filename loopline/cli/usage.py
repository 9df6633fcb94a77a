"""`loopline usage`: call and data records into the warehouse, again from their originals, and what they tell."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loopline.warehouse.api import UsageFile

app = typer.Typer(help="Usage records: bring files, follow a stream, make them again.", no_args_is_help=True)

_Operator = Annotated[
    str, typer.Option("--operator", help="Operator's code; needed where there are several.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print for a program.")]
_Dimensions = {"segments": "dim_segment", "cells": "dim_cell", "services": "dim_vas"}


@app.command()
def bring(
    files: Annotated[list[Path], typer.Argument(help="csv, parquet, JSON lines or fixed width.")],
    layout: Annotated[Path | None, typer.Option(help="TOML file that says how they are written.")] = None,
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Bring files of usage records.

    Each file is taken whole in one transaction: its good records go in, the others are named with their row and
    reason. A file brought before changes nothing, overlapping files add what is new. The exit code is 1 when a file
    is refused.
    """
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        text = layout.read_text(encoding="utf-8") if layout else ""
        told = [api.bring_usage(tenant, path, layout=text) for path in files]
        api.make_usage_months(tenant)
    _tell(told, as_json)


@app.command()
def spool(operator: _Operator = "", as_json: _Json = False) -> None:
    """Bring what lies in the spool folder now; the worker of `loopline serve` does so every minute."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        told = api.bring_usage_spool(tenant)
    _tell(told, as_json)


@app.command()
def stream(
    seconds: Annotated[float, typer.Option(min=0.1, help="Longest time that a record is held back.")] = 1.0,
    most: Annotated[
        int, typer.Option(min=1, help="Records after which a batch is brought at once.")
    ] = 10_000,
    operator: _Operator = "",
) -> None:
    """Bring JSON lines from the standard input, batch by batch, until it ends."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        taken = api.stream_usage(tenant, sys.stdin.buffer, seconds=seconds, most=most)
    typer.echo(f"{taken:,} records taken")


@app.command()
def files(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """List the files that came and what became of their records."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        found = api.usage_files(tenant, count=count)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
    for one in () if as_json else found:
        counts = f"{one.taken:,} taken, {one.doubles:,} double, {one.rejected:,} rejected"
        typer.echo(
            f"{one.file_id:>6} {one.status:8} {one.first_day or '–'} {one.last_day or '–'} {one.name}: {counts}"
        )


@app.command()
def rejects(
    file: Annotated[int, typer.Argument(help="Number of the file in the ledger.")],
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """List the rows of a file that could not be read, at most 10,000: row, field and reason."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        found = api.usage_rejects(tenant, file, count=10_000)
    if as_json:
        typer.echo(json.dumps(found))
    for row, field, reason in () if as_json else found:
        typer.echo(f"{row:>10} {field}: {reason}")


@app.command()
def replay(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to make again.")],
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Make the records from a day on again, out of the original files, in one transaction."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        told = api.replay_usage(tenant, since.date())
    _tell(told, as_json)


@app.command()
def months(operator: _Operator = "") -> None:
    """Make anew what stands on months that have new records."""
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        made = api.make_usage_months(tenant)
    typer.echo(", ".join(f"{month:%Y-%m}" for month in made) or "nothing had changed")


@app.command()
def dimension(
    name: Annotated[str, typer.Argument(help="segments, cells or services.")],
    file: Annotated[Path, typer.Argument(help="csv with a heading, or Parquet.")],
    operator: _Operator = "",
) -> None:
    """Replace number segments, cells or services by a file."""
    if name not in _Dimensions:
        raise typer.BadParameter(f"one of {', '.join(_Dimensions)}")
    with _opened(operator) as tenant:
        from loopline.warehouse import api

        rows = api.bring_usage_dimension(tenant, _Dimensions[name], file)
    typer.echo(f"{rows:,} rows")


@app.command()
def features(
    month: Annotated[datetime, typer.Option(formats=["%Y-%m"], help="The month.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    circle: Annotated[bool, typer.Option(help="The calling circle instead.")] = False,
    operator: _Operator = "",
) -> None:
    """Write the forty monthly features of every subscription, or its calling circle, to a Parquet file.

    LOOPLINE_ENGINE=spark://host:port has a Spark cluster do the work.
    """
    from pyarrow import parquet

    with _opened(operator) as tenant:
        from loopline.mining import api as mining

        rows = mining.usage_table(
            tenant, date(month.year, month.month, 1), "circle" if circle else "usage_feature"
        )
    parquet.write_table(rows, out)
    typer.echo(f"{rows.num_rows:,} subscriptions, {rows.num_columns} columns: {out}")


@contextmanager
def _opened(operator: str) -> Iterator[int]:
    """The operator's tenant, with the installation opened."""
    from loopline.cli.house import opened

    with opened():
        from loopline.cli.imports import NoSuchOperatorError
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, enter

        with enter(NOBODY):
            tenants = identity.tenant_ids()
            only = tenants[0] if len(tenants) == 1 else None
            tenant = identity.find_tenant(operator) if operator else only
        if tenant is None:
            unknown = f"No operator has the code {operator}."
            raise NoSuchOperatorError(unknown if operator else "Name the operator with --operator CODE.")
        yield tenant


def _tell(told: "list[UsageFile]", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in told], ensure_ascii=False))
    for one in () if as_json else told:
        if one.status == "done":
            counts = (
                f"{one.read:,} read, {one.taken:,} taken, {one.doubles:,} double, {one.rejected:,} rejected"
            )
            more = (
                f", {one.late:,} late, {one.unknown:,} of unknown numbers" if one.late or one.unknown else ""
            )
            typer.echo(f"{one.file_id} {one.name}: {counts}{more}")
        else:
            typer.echo(f"{one.name}: {'was brought before' if one.status == 'known' else one.reason}")
    if any(one.status == "refused" for one in told):
        raise typer.Exit(1)
