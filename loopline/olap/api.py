"""The door of this module for other modules.

`ask`, `behind` and `statement` may be called inside a door or outside: they read the lake, not PostgreSQL.
"""

from loopline.olap.address import Named, address, filter_of, measured, member_text, parse
from loopline.olap.asking import ask, check, find_cube, members, statement
from loopline.olap.cubes import cubes
from loopline.olap.definitions import Cube, Level, Measure, Over, Part
from loopline.olap.drilling import Behind, behind, narrowed
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
    "WAYS",
    "Answer",
    "Axis",
    "BadFilter",
    "BadTop",
    "Behind",
    "Cube",
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
    "as_data",
    "ask",
    "behind",
    "check",
    "cubes",
    "filter_of",
    "find_cube",
    "measured",
    "member_text",
    "members",
    "narrowed",
    "parse",
    "statement",
]  # fmt: skip
