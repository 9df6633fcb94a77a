"""Mining for programs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status, UploadedFile
from pydantic import Field

from loopline.kernel.permission import caller
from loopline.mining import actions, queries, trying
from loopline.mining.models import EVALUATION, Run

router = Router()
type Name = Annotated[str, Field(max_length=200)]


class MiningRunOut(Schema):
    """A run. `figures` are empty until it is judged; `error` says why it failed."""

    id: UUID
    population: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    snapshot: int | None
    code_version: str
    cutoffs: dict[str, Any]
    parameters: dict[str, Any]
    figures: dict[str, Any]
    warnings: list[dict[str, Any]]
    progress: dict[str, Any]
    scored: int
    error: str


class PopulationOut(Schema):
    """What can be learnt from: `population` is what training is asked with."""

    population: str
    file_name: str
    label: str
    rows: int


class TrainIn(Schema):
    """`population`: history, or import:ID. `gap`: months between cut-off and outcome."""

    population: Name = "history"
    gap: Annotated[int, Field(ge=0, le=3)] = 0
    then_score: bool = False


class JudgeIn(Schema):
    """`drop` holds columns separated by commas; `time` is a column or "file order"."""

    target: Name
    drop: Annotated[str, Field(max_length=4000)] = ""
    time: Name = ""


@router.get("/runs", response=list[MiningRunOut])
def runs(request: HttpRequest) -> list[dict[str, Any]]:
    """Models, the newest first."""
    return [_run_out(run) for run in queries.runs(caller(request))]


@router.get("/runs/{run_id}", response=MiningRunOut)
def run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """One model."""
    return _run_out(queries.find_run(caller(request), run_id))


@router.get("/populations", response=list[PopulationOut])
def populations(request: HttpRequest) -> list[queries.Learnable]:
    """Imports whose file says who has left; `history` is there besides."""
    return queries.learnable_imports(caller(request))


@router.post("/runs", response={202: MiningRunOut})
def train(request: HttpRequest, asked: TrainIn) -> Status[dict[str, Any]]:
    """Ask for a model; it is trained in the background."""
    made = actions.train(caller(request), asked.population, gap=asked.gap, then_score=asked.then_score)
    return Status(202, _run_out(_fresh(made)))


@router.post("/runs/{run_id}/score", response={202: MiningRunOut})
def score(request: HttpRequest, run_id: UUID) -> Status[dict[str, Any]]:
    """Ask for scores of everybody in the model's population."""
    asked = actions.score(caller(request), queries.find_run(caller(request), run_id))
    return Status(202, _run_out(asked))


@router.post("/evaluations", response={202: MiningRunOut})
def evaluate(request: HttpRequest, file: File[UploadedFile], asked: Form[JudgeIn]) -> Status[dict[str, Any]]:
    """Bring a table and ask for its judgement."""
    actor = caller(request)
    made = trying.bring_table(actor, file.name or "", file.chunks())
    drop = [name.strip() for name in asked.drop.split(",") if name.strip()]
    judged = trying.judge_table(actor, made, target=asked.target, drop=drop, time=asked.time)
    return Status(202, _run_out(_fresh(judged)))


@router.get("/evaluations/{run_id}", response=MiningRunOut)
def evaluation(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """How a table was judged."""
    return _run_out(queries.find_run(caller(request), run_id, subject=EVALUATION))


def _fresh(made: Run) -> Run:
    made.refresh_from_db()
    return made


def _run_out(found: Run) -> dict[str, Any]:
    hidden = {"stored_as", "columns"}
    return {
        "id": found.public_id,
        **{
            name: getattr(found, name)
            for name in MiningRunOut.model_fields
            if name not in ("id", "error", "parameters")
        },
        "parameters": {key: value for key, value in found.parameters.items() if key not in hidden},
        "error": queries.error_of(found),
    }
