"""The members of a level, as the person sees them, and their words."""

from dataclasses import dataclass

from loopline.kernel.permission import Actor
from loopline.olap import api as olap
from loopline.olap.pivot import figures
from loopline.olap.question import Filter, Measured, Member, Question
from loopline.warehouse.api import NotLoaded


@dataclass(frozen=True, slots=True)
class Known:
    """A member of a level: itself, its text in an address, its label, and how much there is of it."""

    member: Member
    text: str
    label: str
    figure: str


def members_of(actor: Actor, cube: olap.Cube, level: str, *filters: Filter) -> list[Known]:
    """The members of a level that have figures within what the person may see, with the cube's first measure."""
    first = next(iter(cube.measures))
    asked = Question(cube.name, (level,), (), (Measured(first),), filters, totals=False)
    answer = olap.ask(actor, asked)
    known = []
    for at, key in enumerate(answer.rows.keys):
        if key:
            value = answer.values.get((at, 0), (None,))[0]
            text = olap.member_text(key[0])
            known.append(Known(key[0], text, answer.rows.labels[at][0], figures.told(value, answer.heads[0])))
    return known


def labels_of(actor: Actor, cube: olap.Cube, level: str, members: tuple[Member, ...]) -> list[str]:
    """The labels of some members; the text of one that the person does not see."""
    texts = [olap.member_text(member) for member in members]
    if cube.levels[level].is_time:
        return texts
    try:
        labels = dict(olap.members(actor, cube.name, level))
    except NotLoaded:
        return texts
    return [labels.get(member, text) for member, text in zip(members, texts, strict=True)]
