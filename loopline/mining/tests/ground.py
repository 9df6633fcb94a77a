"""Operators with a past for the stories of mining, and a worker that can be killed."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from loopline.demo import api as demo
from loopline.identity import api as identity
from loopline.imports import api as imports
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, enter
from loopline.mining import api as mining
from loopline.mining.models import Run
from loopline.scores.models import Score
from loopline.testing import Operator

_numbers = count(1)
WORK = {
    "train": "from loopline.mining.api import train_now as work",
    "score": "from loopline.mining.api import score_now as work",
}


@dataclass
class Past:
    """A tenant whose warehouse knows a year."""

    tenant: int

    def run(self, key: int) -> Run:
        """A run as it stands."""
        with enter(Scope(self.tenant)):
            return Run.objects.get(pk=key)

    def actor(self) -> Actor:
        """The system, inside an open door."""
        return identity.platform_actor(self.tenant, "test")

    def asked(self, population: str = "history") -> int:
        """A run that was asked for."""
        with enter(Scope(self.tenant)):
            return mining.train(self.actor(), population, ask=False).pk

    def to_score(self, key: int) -> None:
        """Ask for scores."""
        with enter(Scope(self.tenant)):
            mining.score(self.actor(), Run.objects.get(pk=key), ask=False)

    def scores(self) -> dict[int, Score]:
        """The scores by subscription."""
        with enter(Scope(self.tenant)):
            return {row.subscription_id: row for row in Score.objects.select_related("subscription")}


def simulated(customers: int) -> Past:
    """A simulated operator of so many customers."""
    return Past(demo.load(size=customers, code=f"past{next(_numbers)}x{time.time_ns() % 10**9}").tenant)


def brought(operator: Operator, file: Path) -> str:
    """Import a file; returns the population's name."""
    with operator.door("analyst") as actor:
        run = imports.take_up(actor=actor, path=file)
    imports.carry_out(operator.tenant, run.pk)
    return f"import:{run.pk}"


def killed(work: str, tenant: int, run: int, *, when: Callable[[Run], bool], timeout: float = 120) -> Run:
    """Let another process do the work and kill it without warning once `when` holds. Returns the run after that."""
    code = f"import os, django; django.setup(); {WORK[work]}; work({tenant}, {run})"
    process = subprocess.Popen([sys.executable, "-c", code])
    until = time.monotonic() + timeout
    try:
        while time.monotonic() < until:
            with enter(Scope(tenant)):
                found = Run.objects.get(pk=run)
            if when(found):
                break
            assert process.poll() is None, "the work ended before it could be killed"
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    with enter(Scope(tenant)):
        return Run.objects.get(pk=run)
