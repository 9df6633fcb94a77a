"""Reading runs, and which imports can be learnt from."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from loopline.imports import api as imports
from loopline.kernel import formats
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.mining.imported import label_of
from loopline.mining.models import CHURN, HISTORY, IMPORT, Run
from loopline.mining.refusals import NoSuchPopulation

BASE = "customer_base"
MOST_IMPORTS = 20
_HEAVY = ("model", "plots")


@dataclass(frozen=True, slots=True)
class Learnable:
    """An import whose file says who has left; `population` names it for training."""

    population: str
    public_id: str
    file_name: str
    label: str
    rows: int


def runs(actor: Actor, *, subject: str = CHURN, limit: int = 50) -> list[Run]:
    """Runs, the newest first, without their models."""
    require(actor, "mining.view")
    return list(Run.objects.filter(subject=subject).defer(*_HEAVY).order_by("-pk")[:limit])


def find_run(actor: Actor, public_id: UUID | str, *, subject: str = CHURN) -> Run:
    """A run by its public id, without its model. Raises NotFound."""
    require(actor, "mining.view")
    found = Run.objects.filter(public_id=public_id, subject=subject).defer("model").first()
    if found is None:
        raise NotFound
    return found


def learnable_imports(actor: Actor) -> list[Learnable]:
    """Finished imports of customer bases with a label, the newest first, within what the actor may see."""
    require(actor, "mining.view")
    rows = imports.ImportRun.objects.filter(target=BASE, status=imports.Status.FINISHED, dry_run=False)
    found = []
    for row in rows.order_by("-pk")[:MOST_IMPORTS]:
        label = label_of(row)
        # A second import of the same file creates nothing and owns no subscription.
        if label is not None and row.created + row.updated:
            found.append(Learnable(f"{IMPORT}{row.pk}", str(row.public_id), row.file_name, label, row.read))
    return found


def population_named(actor: Actor, name: str) -> str:
    """`history`, or `import:` with the import's key or public id, as runs keep it. Raises NoSuchPopulation."""
    if name == HISTORY:
        return HISTORY
    wanted = name.removeprefix(IMPORT)
    for one in learnable_imports(actor):
        if wanted in (one.population.removeprefix(IMPORT), one.public_id):
            return one.population
    raise NoSuchPopulation(population=name)


def import_names(found: list[Run]) -> dict[str, str]:
    """The file name behind each population that is an import, in one query."""
    keys = {int(run.population.removeprefix(IMPORT)) for run in found if run.population.startswith(IMPORT)}
    rows: Any = imports.ImportRun.objects.filter(pk__in=keys).values_list("pk", "file_name")
    return {f"{IMPORT}{key}": name for key, name in rows}


def error_of(run: Run) -> str:
    """Why a run failed, in the reader's language; '' when it did not."""
    return formats.bilingual(json.loads(run.error)) if run.error else ""
