"""`loopline olap sql`: a read-only statement over the marts, in the sandbox."""

import json
import sys
from typing import Annotated, Any

import typer

_Operator = Annotated[str, typer.Option("--operator", help="Operator's code, where there are several.")]


def register(app: typer.Typer) -> None:
    """Take part in the group `olap`, or begin it."""
    group = next((each.typer_instance for each in app.registered_groups if each.name == "olap"), None)
    if group is None:
        group = typer.Typer(help="Analysis: cubes, and SQL over the marts.", no_args_is_help=True)
        app.add_typer(group, name="olap")
    group.command("sql")(sql)


def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT; - reads it from standard input.")],
    user: Annotated[
        str, typer.Option("--as", help="Ask with the rights of this member of staff; with all without it.")
    ] = "",
    operator: _Operator = "",
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Ask the marts in SQL, read only.

    The statement runs in a process of its own, with nothing but the rows that its asker may see. The exit code is 1
    when it is refused or fails; why, and where, stands on standard error.
    """
    from loopline.cli.mining import _at_work
    from loopline.kernel.scope import Scope, enter

    text = sys.stdin.read() if statement == "-" else statement
    with _at_work(operator) as (tenant, system):
        from loopline.sandbox import api

        with enter(Scope(tenant)):
            actor = api.as_staff(tenant, user) if user else system
            row = api.ask(actor=actor, sql=text)
        if row.status == api.Status.WAITING:
            row = api.run(tenant, row.pk)
        if row.status != api.Status.DONE:
            typer.echo(" – ".join(part for part in api.explain(row) if part), err=True)
            raise typer.Exit(1)
        with enter(Scope(tenant)):
            found = api.result(api.as_staff(tenant, user) if user else system, row)
        _show(found, form)
        more = " (there is more)" if row.is_cut else ""
        typer.echo(f"{row.rows:,} rows{more} in {row.seconds:.2f} s, snapshot {row.snapshot}", err=True)


def _show(found: Any, form: str) -> None:
    from loopline.sandbox import api

    if form == "csv":
        for part in api.as_csv(found):
            sys.stdout.buffer.write(part)
        return
    names, rows = found.schema.names, api.plain_rows(found)
    if form == "json":
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, box=None)
    for row in rows[:500]:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)
