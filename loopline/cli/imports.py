"""`loopline import`."""

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loopline.config.installation import InstallationError

if TYPE_CHECKING:
    from loopline.imports.api import ImportRun
    from loopline.kernel.permission import Actor

COUNTS = ("read", "created", "updated", "duplicates", "rejected")


class NoSuchOperatorError(InstallationError):
    """The operator or the user name is not known; says which."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(  # noqa: PLR0917 (typer reads options from arguments)
    file: Annotated[Path, typer.Argument(help="csv, gz of csv, xlsx or parquet.")],
    mapping: Annotated[Path | None, typer.Option(help="TOML file: column → field.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count everything, change nothing.")] = False,
    operator: Annotated[str, typer.Option(help="Operator's code; needed where there are several.")] = "",
    user: Annotated[str, typer.Option(help="Import as this member of staff, into his unit.")] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the file's figures; today by default."),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows are written; FILE.rejected.csv by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ledger for a program.")] = False,
) -> None:
    """Import a customer base: each row a customer with account and subscription.

    Columns find their fields by name and synonym, in Chinese or English; what has no field is kept as a typed
    characteristic of the subscription. A mapping file decides otherwise:

    `[columns]` then lines such as `"MonthlyCharges" = "monthly_fee"`, `"Notes" = "-"` (left out) or
    `"Contract" = "characteristic:Contract term"`.

    The ledger adds up: read = created + updated + duplicates + rejected. The same file twice creates nothing. An
    import that was cut off goes on where it ended when it is called again. Ends with code 1 if the file is refused.
    """
    from loopline.cli.house import opened

    with opened():
        from django.utils import translation

        from loopline.imports import api as imports
        from loopline.kernel.scope import Scope, change, enter

        chosen = imports.read_mapping(mapping) if mapping else None
        tenant = _tenant(operator)
        with translation.override("zh-hans" if os.environ.get("LANG", "").startswith("zh") else "en"):
            with enter(Scope(tenant)):
                actor = _actor(tenant, user)
                change(actor.scope)
                day = as_of.date() if as_of else None
                run = imports.take_up(actor=actor, path=file, mapping=chosen, as_of=day, dry_run=dry_run)
            begun = time.monotonic()
            _carry_out(tenant, run.pk, file.name, quiet=as_json)
            seconds = time.monotonic() - begun
            with enter(Scope(tenant)):
                run.refresh_from_db()
                written = _write_rejects(run, rejects or Path(f"{file.name}.rejected.csv"))
            _tell(run, written, seconds, as_json=as_json)
    if run.status not in (imports.Status.FINISHED, imports.Status.TRIED):
        raise typer.Exit(1)


def _tenant(operator: str) -> int:
    from loopline.identity import api as identity
    from loopline.kernel.scope import NOBODY, enter

    with enter(NOBODY):
        tenants = identity.tenant_ids()
        only = tenants[0] if len(tenants) == 1 else None
        tenant = identity.find_tenant(operator) if operator else only
    if tenant is None:
        unknown = f"No operator has the code {operator}."
        raise NoSuchOperatorError(unknown if operator else "Name the operator with --operator CODE.")
    return tenant


def _actor(tenant: int, user: str) -> "Actor":
    from loopline.identity import api as identity
    from loopline.kernel import clock

    if not user:
        return identity.platform_actor(tenant, "command line")
    people = identity.Staff.objects.select_related("unit__parent").filter(is_active=True)
    staff = people.filter(user_name__iexact=user).first()
    if staff is None:
        raise NoSuchOperatorError(f"Nobody active has the user name {user}.")
    return identity.actor_of(staff, clock.now())


def _carry_out(tenant: int, run: int, name: str, *, quiet: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from loopline.imports import api as imports

    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(name, total=None)

        def tell(now: "ImportRun") -> None:
            progress.update(bar, total=now.rows_total, completed=now.read)

        imports.carry_out(tenant, run, tell)


def _write_rejects(run: "ImportRun", path: Path) -> Path | None:
    from loopline.imports import api as imports

    if not run.rejected:
        return None
    with imports.RejectsFile(path) as out:
        out.write(imports.as_rejected(each) for each in imports.rejects_of(run))
    return path


def _tell(run: "ImportRun", rejects: Path | None, seconds: float, *, as_json: bool) -> None:
    from loopline.imports import api as imports

    error = imports.sentence_of(run.error["code"], run.error["values"]) if run.error else ""
    if as_json:
        found: dict[str, Any] = {"run": str(run.public_id), "file": run.file_name, "status": run.status}
        found |= {name: getattr(run, name) for name in COUNTS}
        found |= {
            "seconds": round(seconds, 3),
            "rejects": str(rejects) if rejects else None,
            "error": error or None,
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for name in COUNTS:
        typer.echo(f"{name:12}{getattr(run, name):>12,}")
    if run.status == imports.Status.TRIED:
        typer.echo("Nothing was changed: this was a trial.")
    if rejects:
        typer.echo(f"Rejected rows with their reasons: {rejects}")
    if error:
        typer.echo(error, err=True)
