"""The door of this module for other modules.

`ask`, `behind` and `statement` may be called inside a door or outside: they read the lake, not PostgreSQL.
"""

from loopline.olap.address import Named, address, filter_of, measured, member_text, parse
from loopline.olap.asking import all_cubes, ask, check, find_cube, members, statement
from loopline.olap.building import table_of
from loopline.olap.cubes import cubes
from loopline.olap.definitions import UNITS, Cube, Level, Measure, Over, Part, own_cubes
from loopline.olap.drilling import Behind, behind, narrowed
from loopline.olap.own import COLUMNS as OWN_COLUMNS
from loopline.olap.own import RESERVED, Attribute, Figure, OwnTable, cube_of
from loopline.olap.own import drop as drop_own
from loopline.olap.own import make as make_own
from loopline.olap.plain import as_data
from loopline.olap.question import (
    OTHERS,
    Answer,
    Axis,
    Filter,
    Head,
    Measured,
    Member,
    Op,
    Question,
    Top,
    Value,
    Way,
)
from loopline.olap.refusals import (
    BadFilter,
    BadTop,
    LevelTwice,
    TooMany,
    UnknownCube,
    UnknownLevel,
    UnknownMeasure,
    UnknownWay,
)
from loopline.olap.wording import WAYS

__all__ = [
    "OTHERS",
    "OWN_COLUMNS",
    "RESERVED",
    "UNITS",
    "WAYS",
    "Answer",
    "Attribute",
    "Axis",
    "BadFilter",
    "BadTop",
    "Behind",
    "Cube",
    "Figure",
    "Filter",
    "Head",
    "Level",
    "LevelTwice",
    "Measure",
    "Measured",
    "Member",
    "Named",
    "Op",
    "Over",
    "OwnTable",
    "Part",
    "Question",
    "TooMany",
    "Top",
    "UnknownCube",
    "UnknownLevel",
    "UnknownMeasure",
    "UnknownWay",
    "Value",
    "Way",
    "address",
    "all_cubes",
    "as_data",
    "ask",
    "behind",
    "check",
    "cube_of",
    "cubes",
    "drop_own",
    "filter_of",
    "find_cube",
    "make_own",
    "measured",
    "member_text",
    "members",
    "narrowed",
    "own_cubes",
    "parse",
    "statement",
    "table_of",
]
