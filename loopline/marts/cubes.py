"""Brought tables as cubes: found wherever cubes are, for the operator who brought them."""

from collections.abc import Iterator

from loopline.kernel import scope
from loopline.marts.columns import FIGURES, KEYS, TYPES, of_stored
from loopline.marts.models import Kind, Mart, Role
from loopline.olap import api as olap


def cube_of(mart: Mart) -> olap.Cube:
    """The cube over a brought table."""
    chosen = of_stored(mart.columns)
    own = olap.OwnTable(
        mart.name,
        mart.table,
        mart.title,
        mart.about,
        frozenset(one.role for one in chosen if one.role in KEYS),
        tuple(olap.Attribute(one.name, one.at, one.column) for one in chosen if one.role == Role.ATTRIBUTE),
        tuple(
            olap.Figure(
                one.name,
                one.at,
                one.column,
                TYPES[Kind(one.kind)],
                one.role == Role.MEAN,
                one.kind == Kind.MONEY,
            )
            for one in chosen
            if one.role in FIGURES
        ),
    )
    return olap.cube_of(own, mart.brought_at)


def brought(tenant: int) -> Iterator[olap.Cube]:
    """The cubes over an operator's own tables, in the order in which they came."""
    if scope.is_set():
        rows = _there()
    else:
        with scope.enter(scope.Scope(tenant)):
            rows = _there()
    return map(cube_of, rows)


def _there() -> list[Mart]:
    return list(Mart.objects.filter(removed_at=None, brought_at__isnull=False).order_by("pk"))


olap.own_cubes.add("marts", brought)
