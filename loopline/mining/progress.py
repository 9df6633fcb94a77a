"""How far a run is, told to its row in doors of its own, and what becomes of it when something goes wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.kernel.events import announce, record
from loopline.kernel.scope import Scope, enter
from loopline.mining.events import RunFailed
from loopline.mining.models import Run, Status

type Tell = Callable[[str, int, int], None]


@dataclass
class Progress:
    """Tells the run's row, open pages, and whoever asked: the step, how many are done, of how many."""

    tenant: int
    run: int
    of: int
    tell: Tell | None = None
    done: int = 0

    def __call__(self, step: str, **more: Any) -> None:
        """A step begins; the one before it is done."""
        with enter(Scope(self.tenant)):
            row = Run.objects.only("progress").get(pk=self.run)
            row.progress = row.progress | {"step": step, "done": self.done, "of": self.of} | more
            row.save(update_fields=["progress"])
            announce("mining")
        if self.tell is not None:
            self.tell(step, self.done, self.of)
        self.done += 1


@contextmanager
def told_when_failing(tenant: int, run: int) -> Iterator[None]:
    """A refusal ends the run and is kept in words; anything else is kept too and goes on to the job queue."""
    try:
        yield
    except Refusal as refusal:
        _fail(tenant, run, _in_words(refusal))
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:500]
        _fail(tenant, run, dict.fromkeys((language for language, _ in settings.LANGUAGES), detail))
        raise


def _fail(tenant: int, run: int, reason: dict[str, str]) -> None:
    with enter(Scope(tenant)):
        row = Run.objects.select_for_update().get(pk=run)
        row.status, row.finished_at = Status.FAILED, clock.now()
        row.error = json.dumps(reason, ensure_ascii=False)
        row.save(update_fields=["status", "finished_at", "error"])
        record(RunFailed(reason=reason["en"]), about=row, by=identity.platform_actor(tenant, row.started_by))


def _in_words(refusal: Refusal) -> dict[str, str]:
    words = {}
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            words[language] = refusal.message
    return words
