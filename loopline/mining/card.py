"""The model card in finished strings: what a model predicts, from what, how well, and its limits."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loopline.kernel import formats
from loopline.kernel.period import add_months
from loopline.mining.catalogue import BY_NAME, TOPICS
from loopline.mining.charts import Chart, calibration_chart, importance_chart, lift_chart
from loopline.mining.models import HISTORY, Run, Status
from loopline.mining.rules.candidates import CANDIDATE_NAMES
from loopline.mining.rules.warnings import SUSPECT, Warned
from loopline.mining.wording import readable

TONES = {
    Status.QUEUED: "info",
    Status.TRAINING: "info",
    Status.TRAINED: "good",
    Status.SCORING: "info",
    Status.SCORED: "good",
    Status.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as a tile: its interval and what it means."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that was tried."""

    name: str
    auc: str
    interval: str
    lift: str
    brier: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning or note with its tone."""

    text: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Judged:
    """How good a model is: for model cards and judged tables alike."""

    sentence: str
    figures: list[Figure]
    lift: Chart
    calibration: Chart
    candidates: list[Candidate]
    warnings: list[Remark]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything of the model card that is not a figure."""

    facts: list[tuple[str, str]]
    topics: Chart
    columns: list[tuple[str, str]]
    limits: list[str]
    parameters: str


def judged(run: Run) -> Judged | None:
    """The figures of a run; None while there are none."""
    if not run.figures:
        return None
    warned = [Warned(**kept) for kept in run.warnings]
    return Judged(
        sentence=_sentence(run.figures, _window(run)),
        figures=_figures(run),
        lift=lift_chart(run.plots),
        calibration=calibration_chart(run.plots),
        candidates=_candidates(run.figures),
        warnings=[_remark(one) for one in sorted(warned, key=lambda one: one.severity == "note")],
    )


def _remark(warned: Warned) -> Remark:
    title = _("Smells of a leak") if warned.code in SUSPECT | {"missing_predicts"} else ""
    return Remark(warned.sentence, "warn" if warned.severity == "warning" else "info", title)


def card(run: Run, population: str) -> Card:
    """The words around the figures of a trained model."""
    importance = run.plots["importance"]
    return Card(
        facts=_facts(run, population),
        topics=importance_chart([(topic_name(run, name), share) for name, share in importance["topics"]]),
        columns=[(_column_name(run, name), formats.percent(share)) for name, share in importance["columns"]],
        limits=_limits(run),
        parameters=json.dumps(run.parameters | {"cutoffs": run.cutoffs}, ensure_ascii=False, indent=2),
    )


def topic_name(run: Run, name: str) -> str:
    """A topic in words: ours, or a column of the table that was brought."""
    return str(TOPICS[name]) if run.population == HISTORY and name in TOPICS else readable(name)


def _column_name(run: Run, name: str) -> str:
    return str(BY_NAME[name].about) if run.population == HISTORY and name in BY_NAME else readable(name)


def _window(run: Run) -> str:
    if run.population != HISTORY:
        return ""
    return _("within %(months)s months") % {"months": run.parameters["outcome_months"]}


def _sentence(figures: dict[str, Any], window: str) -> str:
    values = {
        "captured": formats.percent(figures["captured10"], 0),
        "rate10": formats.number(round(100 * figures["rate10"])),
        "base": formats.number(100 * figures["base_rate"], 1),
        "window": window,
    }
    if window:
        return (
            _(
                "Of the customers who leave %(window)s, %(captured)s are in the riskiest tenth. Of 100 customers in it "
                "about %(rate10)s leave; of 100 drawn at random it is %(base)s."
            )
            % values
        )
    return (
        _(
            "Of the customers who left, %(captured)s are in the riskiest tenth. Of 100 customers in it %(rate10)s had "
            "left; of 100 drawn at random it is %(base)s."
        )
        % values
    )


def _figures(run: Run) -> list[Figure]:
    found = run.figures
    tiles = [
        Figure(
            "AUC",
            formats.number(found["auc"], 3),
            "",
            _("%(low)s to %(high)s; a leaver scores above a stayer so often, 0.5 is chance")
            % {"low": formats.number(found["auc_low"], 3), "high": formats.number(found["auc_high"], 3)},
        ),
        Figure(
            _("Lift of the riskiest tenth"),
            formats.number(found["lift10"], 2),
            "×",
            _("%(low)s to %(high)s; so many times the average rate")
            % {
                "low": formats.number(found["lift10_low"], 2),
                "high": formats.number(found["lift10_high"], 2),
            },
        ),
        Figure(
            _("Leavers found in it"),
            formats.number(100 * found["captured10"], 1),
            "%",
            _("of %(left)s who left") % {"left": formats.number(found["positives"])},
        ),
        Figure(
            _("Brier score"),
            formats.number(found["brier"], 4),
            "",
            _("mean squared error; %(chance)s for whoever knows the rate alone")
            % {"chance": formats.number(found["base_rate"] * (1 - found["base_rate"]), 4)},
        ),
    ]
    if found.get("without_auc") is not None:
        columns = ", ".join(found["without_suspects"]["columns"])
        honest = _("without %(columns)s: the figure to believe") % {"columns": columns}
        tiles.insert(0, Figure(_("Honest AUC"), formats.number(found["without_auc"], 3), "", honest))
    return tiles


