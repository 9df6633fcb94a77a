"""What happens to models."""

from dataclasses import dataclass

from loopline.kernel.events import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAsked(Happened):
    """Somebody asked for a model of a population."""

    name = "mining.training_asked"
    population: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTrained(Happened):
    """A model was learnt and judged. `auc` and `lift10` are those to believe."""

    name = "mining.model_trained"
    population: str
    auc: float
    lift10: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresWritten(Happened):
    """Everybody of the model's population who is still there has a score of this run."""

    name = "mining.scores_written"
    scored: int
    high_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Happened):
    """A training, scoring or evaluation could not be done; says why."""

    name = "mining.run_failed"
    reason: str
