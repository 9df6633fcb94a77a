"""`loopline mine`: judging a table, training models, scoring."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loopline.config.installation import InstallationError

if TYPE_CHECKING:
    from uuid import UUID

    from loopline.kernel.permission import Actor
    from loopline.mining.api import Evaluation, Run

mine = typer.Typer(help="Mining: judge a table, train models of who will leave, score.", no_args_is_help=True)
_Operator = Annotated[
    str, typer.Option("--operator", help="Operator's code; needed where there are several.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print the figures for a program.")]
BAD_INPUT = 2


class NoSuchOperatorError(InstallationError):
    """The operator's code is not known, or there is no operator."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(mine, name="mine")


@mine.command()
def evaluate(  # noqa: PLR0917 (typer reads options from arguments)
    file: Annotated[Path, typer.Option("--file", help="csv, gz of csv, xlsx or parquet.")],
    target: Annotated[str, typer.Option("--target", help="Column that says who has left.")],
    drop: Annotated[str, typer.Option("--drop", help="Columns to leave out, separated by commas.")] = "",
    time: Annotated[
        str, typer.Option("--time", help="Column that gives the order of time, or 'file order'.")
    ] = "",
    test_file: Annotated[Path | None, typer.Option("--test-file", help="Learn from FILE, test here.")] = None,
    as_json: _Json = False,
) -> None:
    """Judge honestly how well leaving can be told on any table.

    Five stratified folds, or parts in the order of time with --time, or a test file; nothing is fitted on what is
    tested. Blank strings, identifiers and repeated rows are handled, and what smells of a leak is warned of: then
    `honest_auc` is the figure without the suspicious columns.
    """
    from loopline.cli.django import with_django

    with_django()
    from loopline.kernel.errors import Refusal

    with _language():
        try:
            found = _evaluated(file, target, drop, time, test_file)
        except (Refusal, OSError) as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(BAD_INPUT) from None
        if as_json:
            typer.echo(json.dumps({"file": file.name, **found.as_dict()}, ensure_ascii=False))
        else:
            _show_evaluation(file.name, found)


def _evaluated(file: Path, target: str, drop: str, time: str, test_file: Path | None) -> "Evaluation":
    from loopline.imports import api as imports
    from loopline.mining import api as mining

    return mining.evaluate(
        imports.read_frame(file),
        target,
        drop=[name.strip() for name in drop.split(",") if name.strip()],
        time=time or None,
        test_frame=imports.read_frame(test_file) if test_file else None,
        threads=mining.threads(),
    )


@mine.command()
def train(
    population: Annotated[
        str, typer.Option("--population", help="history, or import:ID of an import with a label.")
    ] = "history",
    gap: Annotated[int, typer.Option("--gap", min=0, max=3, help="Months left free to act in.")] = 0,
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Train a model of who will leave, and judge it on what it has not seen."""
    with _at_work(operator) as (tenant, actor):
        from loopline.kernel.scope import Scope, enter
        from loopline.mining import api as mining

        with enter(Scope(tenant)):
            run = mining.train(actor, population, gap=gap, ask=False)
        with _bar(as_json) as tell:
            mining.train_now(tenant, run.pk, tell)
        _tell_run(tenant, actor, run.public_id, as_json)


@mine.command()
def score(
    run: Annotated[str, typer.Option("--run", help="The run's id; the newest trained one without it.")] = "",
    operator: _Operator = "",
    as_json: _Json = False,
) -> None:
    """Score everybody of a model's population: risk, value, classes and reasons."""
    with _at_work(operator) as (tenant, actor):
        from loopline.kernel.errors import NotFound
        from loopline.kernel.scope import Scope, enter
        from loopline.mining import api as mining

        with enter(Scope(tenant)):
            rows = [one for one in mining.runs(actor) if not run or str(one.public_id) == run]
            chosen = next((one for one in rows if run or one.figures), None)
            if chosen is None:
                raise NotFound
            mining.score(actor, chosen, ask=False)
        with _bar(as_json) as tell:
            mining.score_now(tenant, chosen.pk, tell)
        _tell_run(tenant, actor, chosen.public_id, as_json)


@mine.command()
def runs(operator: _Operator = "", as_json: _Json = False) -> None:
    """List the models with their figures, the newest first."""
    with _at_work(operator) as (tenant, actor):
        from rich.console import Console
        from rich.table import Table

        from loopline.kernel.scope import Scope, enter
        from loopline.mining import api as mining

        with enter(Scope(tenant)):
            told = [_as_data(run) for run in mining.runs(actor)]
        if as_json:
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        columns = ("run", "population", "status", "started", "by", "auc", "lift10", "scored")
        table = Table(*columns, title="Models", box=None)
        for one in told:
            table.add_row(*(_cell(one[name]) for name in columns))
        Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _as_data(run: "Run") -> dict[str, Any]:
    return {
        "run": str(run.public_id),
        "population": run.population,
        "status": run.status,
        "started": run.started_at.isoformat(timespec="seconds"),
        "by": run.started_by,
        "auc": run.figures.get("auc"),
        "lift10": run.figures.get("lift10"),
        "scored": run.scored,
        "snapshot": run.snapshot,
        "code_version": run.code_version,
        "cutoffs": run.cutoffs,
        "parameters": run.parameters,
        "figures": run.figures,
        "error": run.error or None,
    }


@contextmanager
def _language() -> Iterator[None]:
    from django.utils import translation

    with translation.override("zh-hans" if os.environ.get("LANG", "").startswith("zh") else "en"):
        yield


@contextmanager
def _at_work(operator: str) -> "Iterator[tuple[int, Actor]]":
    from loopline.cli.house import opened

    with opened():
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, Scope, enter

        with enter(NOBODY):
            tenants = identity.tenant_ids()
            only = tenants[0] if len(tenants) == 1 else None
            tenant = identity.find_tenant(operator) if operator else only
        if tenant is None:
            unknown = f"No operator has the code {operator}."
            raise NoSuchOperatorError(unknown if operator else "Name the operator with --operator CODE.")
        with _language():
            with enter(Scope(tenant)):
                actor = identity.platform_actor(tenant, "command line")
            yield tenant, actor


@contextmanager
def _bar(quiet: bool) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet)) as progress:
        bar = progress.add_task("", total=None)

        def tell(step: str, done: int, of: int) -> None:
            progress.update(bar, description=step, completed=done, total=of)

        yield tell


