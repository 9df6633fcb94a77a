"""`loopline olap`: questions to the cubes from a terminal or a program."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loopline.olap.api import Answer

app = typer.Typer(help="Analysis: ask the cubes.", no_args_is_help=True)

_Operator = Annotated[
    str, typer.Option("--operator", help="Operator's code; needed where there are several.")
]
_List = Annotated[str, typer.Option(help="Names with commas.")]


@app.command()
def query(
    *,
    cube: Annotated[str, typer.Option(help="The cube: customers, revenue, usage …")],
    rows: _List = "",
    columns: _List = "",
    measures: Annotated[
        str, typer.Option(help="Names with commas; `revenue:year_on_year` for a way to look.")
    ] = "",
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="tier=gold|silver, plan!=P59, month>=2026-01; may be repeated."),
    ] = None,
    top: Annotated[str, typer.Option(help="plan:5:revenue: the five largest, the rest as one.")] = "",
    sort: Annotated[int, typer.Option(help="Number of the measure to sort by, negative for descending.")] = 0,
    totals: Annotated[bool, typer.Option(help="Subtotals and totals.")] = True,
    operator: _Operator = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer for a program.")] = False,
) -> None:
    """Ask a cube and print the answer: levels down the side and across the top, measures in the cells."""
    from loopline.cli.warehouse import operators

    with operators(operator) as found:
        from loopline.kernel.permission import system
        from loopline.kernel.scope import enter
        from loopline.olap import api

        if len(found) != 1:
            raise typer.BadParameter("name one of the operators", param_hint="--operator")
        given = {"rows": rows, "columns": columns, "measures": measures, "filter": filters or [], "top": top}
        actor = system(found[0][1])
        with enter(actor.scope):
            asked = api.parse(cube, api.Named({**given, "sort": str(sort), "totals": "1" if totals else "0"}))
            answer = api.ask(actor, asked)
        if as_json:
            typer.echo(json.dumps(api.as_data(answer), ensure_ascii=False, default=str))
            return
        _print(answer)


def _print(answer: "Answer") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*(answer.rows.levels or ("",)))
    for labels in answer.columns.labels:
        for head in answer.heads:
            words = " / ".join(labels) if labels else ("Total" if answer.columns.levels else "")
            unit = f" ({head.unit})" if head.unit else ""
            table.add_column(f"{words}\n{head.label}{unit}".strip(), justify="right")
    width = max(len(answer.rows.levels), 1)
    for row, labels in enumerate(answer.rows.labels):
        cells: list[str] = []
        for column in range(len(answer.columns.keys)):
            figures = answer.values.get((row, column), (None,) * len(answer.heads))
            cells += [
                "" if figure is None else f"{figure:,.{head.decimals}f}"
                for head, figure in zip(answer.heads, figures, strict=True)
            ]
        table.add_row(*(labels or ("Total",)), *[""] * (width - max(len(labels), 1)), *cells)
    Console(width=400 if len(answer.columns.keys) * len(answer.heads) > 8 else None).print(table)
    if answer.as_of:
        typer.echo(f"as of {answer.as_of:%Y-%m-%d %H:%M} UTC, snapshot {answer.snapshot}")
