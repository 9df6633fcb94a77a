"""`loopline warehouse`: refreshing the lake and reconciling it with operations."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loopline.config.installation import InstallationError

if TYPE_CHECKING:
    from loopline.warehouse.api import Check, Load, Step

app = typer.Typer(help="The warehouse: refresh it, reconcile it, replay changes.", no_args_is_help=True)

_Operator = Annotated[str, typer.Option("--operator", help="Operator's code; all operators without it.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the figures for a program.")]


class NoSuchOperatorError(InstallationError):
    """The operator's code is not known, or there is no operator."""


@app.command()
def refresh(
    operator: _Operator = "",
    complete: Annotated[bool, typer.Option(help="Read everything again instead of the changes.")] = False,
    as_json: _Json = False,
) -> None:
    """Bring the warehouse up to now.

    Only what changed since the last refresh is read. A refresh that was killed is simply run again: nothing is
    lost, nothing comes twice.
    """
    with operators(operator) as named:
        from loopline.warehouse import api

        told = []
        for code, tenant in named:
            load = api.refresh(tenant, complete=complete, report=_teller(code, as_json))
            told.append({"operator": code, **_as_data(load)})
    if as_json:
        typer.echo(json.dumps(told))
        return
    for one in told:
        typer.echo(
            f"{one['operator']}: load {one['load']} done in {one['seconds']:.1f} s, snapshot {one['snapshot']}; "
            f"{_written(one['rows'])}"
        )


@app.command()
def replay(
    since: Annotated[
        str,
        typer.Option("--from", help="A moment (2026-11-22T08:00, UTC where it names no zone) or a position."),
    ],
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Read again what changed since a moment or a position of the change stream.

    The journal knows the changes of the last three days. What is equal in the warehouse already stays as it is.
    """
    try:
        place = int(since) if since.isdigit() else datetime.fromisoformat(since)
    except ValueError:
        raise typer.BadParameter(f"{since} is neither a moment nor a position.") from None
    if isinstance(place, datetime) and place.tzinfo is None:
        place = place.replace(tzinfo=UTC)
    with operators(operator) as named:
        from loopline.warehouse import api

        loads = {code: api.refresh(tenant, replay_from=place) for code, tenant in named}
    if as_json:
        typer.echo(json.dumps([{"operator": code, **_as_data(load)} for code, load in loads.items()]))
        return
    for code, load in loads.items():
        typer.echo(f"{code}: up to position {load.position}; {_written(load.rows)}")


@app.command()
def check(operator: _Operator = "", as_json: _Json = False) -> None:
    """Reconcile the warehouse with operations: counts, sums and a checksum, by table, day and branch.

    Rows that wait in the change stream are left out on both sides; what differs is named down to the row and the
    column. The exit code is 1 when anything differs.
    """
    with operators(operator) as named:
        from loopline.warehouse import api

        results = {code: api.check(tenant) for code, tenant in named}
    if as_json:
        typer.echo(json.dumps([{"operator": code, **result.as_data()} for code, result in results.items()]))
    else:
        for code, result in results.items():
            _show(code, result)
    if not all(result.agrees for result in results.values()):
        raise typer.Exit(1)


def _show(code: str, result: "Check") -> None:
    typer.echo(f"{code}: load {result.load_id}, snapshot {result.snapshot}")
    for table in result.tables:
        state = f"{len(table.differences)} DIFFERENCES" if table.differences else "agrees"
        money = ", ".join(f"{name} {amount}" for name, amount in table.money.items())
        waiting = f"; {table.waiting:,} rows wait for the next refresh" if table.waiting else ""
        typer.echo(f"  {table.table:24} {table.rows_lake:>12,} rows  {state}  {money}{waiting}")
    for found in result.differences:
        where = f" on {found.day}" if found.day else f" in {found.month[:7]}" if found.month else ""
        where += f" in unit {found.branch}" if found.branch else ""
        where += f", row {found.key}" if found.key else ""
        typer.echo(
            f"  {found.table}.{found.figure}{where}: operations {found.source}, warehouse {found.lake}"
        )


def _teller(code: str, quiet: bool) -> "Callable[[Step], None]":
    def tell(step: "Step") -> None:
        if not quiet:
            typer.echo(f"{code}: {step.number}/{step.of} {step.name} {step.rows or ''}".rstrip(), err=True)

    return tell


def _written(rows: dict[str, int]) -> str:
    written = ", ".join(f"{name} {count:,}" for name, count in rows.items() if count)
    return f"written: {written or 'nothing had changed'}"


def _as_data(load: "Load") -> dict[str, Any]:
    seconds = (load.finished_at - load.started_at).total_seconds() if load.finished_at else 0.0
    return {
        "load": load.pk,
        "status": load.status,
        "snapshot": load.snapshot,
        "horizon": load.horizon,
        "position": load.position,
        "seconds": round(seconds, 3),
        "rows": load.rows,
    }


@contextmanager
def operators(code: str) -> Iterator[list[tuple[str, int]]]:
    """(code, tenant) of the operator named, or of all, with the installation opened."""
    from loopline.cli.house import opened

    with opened():
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, Scope, enter

        with enter(NOBODY):
            named = identity.find_tenant(code) if code else None
            tenants = [named] if named is not None else identity.tenant_ids()
        if not tenants or (code and named is None):
            raise NoSuchOperatorError(
                f"No operator has the code {code}." if code else "There is no operator yet."
            )
        found = []
        for tenant in tenants:
            with enter(Scope(tenant)):
                found.append((identity.current_tenant().code, tenant))
        yield found
