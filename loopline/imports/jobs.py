"""Imports run in the background."""

from datetime import date

from loopline.imports import actions, carrying
from loopline.imports.models import ImportRun
from loopline.kernel.jobs import ask_for, job
from loopline.kernel.permission import Actor


@job(name="imports.run", long=True, one_at_a_time=True)
def run_import(tenant: int, run: int) -> None:
    """Carry an import out, batch by batch. Killed at any moment and run again it goes on behind the last batch."""
    carrying.carry_out(tenant, run)


def start(
    *,
    actor: Actor,
    run: ImportRun,
    mapping: dict[str, str] | None = None,
    as_of: date | None = None,
    dry_run: bool = False,
) -> ImportRun:
    """Decide on the mapping and let the worker begin (see `actions.order`)."""
    ordered = actions.order(actor=actor, run=run, mapping=mapping, as_of=as_of, dry_run=dry_run)
    ask_for(run_import, run=ordered.pk)
    return ordered
