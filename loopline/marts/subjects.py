"""The subjects: each a small star of the warehouse with the cubes over it, a summary table, and a rule of refreshing.

A summary has a row for each month and branch with the figures of its subject side by side, added up from the tables
of the cubes: so it says what they say. A new subject is one entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from loopline.kernel.registry import Registry
from loopline.olap import api as olap


class Rule(StrEnum):
    """When a summary is made anew."""

    LOAD = "load"
    """With each load, the months that it touches."""
    NIGHT = "night"
    """Once a night, in the operator's zone."""
    REQUEST = "request"
    """When somebody asks for it."""


RULES: dict[Rule, Any] = {
    Rule.LOAD: _("With each load"),
    Rule.NIGHT: _("Every night"),
    Rule.REQUEST: _("On request"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A dependent mart. `summary` names for each cube the parts of it that the summary table holds."""

    name: str
    label: Any
    about: Any
    icon: str
    owner: Any
    rule: Rule
    summary: Mapping[str, tuple[str, ...]]

    @property
    def table(self) -> str:
        """Its summary table in the lake."""
        return f"mart_{self.name}"

    @property
    def cubes(self) -> tuple[olap.Cube, ...]:
        """The cubes over its star."""
        return tuple(olap.cubes[name] for name in self.summary)

    @property
    def parts(self) -> dict[str, olap.Part]:
        """The figures of the summary table, in order."""
        return {name: cube.part(name) for cube in self.cubes for name in self.summary[cube.name]}

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it stands on."""
        return tuple(dict.fromkeys(fact for cube in self.cubes for fact in cube.facts))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions and stocks that it stands on."""
        return tuple(dict.fromkeys(name for cube in self.cubes for name in cube.dimensions))


subjects: Registry[Subject] = Registry("data mart")

for _one in (
    Subject(
        "sales",
        _("Sales"),
        _("Orders by shop, seller and channel, and the lines that come of them."),
        "shopping-cart",
        _("Head of sales"),
        Rule.LOAD,
        {
            "sales": ("items", "opened", "completed", "cancelled", "in_time", "monthly", "once"),
            "customers": ("at_start", "at_end", "joined", "lost"),
        },
    ),
    Subject(
        "marketing",
        _("Marketing"),
        _("Campaigns, what they cost and reach, and the numbers that competitors win."),
        "speakerphone",
        _("Head of marketing"),
        Rule.NIGHT,
        {
            "marketing": ("members", "reached", "answered", "accepted", "contact_cost"),
            "competitors": ("minutes", "minutes_competitor", "ported_out"),
        },
    ),
    Subject(
        "stock",
        _("Stock"),
        _("Numbers, cards and devices: what there is, in which state, with whom."),
        "packages",
        _("Head of resources"),
        Rule.NIGHT,
        {"stock": ("items", "available", "reserved", "in_use", "cooling", "blocked", "value")},
    ),
    Subject(
        "finance",
        _("Finance"),
        _("What is billed, what it costs, what is paid and what stays owed, for the closing of a month."),
        "report-money",
        _("Head of finance"),
        Rule.REQUEST,
        {"revenue": ("revenue", "discount", "cost", "margin", "bills"), "arrears": ("due", "paid", "owed", "debtors")},
    ),
    Subject(
        "service",
        _("Service"),
        _("Contacts, complaints and faults, and how soon they are settled."),
        "headset",
        _("Head of service"),
        Rule.LOAD,
        {
            "service": (
                "contacts", "enquiries", "complaints", "fault_reports",
                "settled", "days_to_settle", "doubled_lines",
            ),
        },
    ),
):  # fmt: skip
    subjects.add(_one.name, _one)


def summary(subject: Subject) -> ir.Table:
    """The summary's rows: the tables of the subject's cubes added up by month and branch, side by side."""
    keys = ("month", "branch_id", *olap.UNITS)
    parts = subject.parts
    beside = []
    for cube in subject.cubes:
        table, own = olap.table_of(cube), subject.summary[cube.name]
        told = {
            name: (table[name] if name in own else ibis.literal(0)).cast(_kind(part))
            for name, part in parts.items()
        }
        beside.append(table.select(*keys, **told))
    rows = ibis.union(*beside) if len(beside) > 1 else beside[0]
    return rows.group_by(keys).aggregate(
        **{name: rows[name].sum().fill_null(0).cast(_kind(part)) for name, part in parts.items()}
    )


@cache
def summary_sql(name: str) -> str:
    """The summary table as a statement of DuckDB's."""
    return str(ibis.to_sql(summary(subjects[name]), dialect="duckdb"))


def _kind(part: olap.Part) -> str:
    return "int64" if part.type == "BIGINT" else "decimal(18, 2)"
