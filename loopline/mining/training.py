"""Training a run: the data is pinned, the candidates are fitted, the better one is calibrated and judged.

Nothing but progress is written before the end, so a killed training is simply done again on the same pinned data,
and gives the same model.
"""

import subprocess
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from loopline.identity import api as identity
from loopline.imports.api import ImportRun
from loopline.kernel import clock
from loopline.kernel.events import record
from loopline.kernel.jobs import ask_for
from loopline.kernel.scope import Scope, enter
from loopline.mining import history, imported, scoring
from loopline.mining.asking import train_model
from loopline.mining.capacity import threads
from loopline.mining.catalogue import KINDS, TOPIC_OF
from loopline.mining.events import ModelTrained
from loopline.mining.judging import figures_of, importance_of, kept_warnings, plots_of
from loopline.mining.models import HISTORY, IMPORT, Run, Status
from loopline.mining.progress import Progress, Tell, told_when_failing
from loopline.mining.refusals import NoSuchPopulation
from loopline.mining.rules.columns import tidy
from loopline.mining.rules.figures import Labels
from loopline.mining.rules.fitting import Choice, choose, fit_churn_model
from loopline.mining.rules.folds import LEAST_OF_EACH, enough
from loopline.mining.rules.protocol import evaluate
from loopline.mining.rules.refusals import TooFewRows
from loopline.mining.rules.warnings import FEW, SUSPECT, Warned, diagnose
from loopline.warehouse import api as warehouse

SEED = 0
TOO_GOOD = SUSPECT | {"missing_predicts"}


def train_now(tenant: int, run_id: int, tell: Tell | None = None) -> None:
    """As the job, telling of progress. Opens its own doors; safe to be killed and called again."""
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.model is not None or run.status not in (Status.QUEUED, Status.TRAINING, Status.FAILED):
            return
        run.status, run.error, run.finished_at = Status.TRAINING, "", None
        run.code_version = run.code_version or code_version()
        run.save(update_fields=["status", "error", "finished_at", "code_version"])
    with told_when_failing(tenant, run_id), threadpool_limits(threads()):
        _pin(tenant, run)
        learn = _learn_from_history if run.population == HISTORY else _learn_from_import
        _finish(tenant, run_id, learn(tenant, run, tell))


def code_version() -> str:
    """The package's version and, in a working copy, the commit."""
    installed = version("loopline")
    root = Path(__file__).resolve().parents[2]
    with suppress(OSError, subprocess.SubprocessError):
        if (root / ".git").exists():
            command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
            found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
            return f"{installed} ({found.stdout.strip()})"
    return installed


def _pin(tenant: int, run: Run) -> None:
    """Bring the warehouse up to now and hold on to that state; a repeated training finds it held."""
    if run.snapshot is not None:
        return
    with suppress(warehouse.LakeBusy):
        warehouse.refresh(tenant)
    run.snapshot = warehouse.snapshot(tenant)
    with enter(Scope(tenant)):
        Run.objects.filter(pk=run.pk).update(snapshot=run.snapshot)


def _learn_from_history(tenant: int, run: Run, tell: Tell | None) -> dict[str, Any]:
    with enter(Scope(tenant)):
        zone = identity.current_tenant().time_zone
        first_load = warehouse.Load.objects.filter(status="done").order_by("pk").first()
    with warehouse.ibis_reader(tenant, snapshot=run.snapshot) as lake:
        plan = history.plan_cutoffs(lake, gap=run.parameters["gap"], zone=zone)
        progress = Progress(tenant, run.pk, len(plan.learn) + 3, tell)
        most = history.MOST_ROWS // len(plan.learn)
        parts = []
        for month in plan.learn:
            progress("features", month=month.isoformat())
            parts.append(history.rows_at(lake, month, plan, most))
        progress("features", month=plan.judge.isoformat())
        judged = history.rows_at(lake, plan.judge, plan, history.MOST_ROWS)
    learnt = pd.concat(parts, ignore_index=True)
    labels, truth = (frame["left"].to_numpy(np.int8) for frame in (learnt, judged))
    for each in (labels, truth):
        _require_enough(each)
    progress("fit")
    choice = choose(
        tidy(learnt, KINDS), labels, KINDS, groups=learnt["customer_id"].to_numpy(np.int64), moments=None,
        seed=SEED, threads=threads(),
    )  # fmt: skip
    progress("judge")
    contracts_since = first_load.started_at.date() if first_load else None
    warned = _warnings_of(judged, truth)
    if contracts_since and contracts_since > plan.learn[0]:
        warned.append(
            Warned("contracts_of_later", "months_to_contract_end", {"since": str(contracts_since)}, "note")
        )
    return _judged_by_time(choice, judged, truth) | {
        "cutoffs": plan.as_dict(),
        "warnings": kept_warnings(warned),
        "learnt": {"rows": len(learnt), "left": int(labels.sum())},
    }


