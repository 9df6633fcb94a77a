"""Scoring with a trained run: risk, value, their classes and the reasons of everybody who is still there.

The scores come in batches of customers, each in a transaction with the run's progress: after a kill the scoring goes
on behind the last batch, from the same pinned data, and no score is written by two batches.
"""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from loopline.identity import api as identity
from loopline.imports.api import ImportRun
from loopline.kernel import clock, formats
from loopline.kernel.events import announce, record
from loopline.kernel.jobs import ask_for
from loopline.kernel.scope import Scope, enter
from loopline.mining import imported
from loopline.mining.asking import score_everybody
from loopline.mining.capacity import threads
from loopline.mining.events import ScoresWritten
from loopline.mining.features import Cutoff, Part, features, last_month
from loopline.mining.models import HISTORY, IMPORT, Run, Status
from loopline.mining.progress import Progress, Tell, told_when_failing
from loopline.mining.refusals import NobodyToScore
from loopline.mining.rules.figures import Floats
from loopline.mining.rules.fitting import FittedModel, out_of_fold
from loopline.mining.rules.reasons import explain
from loopline.mining.wording import history_reasons, imported_reasons
from loopline.scores import api as scores
from loopline.warehouse import api as warehouse

BATCH = 10_000
"""Customers at a time; a scoring keeps to the size with which it began."""
VALUE_SHARE = 0.2
"""The fifth of the customers that brings most of the margin 二八."""
RISK_SHARE = {HISTORY: 0.1, IMPORT: 0.2}
"""High risk is the riskiest tenth, whose lift the model card shows; of an import, whose label looks back without a
window and where leavers are many, the riskiest fifth."""


def begin(run: Run, *, ask: bool = True) -> None:
    """Mark the run and write the job's row, in the open transaction."""
    run.status, run.error, run.scored = Status.SCORING, "", 0
    run.progress, run.finished_at = {"batch": BATCH}, None
    run.save(update_fields=["status", "error", "progress", "finished_at", "scored"])
    if ask:
        ask_for(score_everybody, run=run.pk)


def score_now(tenant: int, run_id: int, tell: Tell | None = None) -> None:
    """As the job, telling of progress. Opens its own doors; safe to be killed and called again."""
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.model is None or run.status not in (Status.SCORING, Status.FAILED):
            return
        run.status, run.error = Status.SCORING, ""
        run.save(update_fields=["status", "error"])
        formats.currency.set(identity.current_tenant().currency)
        zone = identity.current_tenant().time_zone
    with told_when_failing(tenant, run_id), threadpool_limits(threads()):
        pinned = _pin(tenant, run)
        if run.population == HISTORY:
            _score_history(tenant, run, pinned, zone, tell)
        else:
            _score_import(tenant, run, tell)
        _finish(tenant, run_id)


def threshold(values: Floats, share: float) -> float:
    """The value from which on about `share` of all lie; equal values stay together, on the nearer side."""
    found, counts = np.unique(values, return_counts=True)
    above = np.cumsum(counts[::-1])[::-1] / len(values)
    return float(found[int(np.argmin(np.abs(above - share)))])


def _pin(tenant: int, run: Run) -> int:
    """Score from the newest data; a repeated scoring from what the first one held on to."""
    if "snapshot" in run.progress:
        return int(run.progress["snapshot"])
    with suppress(warehouse.LakeBusy):
        warehouse.refresh(tenant)
    pinned = warehouse.snapshot(tenant)
    with enter(Scope(tenant)):
        run.progress = run.progress | {"snapshot": pinned}
        run.save(update_fields=["progress"])
    return pinned


def _score_history(tenant: int, run: Run, snapshot: int, zone: str, tell: Tell | None) -> None:
    model = FittedModel.from_bytes(bytes(run.model or b""), threads())
    with warehouse.ibis_reader(tenant, snapshot=snapshot) as lake:
        month = last_month(lake)
        if month is None:
            raise NobodyToScore
        cutoff = Cutoff(month, zone)
        people = lake.table("dim_customer")
        count = int(lake.execute(people.filter(people.is_current).count()))
        parts = _parts(count, run.progress["batch"])
        progress = Progress(tenant, run.pk, 2 * len(parts), tell)
        found = []
        for part in parts:
            progress("predict")
            frame = _living(lake, cutoff, part)
            found.append(frame[["subscription_id", "value"]].assign(risk=model.predict(frame)))
        everybody = pd.concat(found, ignore_index=True)
        _set_borders(tenant, run, everybody["risk"].to_numpy(), everybody["value"].to_numpy(), cutoff.day)
        for number, part in enumerate(parts):
            progress("write")
            if number < run.progress.get("next", 0):
                continue
            frame = _living(lake, cutoff, part)
            reasons = history_reasons(explain(model, frame))
            rows = frame[["subscription_id", "value"]].assign(risk=model.predict(frame), reasons=reasons)
            _write(tenant, run.pk, rows, cutoff.day, number)


