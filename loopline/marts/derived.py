"""The summary tables of the subjects, registered for the warehouse's writer."""

from loopline.marts.subjects import Rule, Subject, subjects, summary_sql
from loopline.olap import api as olap
from loopline.warehouse.api import Derived, derived


def _about(subject: Subject) -> dict[str, object]:
    """What its columns mean: the units, and the measures that are one of its figures."""
    labels: dict[str, object] = {"": subject.about}
    for cube in subject.cubes:
        labels |= {level.column: level.label for level in cube.levels.values() if level.name in olap.UNITS}
        for measure in cube.measures.values():
            if not measure.is_ratio and len(measure.above) == 1:
                labels[measure.above[0][0]] = measure.label
    return labels


def _register(subject: Subject) -> None:
    units = tuple((unit, "VARCHAR") for unit in olap.UNITS)
    derived.add(
        subject.table,
        Derived(
            (
                ("month", "DATE"),
                ("branch_id", "BIGINT"),
                *units,
                *((n, p.type) for n, p in subject.parts.items()),
            ),
            subject.facts,
            subject.dimensions,
            lambda condition: f"SELECT * FROM ({summary_sql(subject.name)}) WHERE {condition}",
            running=any(cube.running for cube in subject.cubes),
            with_loads=subject.rule is Rule.LOAD,
            about=lambda: _about(subject),
        ),
        order=60,
    )


for _subject in subjects:
    _register(_subject)
