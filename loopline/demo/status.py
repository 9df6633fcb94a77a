"""How far the demo operator is, for the command line, the desk and tests."""

from dataclasses import dataclass
from datetime import date

from loopline.demo.founding import CODE
from loopline.demo.models import Simulation
from loopline.demo.ticking import today_of
from loopline.identity import api as identity
from loopline.kernel.scope import NOBODY, Scope, enter


@dataclass(frozen=True, slots=True)
class Status:
    """`customers` of `target` are there; `today` is the operator's day, None before the first ones are."""

    customers: int = 0
    target: int = 0
    today: date | None = None
    seed: int = 0

    @property
    def complete(self) -> bool:
        """Whether everybody is there."""
        return self.customers >= self.target

    @property
    def percent(self) -> int:
        """How much is there, 0 to 100."""
        return 100 * self.customers // self.target if self.target else 100


def here() -> Status:
    """The status of the operator of the open door; an empty one where nothing is simulated."""
    row = Simulation.objects.first()
    if row is None:
        return Status()
    return Status(row.written, row.target, today_of(row) if row.blocks else None, row.seed)


def status(code: str = CODE) -> Status:
    """The status of an operator by its code. Outside of any door."""
    with enter(NOBODY):
        tenant = identity.find_tenant(code)
    if tenant is None:
        return Status()
    with enter(Scope(tenant)):
        return here()


def today(tenant: int) -> date | None:
    """The day of a demo operator, None where nothing is simulated. Outside of any door."""
    with enter(Scope(tenant)):
        return here().today