def _parts(customers: int, batch: int) -> list[Part]:
    count = max(1, min(1000, -(-customers // batch)))
    borders = np.linspace(0, 1000, count + 1).astype(int).tolist()
    return [Part(first, below) for first, below in pairwise(borders)]


def _living(lake: Any, cutoff: Cutoff, part: Part) -> pd.DataFrame:
    """Features of those in use at the cut-off who have not ended since."""
    rows = features(lake, cutoff, part)
    lines = lake.table("dim_subscription")
    here = lines.filter(lines.is_current, lines.ended_on.isnull()).select("subscription_id")
    frame: pd.DataFrame = lake.to_pandas(rows.semi_join(here, "subscription_id"))
    return frame.sort_values("subscription_id", ignore_index=True)


def _score_import(tenant: int, run: Run, tell: Tell | None) -> None:
    """Who is in the training is scored by a model that has not seen him; who has left is not scored."""
    progress = Progress(tenant, run.pk, 3, tell)
    progress("predict")
    with enter(Scope(tenant)):
        brought_by = ImportRun.objects.get(pk=int(run.population.removeprefix(IMPORT)))
    with warehouse.ibis_reader(tenant, snapshot=run.snapshot) as lake:
        brought = imported.read_import(lake, brought_by)
    model = FittedModel.from_bytes(bytes(run.model or b""), threads())
    columns = brought.columns.drop(columns=run.parameters.get("left_out", []))
    known = brought.labels >= 0
    risk = model.predict(columns)
    risk[known] = out_of_fold(columns[known], brought.labels[known], seed=0, threads=threads())
    stay = np.flatnonzero(brought.living & (brought.labels != 1))
    if not len(stay):
        raise NobodyToScore
    progress("reasons")
    _set_borders(tenant, run, risk[stay], brought.value[stay], brought_by.as_of)
    reasons = imported_reasons(explain(model, columns.iloc[stay]))
    rows = pd.DataFrame(
        {
            "subscription_id": brought.subscription_id[stay],
            "value": brought.value[stay],
            "risk": risk[stay],
            "reasons": reasons.to_numpy(),
        }
    )
    progress("write")
    batch = run.progress["batch"]
    for number, first in enumerate(range(0, len(rows), batch)):
        if number >= run.progress.get("next", 0):
            _write(tenant, run.pk, rows.iloc[first : first + batch], brought_by.as_of, number)


def _set_borders(tenant: int, run: Run, risk: Floats, value: Floats, as_of: date) -> None:
    """Fix what is high before the first score is written; a repeated scoring finds it fixed."""
    if not len(risk):
        raise NobodyToScore
    share = RISK_SHARE[HISTORY if run.population == HISTORY else IMPORT]
    with enter(Scope(tenant)):
        row = Run.objects.select_for_update().get(pk=run.pk)
        if "borders" not in row.progress:
            borders = {"risk": threshold(risk, share), "value": threshold(value, VALUE_SHARE)}
            row.progress = row.progress | {"borders": borders, "next": 0, "total": len(risk)}
            row.parameters = row.parameters | {
                "risk_share": share,
                "value_share": VALUE_SHARE,
                "risk_threshold": borders["risk"],
                "value_threshold": borders["value"],
                "as_of": as_of.isoformat(),
            }
            row.save(update_fields=["progress", "parameters"])
        run.progress, run.parameters = row.progress, row.parameters


def _write(tenant: int, run_id: int, rows: pd.DataFrame, as_of: date, number: int) -> None:
    """One batch and the mark that it is done, in one transaction."""
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.status != Status.SCORING or run.progress["next"] != number:
            return
        borders = run.progress["borders"]
        columns: dict[str, Any] = {
            "subscription_id": rows["subscription_id"].tolist(),
            "risk": rows["risk"].astype(float).tolist(),
            "risk_class": np.where(rows["risk"] >= borders["risk"], "high", "low").tolist(),
            "value": [Decimal(f"{value:.2f}") for value in rows["value"]],
            "value_class": np.where(rows["value"] >= borders["value"], "high", "low").tolist(),
            "reasons": rows["reasons"].tolist(),
        }
        run.scored += scores.write_scores(columns, model_run_id=run.pk, as_of=as_of)
        high = run.progress.get("high", 0) + columns["risk_class"].count("high")
        run.progress = run.progress | {"next": number + 1, "high": high}
        run.save(update_fields=["scored", "progress"])
        announce("mining")


def _finish(tenant: int, run_id: int) -> None:
    with enter(Scope(tenant)):
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.status != Status.SCORING:
            return
        high = int(run.progress.get("high", 0))
        run.status, run.finished_at = Status.SCORED, clock.now()
        run.parameters = run.parameters | {"high_risk": high}
        run.progress = {}
        run.save(update_fields=["status", "finished_at", "parameters", "progress"])
        event = ScoresWritten(scored=run.scored, high_risk=high)
        record(event, about=run, by=identity.platform_actor(tenant, run.started_by))
