"""Relationship quality 关系质量: how customers stand to us, from what is recorded, by tier.

Each part is a mean over the customers with a line, out of 100: satisfaction (no complaint in 180 days), trust (nothing
owed), commitment (a contract for at least 60 more days), tenure (years with us, 5 are full), breadth (lines, 3 are
full), depth (minutes in the last three months that did not go to other operators' numbers). The index is the mean of
the parts that are known.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loopline.identity.api import subtree
from loopline.kernel.permission import Actor, require
from loopline.kpi.queries.tree import Tree
from loopline.warehouse import api as warehouse

PARTS = ("satisfaction", "trust", "commitment", "tenure", "breadth", "depth")

SQL = """
WITH lines AS (
  SELECT customer_id, count(*) AS lines, max(contract_ends_on) AS ends
  FROM dim_subscription WHERE is_current AND ended_on IS NULL GROUP BY 1
), complaints AS (
  SELECT DISTINCT customer_id FROM fact_interaction
  WHERE kind = 'complaint' AND on_day BETWEEN $today::date - 180 AND $today::date
), owed AS (
  SELECT customer_id, sum(amount) AS owed FROM (
    SELECT customer_id, amount FROM fact_bill WHERE due_on < $today::date
    UNION ALL SELECT customer_id, -amount FROM fact_payment WHERE paid_on <= $today::date
  ) GROUP BY 1
), calls AS (
  SELECT customer_id, sum(minutes) AS minutes, sum(minutes_competitor) AS others
  FROM fact_usage WHERE month BETWEEN $today::date - 100 AND $today::date GROUP BY 1
)
SELECT c.tier, count(*),
       100 * avg((complaints.customer_id IS NULL)::int),
       100 * avg((coalesce(owed.owed, 0) <= 0)::int),
       100 * avg(coalesce(lines.ends >= $today::date + 60, false)::int),
       100 * avg(least(1, greatest(0, date_diff('day', c.joined_on, $today::date) / 365.25 / 5))),
       100 * avg(least(1, lines.lines / 3)),
       100 * avg(1 - calls.others / nullif(calls.minutes, 0))
FROM (SELECT customer_id, coalesce(nullif(tier, ''), 'standard') AS tier, joined_on FROM dim_customer
      WHERE is_current AND left_on IS NULL AND branch_id IN (SELECT unnest($branches::bigint[]))) c
JOIN lines USING (customer_id) LEFT JOIN complaints USING (customer_id) LEFT JOIN owed USING (customer_id)
LEFT JOIN calls USING (customer_id)
GROUP BY ROLLUP (c.tier) ORDER BY c.tier IS NOT NULL, count(*) DESC
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """A segment: its tier ('' for all), its customers, its parts out of 100, and the index over them."""

    tier: str
    customers: int
    parts: dict[str, Decimal | None]

    @property
    def index(self) -> Decimal | None:
        """The mean of the parts that are known."""
        known = [value for value in self.parts.values() if value is not None]
        return sum(known, Decimal(0)) / len(known) if known else None


def relationship_quality(actor: Actor, tree: Tree, unit: int, today: date) -> list[Quality]:
    """All customers of a unit and those below it, then by tier. The unit must be one that the actor sees.

    Raises NotLoaded while there is nothing in the lake.
    """
    require(actor, "kpi.view")
    with warehouse.kept_reader(actor.tenant_id) as lake:
        rows = lake.execute(SQL, {"today": today, "branches": subtree(tree.units[unit])}).fetchall()
    return [
        Quality(
            tier or "",
            customers,
            {
                name: None if value is None else Decimal(str(round(value, 2)))
                for name, value in zip(PARTS, parts, strict=True)
            },
        )
        for tier, customers, *parts in rows
        if customers
    ]
