"""What a request asks of a cube, and the addresses of all that one may ask next."""

from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict
from django.urls import reverse

from loopline.kernel import clock
from loopline.kernel.permission import Actor, require
from loopline.olap import api as olap
from loopline.olap.pivot.chart import KINDS
from loopline.olap.pivot.moves import Above
from loopline.olap.question import Filter, Measured, Op, Question

MONTHS = 12
MEASURES = 3
NO_CHART = "none"


@dataclass(frozen=True, slots=True)
class Look:
    """How an answer is shown: the kind of chart ('' chooses), and whether figures are shaded."""

    chart: str = ""
    shaded: bool = False

    @property
    def query(self) -> str:
        """As an address has it."""
        told = [f"chart={self.chart}"] if self.chart else []
        return "&".join([*told, "heat=1"] if self.shaded else told)


@dataclass(frozen=True, slots=True)
class Asked:
    """A cube, a question to it, and how the answer is shown."""

    cube: olap.Cube
    question: Question
    look: Look

    @property
    def query(self) -> str:
        """The whole state of the page as the query of its address."""
        return self.query_of(self.question)

    @property
    def above(self) -> Above:
        """The levels of the cube with those above them."""
        return {name: level.above for name, level in self.cube.levels.items()}

    def query_of(self, question: Question, look: Look | None = None) -> str:
        """The query of another question, looked at alike."""
        parts = olap.address(question).lstrip("?"), (look or self.look).query
        return "&".join(part for part in parts if part)

    def url(self, question: Question, look: Look | None = None) -> str:
        """The address of another question, looked at alike."""
        return f"{reverse('olap:pivot', args=[self.cube.name])}?{self.query_of(question, look)}"

    def looked(self, **changes: str | bool) -> str:
        """The address of this question, looked at differently."""
        return self.url(self.question, replace(self.look, **changes))  # type: ignore[arg-type]

    def also(self, name: str) -> str:
        """The address of a page about this question, with its query."""
        return f"{reverse(f'olap:{name}', args=[self.cube.name])}?{self.query}"


def asked_for(actor: Actor, cube: str, given: QueryDict) -> Asked:
    """What an address asks. Raises NotAllowed, NotFound and what is wrong with the question."""
    require(actor, "olap.view")
    found = olap.find_cube(cube)
    kind = given.get("chart", "")
    look = Look(kind if kind in KINDS or kind == NO_CHART else "", given.get("heat") == "1")
    asks = any(name in given for name in ("rows", "columns", "measures", "filter"))
    question = olap.parse(cube, given) if asks else first_question(found, actor)
    if not question.measures:
        question = replace(question, measures=_first_measures(found))
    return Asked(found, question, look)


def first_question(cube: olap.Cube, actor: Actor) -> Question:
    """What a cube tells when nothing is asked: its first measures over the last twelve months."""
    today = clock.today(actor.zone)
    months = today.year * 12 + today.month - MONTHS
    since = date(months // 12, months % 12 + 1, 1)
    return Question(
        cube.name,
        rows=("month",),
        measures=_first_measures(cube),
        filters=(Filter("month", Op.FROM, (since,)),),
    )


def _first_measures(cube: olap.Cube) -> tuple[Measured, ...]:
    return tuple(Measured(name) for name in [*cube.measures][:MEASURES])
