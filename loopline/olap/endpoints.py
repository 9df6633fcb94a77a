"""Cubes for programs: what there is, and answers."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from loopline.kernel.permission import Actor, caller, require
from loopline.olap import api, wording

router = Router()


class LevelOut(Schema):
    """A level to group by; `above` is the next one up its hierarchy."""

    name: str
    label: str
    group: str
    above: str


class MeasureOut(Schema):
    """A figure; `better` is 1 where more is better, -1 where less is, else 0."""

    name: str
    label: str
    unit: str
    decimals: int
    about: str
    better: int


class CubeOut(Schema):
    """A theme of analysis."""

    name: str
    label: str
    about: str
    levels: list[LevelOut]
    measures: list[MeasureOut]


class LevelMemberOut(Schema):
    """A member as filters name it, and in words."""

    member: str
    label: str


class HeadOut(Schema):
    """A column of figures."""

    measure: str
    label: str
    unit: str
    decimals: int


class CellOut(Schema):
    """One cell: members down the side and across the top (shorter than the levels: a subtotal), and its figures.

    Figures are texts, exact to the last digit; null where there is nothing to tell.
    """

    row: list[str]
    column: list[str]
    figures: list[str | None]


class AnswerOut(Schema):
    """The answer to a question; `cut` says that there is more than it holds, `note` what is to be known of it."""

    cube: str
    address: str
    as_of: datetime | None
    snapshot: int
    rows: list[str]
    columns: list[str]
    heads: list[HeadOut]
    cells: list[CellOut]
    cut: bool
    note: str


@router.get("/cubes", response=list[CubeOut])
def all_cubes(request: HttpRequest) -> list[dict[str, Any]]:
    """Every cube with its levels and measures."""
    actor = caller(request)
    require(actor, "olap.view")
    return [_cube(actor, cube) for cube in api.all_cubes().values()]


@router.get("/cubes/{cube}/levels/{level}", response=list[LevelMemberOut])
def members_of_level(request: HttpRequest, cube: str, level: str) -> list[dict[str, str]]:
    """The members of a level that you may see."""
    found = api.members(caller(request), cube, level)
    return [{"member": api.member_text(member), "label": label} for member, label in found]


@router.get("/query/{cube}", response=AnswerOut)
def query(request: HttpRequest, cube: str) -> dict[str, Any]:
    """Ask a cube: `rows`, `columns`, `measures` (names with commas; `revenue:year_on_year`), `filter` (repeated:
    `tier=gold|silver`, `plan!=P59`, `month>=2026-01`), `top` (`plan:5:revenue`), `sort` (`-1`), `totals` (`0`).
    """
    return api.as_data(api.ask(caller(request), api.parse(cube, request.GET)))


def _cube(actor: Actor, cube: api.Cube) -> dict[str, Any]:
    return {
        "name": cube.name,
        "label": str(cube.label),
        "about": str(cube.about),
        "levels": [
            {"name": level.name, "label": str(level.label), "group": str(level.group), "above": level.above}
            for level in cube.levels.values()
        ],
        "measures": [
            {
                "name": measure.name,
                "label": str(measure.label),
                "unit": wording.unit_of(measure, actor.currency),
                "decimals": measure.decimals,
                "about": str(measure.about),
                "better": measure.better,
            }
            for measure in cube.measures.values()
        ],
    }
