"""Judging a table that somebody brings, in the background: the same protocol as the command `mine evaluate`.

The table is not imported and leaves no customer behind; its file is removed when it has been judged.
"""

import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from loopline.imports import api as imports
from loopline.kernel import clock
from loopline.kernel.jobs import ask_for
from loopline.kernel.models import current_tenant
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, enter
from loopline.mining.asking import evaluate_table
from loopline.mining.capacity import threads
from loopline.mining.judging import figures_of, kept_warnings, plots_of
from loopline.mining.models import EVALUATION, Run, Status
from loopline.mining.progress import Progress, told_when_failing
from loopline.mining.refusals import AtWork, NoFile, TableTooLarge, TargetTwice
from loopline.mining.rules.evaluation import Evaluation
from loopline.mining.rules.protocol import evaluate
from loopline.mining.rules.refusals import ColumnMissing
from loopline.mining.rules.tables import FILE_ORDER

LARGEST = 200 * 2**20
LONGEST_NAME = 120
UPLOADED = "uploaded"
__all__ = ["UPLOADED", "NoFile", "bring_table", "forget_table", "judge_table"]
KEPT = ("chosen", "target", "positive", "split", "order", "honest_auc", "counts", "columns", "left_out",
        "candidates", "without_suspects", "seconds")  # fmt: skip


def bring_table(actor: Actor, name: str, blocks: Iterable[bytes]) -> Run:
    """Put a table away to be judged. Raises TableTooLarge, or why the file is no table."""
    require(actor, "mining.run")
    stored = uuid.uuid4().hex
    path = _folder(current_tenant()) / stored
    try:
        _store(path, blocks)
        columns = list(imports.open_table(path).columns)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    shown = Path(name.replace("\\", "/")).name[-LONGEST_NAME:] or "table"
    parameters = {"stored_as": stored, "columns": columns}
    return Run.objects.create(
        subject=EVALUATION, population=shown, status=UPLOADED, started_by=actor.name, parameters=parameters
    )


def judge_table(actor: Actor, run: Run, *, target: str, drop: list[str], time: str) -> Run:
    """Ask for the judgement. `time` is a column, "file order" or ''. Raises ColumnMissing, AtWork, TargetTwice."""
    require(actor, "mining.run")
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.status not in (UPLOADED, Status.FAILED):
        raise AtWork
    columns = locked.parameters["columns"]
    for name in (target, *drop, *([time] if time not in ("", FILE_ORDER) else [])):
        if name not in columns:
            raise ColumnMissing(column=name, columns=", ".join(columns), field="target")
    if target in drop or target == time:
        raise TargetTwice(field="target")
    locked.parameters = locked.parameters | {"target": target, "drop": drop, "time": time}
    locked.status, locked.error = Status.QUEUED, ""
    locked.save(update_fields=["parameters", "status", "error"])
    ask_for(evaluate_table, run=locked.pk)
    return locked


def evaluate_now(tenant: int, run: int) -> None:
    """As the job, opening its own doors; safe to be killed and called again."""
    with enter(Scope(tenant)):
        row = Run.objects.select_for_update().get(pk=run)
        if (
            row.status not in (Status.QUEUED, Status.TRAINING, Status.FAILED)
            or "target" not in row.parameters
        ):
            return
        row.status = Status.TRAINING
        row.save(update_fields=["status"])
    chosen = row.parameters
    path = _folder(tenant) / chosen["stored_as"]
    with told_when_failing(tenant, run):
        progress = Progress(tenant, run, 2)
        progress("read")
        frame = imports.read_frame(path)
        progress("judge")
        found = evaluate(
            frame, chosen["target"], drop=chosen["drop"], time=chosen["time"] or None, threads=threads()
        )
        _finish(tenant, run, found)
        path.unlink(missing_ok=True)


def forget_table(actor: Actor, run: Run) -> None:
    """Remove a table and its judgement."""
    require(actor, "mining.run")
    with suppress(KeyError):
        (_folder(current_tenant()) / run.parameters["stored_as"]).unlink(missing_ok=True)
    run.delete()


def _finish(tenant: int, run: int, found: Evaluation) -> None:
    told = found.as_dict()
    honest = found.without_suspects.figures.auc if found.without_suspects else None
    with enter(Scope(tenant)):
        row = Run.objects.select_for_update().get(pk=run)
        row.figures = figures_of(found.labels, found.probability) | {name: told[name] for name in KEPT}
        row.figures["without_auc"] = honest
        row.plots = plots_of(found.labels, found.probability)
        row.warnings = kept_warnings(found.warnings)
        row.status, row.finished_at, row.progress = Status.TRAINED, clock.now(), {}
        row.save()


def _store(path: Path, blocks: Iterable[bytes]) -> None:
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for block in blocks:
            size += len(block)
            if size > LARGEST:
                raise TableTooLarge(allowed="200 MiB")
            out.write(block)


def _folder(tenant: int) -> Path:
    return Path(settings.INSTALLATION.folder(f"mining/{tenant}"))
