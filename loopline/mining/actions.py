"""What can be asked of mining: train, score, evaluate a table."""

from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.mining import queries, scoring, training
from loopline.mining.events import TrainingAsked
from loopline.mining.features import OUTCOME_MONTHS, WINDOW
from loopline.mining.models import AT_WORK, HISTORY, Run, Status
from loopline.mining.refusals import AtWork, NotTrained


def train(
    actor: Actor, population: str = HISTORY, *, gap: int = 0, then_score: bool = False, ask: bool = True
) -> Run:
    """Ask for a model of a population; the worker trains it (`ask` False: the caller does, see `train_now`).

    `gap` is the number of months between cut-off and outcome window, left free to act in. Raises NoSuchPopulation.
    """
    require(actor, "mining.run")
    population = queries.population_named(actor, population)
    parameters = {"seed": training.SEED, "then_score": then_score}
    if population == HISTORY:
        parameters |= {"gap": gap, "outcome_months": OUTCOME_MONTHS, "window_months": WINDOW}
    run = Run.objects.create(
        population=population, status=Status.QUEUED, started_by=actor.name, parameters=parameters
    )
    record(TrainingAsked(population=population), about=run, by=actor)
    if ask:
        training.ask_to_train(run)
    return run


def score(actor: Actor, run: Run, *, ask: bool = True) -> Run:
    """Ask for scores of everybody in the run's population (`ask` False: see `score_now`). Raises NotTrained, AtWork."""
    require(actor, "mining.run")
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.status in AT_WORK:
        raise AtWork
    if locked.model is None:
        raise NotTrained
    scoring.begin(locked, ask=ask)
    return locked
