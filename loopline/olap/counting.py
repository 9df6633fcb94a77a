"""Different customers in every cell: sets united, from the finest cells to the totals; never added, never estimated."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pyroaring import BitMap

from loopline.olap import compiler, periods
from loopline.olap.compiler import Wanted
from loopline.olap.figures import Key
from loopline.olap.question import Member
from loopline.warehouse.api import united_crowds

type _Sets = dict[tuple[Member, ...], BitMap]


def counted(
    wanted: Wanted, rows: Iterable[tuple[Any, ...]], crowds: Sequence[BitMap]
) -> dict[tuple[Key, Key], int]:
    """(row, column) → how many different customers, for what `compiler.places` found.

    `crowds` are the sets of the held cube's rows, by their place.
    """
    finest = [(row[:-2], row[-2], united_crowds([crowds[place] for place in row[-1]])) for row in rows]
    return {
        (key[:split], key[split:]): len(who)
        for levels, split, cells in _united(wanted, finest)
        for key, who in cells.items()
    }


def _united(
    wanted: Wanted, finest: list[tuple[tuple[Member, ...], date | None, BitMap]]
) -> Iterable[tuple[tuple[int, ...], int, _Sets]]:
    """For each run of levels (places of these, and how many are rows) the set in each of its cells."""
    rows = len(wanted.question.rows)
    done: dict[tuple[int, ...], _Sets] = {}
    ends = periods.ends(wanted.mapping.shown, first=False)
    for levels in reversed(compiler.runs(wanted)):
        if wanted.mapping.running:
            kept = ends[periods.finest([wanted.levels[place] for place in levels])]
            pairs = [(key, who) for key, month, who in finest if month in kept]
            done[levels] = _grouped(pairs, levels)
        elif not done:
            done[levels] = _grouped([(key, who) for key, _month, who in finest], levels)
        else:
            finer = next(one for one in done if set(levels) < set(one) and len(one) == len(levels) + 1)
            done[levels] = _grouped(done[finer].items(), [finer.index(place) for place in levels])
        yield levels, sum(place < rows for place in levels), done[levels]


def _grouped(pairs: Iterable[tuple[tuple[Member, ...], BitMap]], places: Sequence[int]) -> _Sets:
    """The sets of those that are alike in some places of their keys, united."""
    groups: dict[tuple[Member, ...], list[BitMap]] = {} if places else {(): []}
    for key, who in pairs:
        groups.setdefault(tuple(key[place] for place in places), []).append(who)
    return {key: united_crowds(found) for key, found in groups.items()}
