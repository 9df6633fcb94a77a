"""The picture of a lineage: operations on the left, what is made of them to the right."""

from dataclasses import dataclass

from django.urls import reverse

from loopline.warehouse.lineage import Place, Step

WIDTH, HEIGHT, ACROSS, DOWN = 210, 44, 70, 14


@dataclass(frozen=True, slots=True)
class Node:
    """A column in the picture."""

    x: int
    y: int
    table: str
    column: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes, and the paths between them, in a box of `width` by `height`."""

    width: int
    height: int
    nodes: list[Node]
    paths: list[str]


def draw(steps: tuple[Step, ...]) -> Picture:
    """Place each column so that everything stands left of what is made of it."""
    made_of = {step.place: step.made_of for step in steps}
    depth: dict[Place, int] = {}

    def deepen(place: Place, level: int) -> None:
        if level > depth.get(place, -1) and level < len(made_of) + 1:
            depth[place] = level
            for part in made_of[place]:
                deepen(part, level + 1)

    deepen(steps[0].place, 0)
    deepest = max(depth.values())
    for place in depth:
        if place.source:
            depth[place] = deepest
    rows: dict[int, list[Place]] = {}
    for place, level in depth.items():
        rows.setdefault(level, []).append(place)
    tallest = max(len(places) for places in rows.values())
    at = {
        place: (
            (deepest - level) * (WIDTH + ACROSS),
            row * (HEIGHT + DOWN) + (tallest - len(places)) * (HEIGHT + DOWN) // 2,
        )
        for level, places in rows.items()
        for row, place in enumerate(places)
    }
    return Picture(
        (deepest + 1) * (WIDTH + ACROSS) - ACROSS,
        tallest * (HEIGHT + DOWN) - DOWN,
        [_node(place, *at[place], place == steps[0].place) for place in depth],
        [_path(at[part], at[place]) for place, parts in made_of.items() for part in parts],
    )


def _node(place: Place, x: int, y: int, is_asked: bool) -> Node:
    kind = "asked" if is_asked else "source" if place.source else "lake"
    url = "" if place.source else reverse("warehouse:lineage", args=[place.table, place.column])
    return Node(x, y, _fitted(place.table), _fitted(place.column), kind, url)


def _fitted(name: str) -> str:
    return name if len(name) <= 27 else f"{name[:26]}…"


def _path(begin: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = begin[0] + WIDTH, begin[1] + HEIGHT // 2, end[0], end[1] + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
