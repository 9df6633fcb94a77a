"""`loopline mart`: data marts from a terminal or a program."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from loopline.kernel.permission import Actor
    from loopline.marts.api import MartLoad

app = typer.Typer(help="Data marts: bring tables of your own, make summaries anew.", no_args_is_help=True)

_Operator = Annotated[
    str, typer.Option("--operator", help="Operator's code; needed where there are several.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print the result for a program.")]


@app.command()
def bring(  # noqa: PLR0917 (typer reads options from arguments)
    file: Annotated[
        Path, typer.Argument(help="csv, gz of csv, xlsx or parquet.", exists=True, dir_okay=False)
    ],
    name: Annotated[str, typer.Option(help="Name of the table's cube: letters, digits, underscores.")] = "",
    title: Annotated[
        str, typer.Option(help="What people call it; the name, or the file's, by default.")
    ] = "",
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--role", help="COLUMN=ROLE or COLUMN=ROLE:KIND, such as 金额=sum:money; may be repeated."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace all rows of the table.")] = False,
    append: Annotated[bool, typer.Option("--append", help="Add the rows to the table.")] = False,
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Bring a file into the warehouse as a table of its own, joined to branches, customers and products by its keys.

    Columns are guessed by name and content. Roles: sum, mean, attribute, month, day, branch, customer, line,
    offering, channel, handset, skip; kinds: text, whole, number, money, day, month. Ends with code 1 when the file is
    refused; nothing is changed then.
    """
    if (replace or append) and not name:
        raise typer.BadParameter("say into which table", param_hint="--name")
    with _house(operator) as actor:
        way = "append" if append else "replace" if replace else "new"
        load = _ordered(actor, file, name=name, title=title, roles=roles or [], way=way)
        told = _told(load)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else _sentence(told))
    for fault in [] if as_json else told["faults"]:
        typer.echo(f"  row {fault['row']}, {fault['column']}: {fault['reason']}")
    if told["status"] != "done":
        raise typer.Exit(1)


@app.command(name="list")
def list_marts(operator: _Operator = "", as_json: _Json = False) -> None:
    """List the subjects of the warehouse and the tables that were brought."""
    with _house(operator) as actor:
        from loopline.kernel.scope import enter
        from loopline.marts import api

        with enter(actor.scope):
            found = [
                {
                    "name": one.subject.name,
                    "kind": one.subject.rule.value,
                    "rows": one.rows,
                    "title": str(one.subject.label),
                }
                for one in api.standings(actor)
            ]
            found += [
                {"name": mart.name, "kind": "brought", "rows": mart.rows, "title": mart.title}
                for mart in api.brought(actor)
            ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in found:
        typer.echo(f"{line['name']:24} {line['kind']:10} {line['rows']:>12,} rows  {line['title']}")


@app.command()
def refresh(
    name: Annotated[str, typer.Argument(help="sales, marketing, stock, finance or service.")],
    operator: _Operator = "",
) -> None:
    """Make the summary of a subject anew."""
    with _house(operator) as actor:
        from loopline.marts import api

        rows = api.refresh(actor.tenant_id, name, actor.name)
    typer.echo(f"{name}: {rows:,} rows")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Name of a brought table.")], operator: _Operator = ""
) -> None:
    """Remove a brought table; for 30 days `loopline mart restore` puts it back."""
    with _house(operator) as actor:
        from loopline.kernel.scope import enter
        from loopline.marts import api

        with enter(actor.scope):
            typer.echo(f"{api.remove(actor=actor, name=name).name}: removed")


@app.command()
def restore(
    name: Annotated[str, typer.Argument(help="Name of a removed table.")], operator: _Operator = ""
) -> None:
    """Put a removed table back."""
    with _house(operator) as actor:
        from loopline.kernel.scope import enter
        from loopline.marts import api

        with enter(actor.scope):
            typer.echo(f"{api.restore(actor=actor, name=name).name}: there again")


@contextmanager
def _house(operator: str) -> Iterator["Actor"]:
    """The installation opened, and the system's actor of one operator."""
    from loopline.cli.warehouse import operators

    with operators(operator) as found:
        from loopline.identity import api as identity
        from loopline.kernel.scope import Scope, enter

        if len(found) != 1:
            raise typer.BadParameter("name one of the operators", param_hint="--operator")
        tenant = found[0][1]
        with enter(Scope(tenant)):
            actor = identity.platform_actor(tenant, "loopline mart")
        yield actor


def _ordered(actor: "Actor", file: Path, *, name: str, title: str, roles: list[str], way: str) -> "MartLoad":
    from loopline.kernel.scope import enter
    from loopline.marts import api

    chosen = dict(one.rsplit("=", 1) for one in roles if "=" in one)
    with enter(actor.scope):
        if way == "new":
            load = api.receive(
                actor=actor, source=file, file_name=file.name, title=title or name or file.stem, name=name,
                chosen=chosen,
            )  # fmt: skip
            load = api.order(actor=actor, load=load)
        else:
            load = api.receive_again(actor=actor, name=name, source=file, file_name=file.name, way=way)
    return api.carry_out(actor.tenant_id, load.pk)


def _told(load: "MartLoad") -> dict[str, Any]:
    from loopline.marts import api

    faults = [{"row": row, "column": column, "reason": why} for row, column, why in api.faults_of(load)]
    told = {name: getattr(load, name) for name in ("status", "way", "rows", "unknown", "error")}
    return {"name": load.mart.name, **told, "faults": faults}


def _sentence(told: dict[str, Any]) -> str:
    if told["status"] != "done":
        return f"{told['name']}: refused, nothing was changed. {told['error']}".rstrip()
    unknown = ", ".join(f"{count} {role} unknown" for role, count in told["unknown"].items() if count)
    ask = f"loopline olap query --cube {told['name']}"
    return f"{told['name']}: {told['rows']:,} rows{'; ' + unknown if unknown else ''}. Ask it with: {ask}"