def _candidates(figures: dict[str, Any]) -> list[Candidate]:
    return [
        Candidate(
            name=str(CANDIDATE_NAMES.get(name, name)),
            auc=formats.number(one["auc"], 3),
            interval=f"{formats.number(one['auc_low'], 3)} – {formats.number(one['auc_high'], 3)}",
            lift=formats.number(one["lift10"], 2),
            brier=formats.number(one["brier"], 4),
            chosen=name == figures["chosen"],
        )
        for name, one in figures["candidates"].items()
    ]


def _facts(run: Run, population: str) -> list[tuple[str, str]]:
    learnt = run.parameters["learnt"]
    rows = _("%(rows)s rows, %(left)s of them left") % {
        "rows": formats.number(learnt["rows"]),
        "left": formats.number(learnt["left"]),
    }
    facts = [(_("Predicts"), _predicts(run)), (_("Population"), population), (_("Learnt from"), rows)]
    if run.cutoffs:
        learn = [date.fromisoformat(day) for day in run.cutoffs["learn"]]
        span = f"{formats.month(learn[0])} – {formats.month(learn[-1])}"
        facts.append(
            (_("Cut-offs"), _("%(count)s month ends, %(span)s") % {"count": len(learn), "span": span})
        )
        facts.append((_("Judged on"), _judged_on(run)))
    else:
        facts.append((_("Judged on"), _("five folds; each customer by a model that has not seen him")))
    chosen = str(CANDIDATE_NAMES.get(run.figures["chosen"], run.figures["chosen"]))
    facts += [
        (_("Model"), _("%(name)s, probabilities calibrated after Platt") % {"name": chosen}),
        (_("Data version"), _("snapshot %(number)s of the warehouse") % {"number": run.snapshot}),
        (_("Code version"), run.code_version),
        (_("Trained by"), f"{run.started_by} · {formats.moment(run.started_at)}"),
    ]
    if "risk_threshold" in run.parameters:
        facts.append((_("High risk"), _high_risk(run)))
    return facts


def _predicts(run: Run) -> str:
    if run.population != HISTORY:
        return _("whether a customer is one who leaves (“%(label)s”)") % {"label": run.parameters["label"]}
    if run.parameters["gap"]:
        return _("leaving of one's own will within %(months)s months, after %(gap)s months to act") % {
            "months": run.parameters["outcome_months"],
            "gap": run.parameters["gap"],
        }
    return _("leaving of one's own will within %(months)s months") % {
        "months": run.parameters["outcome_months"]
    }


def _judged_on(run: Run) -> str:
    judge = date.fromisoformat(run.cutoffs["judge"])
    first = add_months(judge, 1 + run.parameters["gap"])
    last = add_months(first, run.parameters["outcome_months"] - 1)
    return _("cut-off %(month)s, who left in %(first)s and %(last)s; all of it later than the learning") % {
        "month": formats.month(judge),
        "first": formats.month(first),
        "last": formats.month(last),
    }


def _high_risk(run: Run) -> str:
    return _(
        "from %(risk)s on, the riskiest %(share)s at the scoring; high value from %(value)s a month on"
    ) % {
        "risk": formats.percent(run.parameters["risk_threshold"]),
        "share": formats.percent(run.parameters["risk_share"], 0),
        "value": formats.money(round(run.parameters["value_threshold"])),
    }


def _limits(run: Run) -> list[str]:
    if run.population != HISTORY:
        return [
            _("The label is a snapshot: the file says who had left, not when. It ranks, it does not forecast a date."),
            _("Figures hold for customers like those of the file; other regions, plans or years may differ."),
            _("A reason names what the score rests on. It is no proof that changing it keeps the customer."),
        ]  # fmt: skip
    return [
        _("It forecasts leaving of one's own will. Terminations for arrears and changes of number are not leaving."),
        _("Whoever has no bill and no usage in the last three months is not scored."),
        _("It says who will leave if nothing is done, not whom an offer will keep; that is measured by campaigns."),
        _("A reason names what the score rests on. It is no proof that changing it keeps the customer."),
        _("Sex and age may help the model, but are never given as reasons. Train anew each month."),
    ]  # fmt: skip
