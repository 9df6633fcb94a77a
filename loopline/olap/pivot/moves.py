"""What one step on the pivot makes of a question: another question. Nothing here knows of pages or figures."""

from collections.abc import Mapping
from dataclasses import replace

from loopline.olap.question import Filter, Measured, Member, Op, Question, Top, Way

type Above = Mapping[str, str]
"""The levels of a cube, each with the next coarser one of its hierarchy ('' for none)."""


def hierarchy(level: str, above: Above) -> tuple[str, ...]:
    """The levels among which one climbs from this one, the coarsest first."""
    line = [level]
    while coarser := above.get(line[0], ""):
        line.insert(0, coarser)
    while finer := below(line[-1], above):
        line.append(finer)
    return tuple(line)


def below(level: str, above: Above) -> str:
    """The next finer level, '' for none."""
    return next((each for each, coarser in above.items() if coarser == level), "")


def swapped(question: Question) -> Question:
    """Rows across the top, columns down the side."""
    return replace(question, rows=question.columns, columns=question.rows)


def filtered(question: Question, level: str, *filters: Filter) -> Question:
    """With these filters of a level instead of those it has."""
    others = tuple(each for each in question.filters if each.level != level)
    return replace(question, filters=(*others, *filters))


def without_filter(question: Question, which: Filter) -> Question:
    """Without one of its filters."""
    return replace(question, filters=tuple(each for each in question.filters if each != which))


def into(question: Question, level: str, member: Member, above: Above) -> Question:
    """Down into a member: only it counts, and the next finer level stands in the place of its own."""
    narrowed = filtered(question, level, Filter(level, Op.IN, (member,)))
    finer = below(level, above)
    if not finer:
        return narrowed
    used = (*question.rows, *question.columns)

    def finer_in(levels: tuple[str, ...]) -> tuple[str, ...]:
        if finer in used:
            return tuple(each for each in levels if each != level)
        return tuple(finer if each == level else each for each in levels)

    return kept(replace(narrowed, rows=finer_in(question.rows), columns=finer_in(question.columns)))


def out_of(question: Question, level: str, above: Above) -> Question:
    """Back up from a member of `level`: it and whatever is finer filter no more, and `level` stands for the finer."""
    levels = hierarchy(level, above)
    finer = levels[levels.index(level) :]
    shown = tuple(each for each in question.filters if each.level not in finer)

    def coarser(axis: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(level if each in finer else each for each in axis))

    rows = coarser(question.rows)
    columns = tuple(each for each in coarser(question.columns) if each not in rows)
    return kept(replace(question, rows=rows, columns=columns, filters=shown))


def toggled(question: Question, measured: Measured) -> Question:
    """With another way of looking at a measure beside it, or without; the last measure stays."""
    measures = question.measures
    if measured in measures:
        left = tuple(each for each in measures if each != measured)
        return kept(replace(question, measures=left or measures))
    alike = [at for at, each in enumerate(measures) if each.measure == measured.measure]
    at = alike[-1] + 1 if alike else len(measures)
    return replace(
        question, measures=(*measures[:at], measured, *measures[at:]), sort=_moved(question.sort, at)
    )


def sorted_by(question: Question, at: int) -> Question:
    """By the measure at this place (from 0): the largest first, then the smallest first, then by the members."""
    place = at + 1
    following = {0: -place, -place: place, place: 0}
    return replace(question, sort=following.get(question.sort, -place))


def topped(question: Question, level: str, count: int) -> Question:
    """Only the largest members of a level by the first measure; `count` 0: all of them."""
    top = Top(level, count, question.measures[0].measure) if count and question.measures else None
    return replace(question, top=top)


def kept(question: Question) -> Question:
    """What no longer holds of a changed question is dropped: a top-N of a level that is gone, a sort by nothing."""
    used = (*question.rows, *question.columns)
    top = question.top if question.top and question.top.level in used else None
    sort = question.sort if abs(question.sort) <= len(question.measures) else 0
    return replace(question, top=top, sort=sort)


def plain(question: Question) -> tuple[Measured, ...]:
    """Its measures in plain figures, each once."""
    return tuple(dict.fromkeys(Measured(each.measure, Way.PLAIN) for each in question.measures))


def _moved(sort: int, at: int) -> int:
    """The place of the sorted measure after another was put in at `at`."""
    if abs(sort) <= at:
        return sort
    return sort + 1 if sort > 0 else sort - 1