def _judged_by_time(choice: Choice, judged: pd.DataFrame, truth: Labels) -> dict[str, Any]:
    table = tidy(judged, KINDS)
    probability = {name: model.predict_tidy(table) for name, model in choice.models.items()}
    headline = probability[choice.chosen]
    found = {name: figures_of(truth, one) for name, one in probability.items()}
    return {
        "model": choice.model.to_bytes(),
        "figures": found[choice.chosen] | {"chosen": choice.chosen, "candidates": _brief(found)},
        "plots": plots_of(truth, headline) | {"importance": importance_of(choice.model, judged, TOPIC_OF)},
    }


def _brief(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        name: {key: one[key] for key in ("auc", "auc_low", "auc_high", "lift10", "brier")}
        for name, one in found.items()
    }


def _warnings_of(judged: pd.DataFrame, truth: Labels) -> list[Warned]:
    """Signs of a leak among our own features, and few leavers to judge by."""
    table = tidy(judged, KINDS)
    found = diagnose(table, truth, KINDS, (), by_time=False, seed=SEED, threads=threads())
    warned = [one for one in found.warnings if one.code in TOO_GOOD]
    if truth.sum() < FEW:
        warned.append(Warned("few_of_a_class", None, {"rows": int(truth.sum())}))
    return warned


def _require_enough(labels: Labels) -> None:
    if not enough(labels):
        left = int(labels.sum())
        raise TooFewRows(positives=left, negatives=len(labels) - left, positive="left", needed=LEAST_OF_EACH)


def _learn_from_import(tenant: int, run: Run, tell: Tell | None) -> dict[str, Any]:
    progress = Progress(tenant, run.pk, 4, tell)
    progress("features")
    brought = read_brought(tenant, run)
    table = brought.columns.assign(**{brought.label: brought.labels}).iloc[
        np.flatnonzero(brought.labels >= 0)
    ]
    progress("judge")
    first = evaluate(table, brought.label, seed=SEED, threads=threads())
    suspects = [one.column for one in first.warnings if one.code in SUSPECT and one.column]
    honest = first
    if suspects:
        honest = evaluate(table, brought.label, drop=suspects, seed=SEED, threads=threads())
    progress("fit")
    known = brought.labels >= 0
    columns = brought.columns.drop(columns=suspects)
    model = fit_churn_model(columns[known], brought.labels[known], seed=SEED, threads=threads())
    progress("done")
    headline = figures_of(honest.labels, honest.probability) | {"chosen": honest.chosen}
    candidates = _brief({name: asdict(one) for name, one in honest.candidates.items()})
    if suspects:
        headline |= {"with_suspects": {"auc": first.figures.auc, "columns": suspects}}
    return {
        "model": model.to_bytes(),
        "figures": headline | {"candidates": candidates},
        "plots": plots_of(honest.labels, honest.probability)
        | {"importance": importance_of(model, columns, None)},
        "cutoffs": {},
        "warnings": kept_warnings(first.warnings),
        "learnt": {"rows": int(known.sum()), "left": int((brought.labels == 1).sum())},
        "left_out": suspects,
        "label": brought.label,
    }


def read_brought(tenant: int, run: Run) -> imported.Brought:
    """The table of an import run's population, from the lake as the run pinned it."""
    with enter(Scope(tenant)):
        found = ImportRun.objects.filter(pk=int(run.population.removeprefix(IMPORT))).first()
    if found is None:
        raise NoSuchPopulation(population=run.population)
    with warehouse.ibis_reader(tenant, snapshot=run.snapshot) as lake:
        return imported.read_import(lake, found)


def _finish(tenant: int, run_id: int, found: dict[str, Any]) -> None:
    """Everything of the model in one transaction; scoring follows where it was asked for."""
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.model is not None:
            return
        further = {key: found[key] for key in ("learnt", "left_out", "label") if key in found}
        run.parameters = run.parameters | further
        for name in ("model", "figures", "plots", "cutoffs", "warnings"):
            setattr(run, name, found[name])
        run.status, run.finished_at, run.progress = Status.TRAINED, clock.now(), {}
        run.save()
        event = ModelTrained(
            population=run.population,
            auc=round(run.figures["auc"], 4),
            lift10=round(run.figures["lift10"], 3),
        )
        record(event, about=run, by=identity.platform_actor(tenant, run.started_by))
        if run.parameters.get("then_score"):
            scoring.begin(run)


def ask_to_train(run: Run) -> int:
    """Write the job's row in the open transaction."""
    return ask_for(train_model, run=run.pk)
