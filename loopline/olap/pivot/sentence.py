"""A sentence understood as a question to a cube: by vocabulary alone, so that everyone can tell why.

First the measures that are named choose the cube; then the sentence is read once more with the members of that cube
among the words. What is understood is told piece by piece, and so is what is not.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from loopline.olap.definitions import TIME
from loopline.olap.pivot import spans
from loopline.olap.pivot.vocabulary import (
    Meaning,
    Theme,
    Vocabulary,
    phrase_at,
    plain,
    vocabulary,
    with_members,
)
from loopline.olap.question import BY_DAYS, Filter, Measured, Member, Op, Question, Top, Way

LONGEST = 60
FIRST_MEASURES = 2
PEOPLE = "at_end"
"""What is counted where only people are named."""

_TOP = re.compile(
    r"(?:top|first|largest|biggest|highest|best)\s*(\d{1,3})(?![\d])|(?:前|最大的?|最高的?|最多的?)\s*(\d{1,3})\s*(?:个|名|大|位)?的?"
)
_FILLING = re.compile(r"[\s,.;:!?、，。；：！？·“”\"'()（）\-/]+")
_SCALE = re.compile(r"[^\W\d_]+|\d+|\S", re.ASCII)

type Members = Callable[[str], Iterable[tuple[str, Member, str]]]
"""The members of a cube that the asker sees: (level, member, label)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the sentence and what it was taken for. `kind` is that of a meaning, or `period`, `top`, `unknown`."""

    text: str
    kind: str
    meanings: tuple[Meaning, ...] = ()
    span: spans.Span | None = None
    count: int = 0


@dataclass(slots=True)
class Understanding:
    """The question that a sentence asks, and the pieces that were not understood."""

    question: Question
    unknown: list[str] = field(default_factory=list)


def understand(
    text: str, cubes: Mapping[str, Theme], members: Members, today: date, preferred: str = ""
) -> Understanding:
    """What a sentence asks. `preferred` is the cube that is open already; it wins where several could answer."""
    said = re.sub(r"\s+", " ", plain(text))[:400]
    known = vocabulary(cubes)
    cube = _cube(_pieces(said, known, today), cubes, preferred)
    pieces = _pieces(said, with_members(known, members(cube)), today)
    reading = _Reading(cube, cubes[cube])
    for piece in pieces:
        reading.take(piece)
    return reading.end()


def _pieces(said: str, known: Vocabulary, today: date) -> list[Piece]:
    """The sentence cut into what has a meaning and what has none."""
    found: list[Piece] = []
    at, unknown, longest = 0, "", min(LONGEST, max(map(len, known), default=1))

    def close() -> None:
        nonlocal unknown
        if unknown.strip():
            found.append(Piece(unknown.strip(), "unknown"))
        unknown = ""

    while at < len(said):
        piece, end = _piece_at(said, at, known, longest, today)
        if piece is not None:
            close()
            found.append(piece)
            at = end
        elif gap := _FILLING.match(said, at):
            unknown += " " if unknown else ""
            at = gap.end()
        else:
            word = _SCALE.match(said, at)
            # One sign at a time in Chinese, where words have no gaps; a whole word in Latin letters.
            end = word.end() if word and said[at].isascii() else at + 1
            unknown, at = unknown + said[at:end], end
    close()
    return found


def _piece_at(said: str, at: int, known: Vocabulary, longest: int, today: date) -> tuple[Piece | None, int]:
    phrase = phrase_at(said, at, known, longest)
    span = spans.span_at(said, at, today)
    if span is not None and span.end - at >= len(phrase):
        return Piece(said[at : span.end], "period", span=span), span.end
    top = _TOP.match(said, at)
    if top and top.end() - at > len(phrase):
        return Piece(top[0].strip(), "top", count=int(top[1] or top[2])), top.end()
    if not phrase:
        return None, at
    meanings = known[phrase]
    return Piece(phrase, meanings[0].kind, tuple(meanings)), at + len(phrase)


def _cube(pieces: list[Piece], cubes: Mapping[str, Theme], preferred: str) -> str:
    """The cube that knows the most of what is named; among equals the one named, the one that is open, the first."""
    votes: Counter[str] = Counter(dict.fromkeys(cubes, 0))
    names_more = any("measure" in _kinds(piece) and "people" not in _kinds(piece) for piece in pieces)
    for piece in pieces:
        if "people" in _kinds(piece):
            if not names_more:
                votes.update({name: 2 for name in cubes if PEOPLE in cubes[name].measures})
        else:
            measured = {meaning.cube for meaning in piece.meanings if meaning.kind == "measure"}
            votes.update(dict.fromkeys(measured, 10))
        votes.update({meaning.cube: 4 for meaning in piece.meanings if meaning.kind == "cube"})
        levels = {meaning.name for meaning in piece.meanings if meaning.kind == "level"}
        if any(meaning.kind == "way" and meaning.name in BY_DAYS for meaning in piece.meanings):
            levels.add("day")
        votes.update({name: 6 for name in cubes if levels and levels & set(cubes[name].levels)})
    if preferred in votes:
        votes[preferred] += 1
    return max(cubes, key=lambda name: votes[name])


def _kinds(piece: Piece) -> set[str]:
    return {meaning.kind for meaning in piece.meanings}


class _Reading:
    """A sentence under way: each piece adds to the question."""

    def __init__(self, cube: str, theme: Theme) -> None:
        self.cube, self.theme = cube, theme
        self.measures: list[Measured] = []
        self.levels: list[str] = []
        self.across: list[str] = []
        self.filters: dict[tuple[str, Op], list[Member]] = {}
        self.top, self.top_level, self.sort = 0, "", 0
        self.ways: list[Way] = []
        self.sign = ""
        self.wants_top, self.people = False, ""
        self.unknown: list[str] = []

    def take(self, piece: Piece) -> None:
        """One piece."""
        meaning = self._meaning(piece)
        if piece.kind == "period" and piece.span is not None:
            self._period(piece.span)
        elif piece.kind == "top":
            self.top, self.wants_top = piece.count, True
        elif meaning is None:
            self.unknown.append(piece.text)
        elif meaning.kind in ("from", "to", "except", "across"):
            self.sign = meaning.kind
        elif meaning.kind == "people":
            named = (
                each.name for each in piece.meanings if each.kind == "measure" and each.cube == self.cube
            )
            self.people = next(named, PEOPLE)
        elif meaning.kind in ("up", "down"):
            self.sort = 1 if meaning.kind == "up" else -1
        else:
            self._named(meaning)

    def end(self) -> Understanding:
        """The question."""
        rows, columns = self._axes()
        measures = tuple(dict.fromkeys(self._measured()))
        filters, top = tuple(self._filters()), self._top(rows, columns)
        question = Question(self.cube, rows, columns, measures, filters, top, self.sort)
        return Understanding(question, self.unknown)

    def _meaning(self, piece: Piece) -> Meaning | None:
        """The meaning that fits the cube, measures before levels before members."""
        fitting = [
            each
            for each in piece.meanings
            if (each.kind != "measure" or each.cube == self.cube)
            and (each.kind != "level" or each.name in self.theme.levels)
        ]
        order = {"people": 0, "measure": 1, "level": 2, "member": 3}
        if self.wants_top or self.sign in ("except", "across"):
            order = {"level": 0, "member": 1, "people": 2, "measure": 2}
        return min(fitting, key=lambda each: order.get(each.kind, 4), default=None)

    def _named(self, meaning: Meaning) -> None:
        if meaning.kind == "measure":
            self.measures += [Measured(meaning.name), *(Measured(meaning.name, way) for way in self.ways)]
            self.ways = []
        elif meaning.kind == "way":
            way = self._way(Way(meaning.name))
            if self.measures:
                self.measures.append(Measured(self.measures[-1].measure, way))
            else:
                self.ways.append(way)
        elif meaning.kind == "level":
            self._level(meaning.name)
        elif meaning.kind == "member":
            op = Op.NOT_IN if self.sign == "except" else Op.IN
            self.filters.setdefault((meaning.name, op), []).append(meaning.member)

    def _way(self, way: Way) -> Way:
        """A cube that knows no days compares months."""
        if way not in BY_DAYS or "day" in self.theme.levels:
            return way
        return Way.PERIOD_ON_PERIOD if way is Way.SAME_DAY_CHANGE else Way.MONTH_AGO

    def _level(self, name: str) -> None:
        if name not in (*self.levels, *self.across):
            (self.across if self.sign == "across" else self.levels).append(name)
        if self.wants_top and name not in TIME:
            self.top_level = name
        self.wants_top, self.sign = False, ""

    def _period(self, span: spans.Span) -> None:
        op = {"from": Op.FROM, "to": Op.TO, "except": Op.NOT_IN}.get(self.sign, Op.IN)
        made = span.filter(op)
        members = self.filters.setdefault((made.level, made.op), [])
        members += [member for member in made.members if member not in members]
        self.sign = ""

    def _measured(self) -> Iterable[Measured]:
        first = [*self.theme.measures][:FIRST_MEASURES]
        if self.people in self.theme.measures:
            first = [self.people]
        named = self.measures or [Measured(name) for name in first]
        yield from named
        yield from (Measured(named[0].measure, way) for way in self.ways)

    def _axes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Time goes down the side; another single level goes across it, where it was not said otherwise."""
        levels, across = self.levels, self.across
        periods = [level for level in levels if level in TIME]
        others = [level for level in levels if level not in TIME]
        if not levels and not across:
            return ("month",), ()
        if periods and len(others) == 1 and not across and len(set(self.measures)) <= 1:
            return tuple(periods), tuple(others)
        return tuple(levels), tuple(across)

    def _filters(self) -> Iterable[Filter]:
        for (level, op), members in self.filters.items():
            if op in (Op.FROM, Op.TO):
                yield Filter(level, op, (members[-1],))
            else:
                yield Filter(level, op, tuple(members))

    def _top(self, rows: tuple[str, ...], columns: tuple[str, ...]) -> Top | None:
        """Of the level that was named with it, else of the last that is no period."""
        open_levels = [level for level in (*rows, *columns) if level not in TIME]
        if not self.top or not open_levels:
            return None
        level = self.top_level if self.top_level in open_levels else open_levels[-1]
        by = next(iter(self._measured())).measure
        return Top(level, self.top, by)