def _tell_run(tenant: int, actor: "Actor", public_id: "UUID", as_json: bool) -> None:
    from loopline.kernel.scope import Scope, enter
    from loopline.mining import api as mining

    with enter(Scope(tenant)):
        run = mining.find_run(actor, public_id)
    if run.error:
        typer.echo(mining.error_of(run), err=True)
        raise typer.Exit(1)
    told = _as_data(run)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    figures = run.figures
    interval = f"{figures['auc_low']:.3f}–{figures['auc_high']:.3f}"
    typer.echo(
        f"{told['run']}  {told['status']}: AUC {figures['auc']:.3f} ({interval}), "
        f"lift of the riskiest tenth {figures['lift10']:.2f}, {run.scored:,} scored"
    )


def _show_evaluation(name: str, found: "Evaluation") -> None:
    from django.utils.translation import gettext as _
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"{name} · {found.target} = {found.positive}", box=None, title_justify="left")
    for heading in (_("Figure"), _("Value"), _("What it says")):
        table.add_column(heading)
    figures, counts = found.figures, found.rows
    interval = f"{figures.auc:.3f} ({figures.auc_low:.3f}–{figures.auc_high:.3f})"
    table.add_row("AUC", interval, _("chance that a leaver scores above a stayer; 95 %% interval") % ())
    if found.without_suspects:
        honest, columns = found.without_suspects, ", ".join(found.without_suspects.columns)
        table.add_row(
            _("honest AUC"),
            f"[bold]{honest.figures.auc:.3f}[/bold]",
            _("without %(columns)s") % {"columns": columns},
        )
    table.add_row(
        _("Lift 10 %%") % (), f"{figures.lift10:.2f}", _("leavers in the riskiest tenth against the average")
    )
    table.add_row(
        "PR-AUC",
        f"{figures.pr_auc:.3f}",
        _("against %(rate)s by chance") % {"rate": f"{figures.base_rate:.3f}"},
    )
    table.add_row("Brier", f"{figures.brier:.4f}", _("mean squared error of the probability; less is better"))
    table.add_row(_("Model"), found.chosen, _("split: %(split)s") % {"split": found.order or found.split})
    rows = {"used": f"{counts.used:,}", "read": f"{counts.read:,}", "twins": f"{counts.duplicates_removed:,}"}
    table.add_row(_("Rows"), rows["used"], _("of %(read)s read, %(twins)s repeated ones left out") % rows)
    console.print(table)
    for warned in found.warnings:
        colour = "yellow" if warned.severity == "warning" else "cyan"
        console.print(f"[{colour}]●[/{colour}] {warned.sentence}", highlight=False)
    if not found.warnings:
        console.print(_("Nothing smells of a leak."))
