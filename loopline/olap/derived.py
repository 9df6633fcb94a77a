"""The tables in which cubes are kept, registered for the warehouse's writer."""

import ibis

from loopline.olap import building, lines
from loopline.olap.cubes import cubes
from loopline.olap.definitions import UNITS, Cube
from loopline.warehouse.api import CROWD, THINGS, Derived, derived

_KEYS = (("month", "DATE"), ("branch_id", "BIGINT"), *((level, "VARCHAR") for level in UNITS))


def _about(cube: Cube) -> dict[str, object]:
    """What the columns of a cube's table mean: its levels, and the measures that are one of its parts."""
    measures = (
        measure for measure in cube.measures.values() if not measure.is_ratio and len(measure.above) == 1
    )
    return {
        "": cube.about or cube.label,
        **{level.column: level.label for level in cube.levels.values() if level.column},
        **{measure.above[0][0]: measure.label for measure in measures},
    }


def _watched(cube: Cube) -> str:
    assert cube.watched is not None
    return str(ibis.to_sql(cube.watched(), dialect="duckdb"))


def _register(cube: Cube) -> None:
    for detail in cube.details:
        derived.add(detail.name, detail.derived(), order=20)
    days = (("day", "DATE"),) if cube.is_daily else ()
    columns = (*_KEYS[:1], *days, *_KEYS[1:], *((code, "VARCHAR") for code in cube.codes))
    numbers = (*((part.name, part.type) for part in cube.added), (THINGS, "BIGINT"))
    derived.add(
        cube.table,
        Derived(
            (*columns, *numbers, *((part.name, CROWD) for part in cube.counted)),
            cube.facts,
            cube.dimensions,
            lambda condition: f"SELECT * FROM ({building.added_sql(cube)}) WHERE {condition}",
            back=cube.back,
            running=cube.running,
            of_customers=cube.of_customers,
            sums=(*(part.name for part in cube.added), THINGS),
            whole=cube.whole,
            watched=(lambda: _watched(cube)) if cube.watched else None,
            about=lambda: _about(cube),
        ),
        order=50,
    )


derived.add(lines.MONTHS.name, lines.MONTHS.derived(), order=5)
derived.add(lines.NAME, lines.table(), order=10)
for _cube in cubes:
    _register(_cube)
