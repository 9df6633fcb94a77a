"""How far the simulated operator has come."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import TenantRow


class Simulation(TenantRow):
    """The state of an operator's simulation, changed in the transaction that writes the rows it speaks of.

    `blocks` are the numbers of customers of the worlds that are complete, in order; `target` is how many customers
    of the recorded year there shall be, `written` how many there are. `day` counts from the first recorded day
    (0: no world is complete yet), `seen_xid` how far the answers that people recorded have been told to the worlds.
    """

    row_policy: ClassVar[str] = "tenant"
    seed = models.IntegerField()
    end_month = models.DateField()
    blocks = models.JSONField(default=list)
    target = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    day = models.IntegerField(default=0)
    seen_xid = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="demo_simulation_once")]

    @property
    def complete(self) -> int:
        """Customers of the recorded year in worlds that are complete."""
        return sum(self.blocks)


class Mark(TenantRow):
    """Up to which customer a cohort of the recorded year is written, changed in the transaction that writes them."""

    row_policy: ClassVar[str] = "tenant"
    cohort = models.IntegerField()
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "cohort"], name="demo_mark_once")]
