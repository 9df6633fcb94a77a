"""`loopline backup` and `loopline restore`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from loopline.config.installation import Installation


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    target: Annotated[Path, typer.Argument(help="The tar file to write; it must not exist yet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write both databases, the lake and all files to one archive, while everybody goes on working.

    The archive holds the keys that open personal data: keep it like the installation itself.
    """
    from loopline.cli.house import opened
    from loopline.config import backup as archive

    with opened() as installation:
        summary = archive.backup(installation, target).summary | {"bytes": target.stat().st_size}
    typer.echo(
        json.dumps(summary) if as_json else f"{target}: {summary['files']} files, {summary['bytes']:,} bytes"
    )


def restore(
    source: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="An archive of `loopline backup`.")
    ],
    data: Annotated[Path | None, typer.Option(help="The empty folder to restore into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Make an installation in an empty folder out of an archive, and prove it by the warehouse check.

    The warehouse reads the restored database anew and is then reconciled with it, to the fen.
    """
    from loopline.cli.house import opened
    from loopline.config import backup as archive
    from loopline.config import environment

    installation = Installation(data or Path(environment.read(environment.DATA)))
    summary = archive.restore(source, installation.data).summary | {"data": str(installation.data)}
    with opened(installation):
        summary["agrees"] = _reconciled()
    typer.echo(json.dumps(summary) if as_json else _told(summary))
    raise typer.Exit(0 if summary["agrees"] else 1)


def _reconciled() -> bool:
    from loopline.identity import api as identity
    from loopline.kernel.scope import NOBODY, enter
    from loopline.warehouse import api as warehouse

    with enter(NOBODY):
        tenants = identity.tenant_ids()
    for tenant in tenants:
        warehouse.refresh(tenant)
    return all(warehouse.check(tenant).agrees for tenant in tenants)


def _told(summary: dict[str, Any]) -> str:
    verdict = "agrees with" if summary["agrees"] else "DIFFERS from"
    return (
        f"{summary['data']}: restored what was backed up at {summary['made_at']} ({summary['files']} files). "
        f"The warehouse {verdict} its source."
    )
