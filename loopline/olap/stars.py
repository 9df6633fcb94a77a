"""The tables of the lake in Ibis, and dimensions as they were at the end of a month."""

from functools import cache

import ibis
import ibis.expr.types as ir
from ibis import _

from loopline.olap.definitions import UNITS
from loopline.warehouse import api as warehouse

EVER = "1900-01-01"
NEVER = "9999-12-01"


@cache
def lake(name: str) -> ir.Table:
    """A table of the lake, bound to no engine: its columns are those of the data dictionary."""
    return ibis.table(warehouse.schema_of(name), name=name)


def versions(name: str, key: str, whom: ir.Table | None = None) -> ir.Table:
    """The versions of a dimension with the months whose end they describe: `since` (included) to `until` (not).

    Of what the warehouse saw only later, the first version describes the months before. `whom` limits the keys.
    """
    rows = lake(name)
    if whom is not None:
        rows = rows.semi_join(whom, key)
    began = rows.valid_from.truncate("M").cast("date")
    ordered = ibis.window(group_by=key, order_by=rows.valid_from)
    known = rows.mutate(
        since=(ibis.row_number().over(ordered) == 0).ifelse(ibis.date(EVER), began),
        until=began.lead().over(ordered).fill_null(ibis.date(NEVER)),
    )
    return known.filter(known.since < known.until)


def at(facts: ir.Table, name: str, key: str, columns: tuple[str, ...], few: bool = True) -> ir.Table:
    """The facts with columns of a dimension as it was at the end of their `month`; null where it has no such key.

    `few`: the facts are of few of the keys, so that only these are looked up.
    """
    known = versions(name, key, facts.select(key).distinct() if few else None)
    known = known.select("since", "until", *columns, key_of=known[key])
    joined = facts.left_join(
        known, [facts[key] == known.key_of, facts.month >= known.since, facts.month < known.until]
    )
    return joined.drop("key_of", "since", "until")


def with_customer(facts: ir.Table, few: bool = True) -> ir.Table:
    """The facts with `tier` and `kind` of their customer."""
    return at(facts, "dim_customer", "customer_id", ("tier", "kind"), few)


def units() -> ir.Table:
    """Each unit with the codes of the units above it (and itself) by level, as the tree is now."""
    tree = lake("dim_unit").filter(_.is_current)
    above = tree.select(above=tree.path, level_above=tree.level, code_above=tree.code)
    pairs = tree.select("unit_id", "path").cross_join(above)
    pairs = pairs.filter(pairs.path.startswith(pairs.above))
    return pairs.group_by(branch_id=pairs.unit_id).aggregate(
        **{level: pairs.code_above.max(where=pairs.level_above == level) for level in UNITS}
    )


def with_units(facts: ir.Table) -> ir.Table:
    """The facts with the codes of the units above their branch."""
    return facts.left_join(units(), "branch_id").drop("branch_id_right")


def offerings() -> ir.Table:
    """Each offering with its code (every version of a plan has a row, all share the code)."""
    rows = lake("dim_offering").filter(_.is_current)
    return rows.select("offering_id", plan=rows.code, plan_cost=rows.monthly_cost)


def current(name: str) -> ir.Table:
    """The versions of a dimension that hold now."""
    return lake(name).filter(_.is_current)
