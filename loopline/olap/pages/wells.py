"""The fields of a cube, the wells they are put into, the filters, and the way back up."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.olap.pages.asked import Asked
from loopline.olap.pages.members import labels_of
from loopline.olap.pivot import moves
from loopline.olap.question import BY_DAYS, Filter, Measured, Op, Question, Way

TOPS = (5, 10, 20)
WAYS = {
    Way.PLAIN: gettext_lazy("The figure itself"),
    Way.YEAR_AGO: gettext_lazy("A year ago"),
    Way.YEAR_ON_YEAR: gettext_lazy("Year on year"),
    Way.PERIOD_AGO: gettext_lazy("The period before"),
    Way.PERIOD_ON_PERIOD: gettext_lazy("Period on period"),
    Way.MONTH_AGO: gettext_lazy("The month before"),
    Way.SAME_DAY_LAST_MONTH: gettext_lazy("Same day last month"),
    Way.SAME_DAY_CHANGE: gettext_lazy("Against the same day last month"),
    Way.CUMULATIVE: gettext_lazy("Cumulative"),
    Way.SHARE: gettext_lazy("Share"),
    Way.SHARE_OF_PARENT: gettext_lazy("Share of the row above"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A step that one may take."""

    label: str
    url: str
    icon: str = ""
    active: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A level or a measure that can be put into a well. `used` says where it is."""

    name: str
    label: str
    about: str
    is_measure: bool
    used: str
    depth: int = 0
    filter_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of a dimension, or the measures."""

    label: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Chip:
    """Something in a well. `note` is what is to be known of it, `menu` what can be done with it by a link."""

    id: str
    name: str
    label: str
    note: str = ""
    about: str = ""
    filter_url: str = ""
    remove_url: str = ""
    menu_head: str = ""
    menu: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Well:
    """Rows, columns or measures."""

    name: str
    label: str
    icon: str
    empty: str
    chips: list[Chip]


def groups(asked: Asked) -> list[Group]:
    """Every field by its dimension, the measures first."""
    used = {each.measure for each in asked.question.measures}
    measures = [
        Field(
            name, str(each.label), str(each.about), is_measure=True, used="measures" if name in used else ""
        )
        for name, each in asked.cube.measures.items()
    ]
    found = {_("Measures"): measures}
    for name, level in asked.cube.levels.items():
        depth = moves.hierarchy(name, asked.above).index(name)
        found.setdefault(str(level.group), []).append(
            Field(name, str(level.label), "", False, _used(asked, name), depth, _filter_url(asked, name))
        )
    return [Group(label, fields) for label, fields in found.items()]


def wells(asked: Asked) -> list[Well]:
    """Rows, columns and measures, with what is in them."""
    question = asked.question
    return [
        Well(
            "rows",
            pgettext("pivot", "Rows"),
            "layout-list",
            _("Put a level here."),
            _levels(asked, "rows", question.rows),
        ),
        Well(
            "columns",
            pgettext("pivot", "Columns"),
            "columns",
            _("Put a level here."),
            _levels(asked, "columns", question.columns),
        ),
        Well("measures", _("Measures"), "sum", _("Put a measure here."), list(_measures(asked))),
    ]


def filter_chips(actor: Actor, asked: Asked) -> list[Chip]:
    """The filters that hold, each with what it lets through and the address without it."""
    return [
        Chip(
            f"filter-{at}",
            each.level,
            str(asked.cube.levels[each.level].label),
            filter_text(actor, asked, each),
            filter_url=_filter_url(asked, each.level),
            remove_url=asked.url(moves.without_filter(asked.question, each)),
        )
        for at, each in enumerate(asked.question.filters)
    ]


def filter_text(actor: Actor, asked: Asked, each: Filter) -> str:
    """What a filter lets through, in words."""
    told = formats.listed(labels_of(actor, asked.cube, each.level, each.members))
    if each.op is Op.NOT_IN:
        return _("not %(members)s") % {"members": told}
    if each.op is Op.FROM:
        return _("from %(member)s") % {"member": told}
    return _("to %(member)s") % {"member": told} if each.op is Op.TO else told


def trail(actor: Actor, asked: Asked) -> list[Link]:
    """The way back up: each member that one went into, from the coarsest on, by hierarchy."""
    steps = []
    for each in asked.question.filters:
        if each.op is Op.IN and len(each.members) == 1:
            up = moves.out_of(asked.question, each.level, asked.above)
            steps.append(Link(filter_text(actor, asked, each), asked.url(up)))
    return steps


def top_text(asked: Asked) -> str:
    """What a top-N keeps, in words."""
    top = asked.question.top
    if top is None:
        return ""
    return _("largest %(count)s by %(measure)s") % {
        "count": top.count,
        "measure": asked.cube.measures[top.by].label,
    }


def with_totals(question: Question, totals: bool) -> Question:
    """With subtotals and totals, or without."""
    return replace(question, totals=totals)


def _levels(asked: Asked, well: str, names: tuple[str, ...]) -> list[Chip]:
    top = asked.question.top
    made = []
    for name in names:
        is_topped = top is not None and top.level == name
        counts = (
            []
            if asked.cube.levels[name].is_time
            else [
                Link(
                    _("Largest %(count)s") % {"count": count},
                    asked.url(moves.topped(asked.question, name, count)),
                    active=bool(is_topped and top and top.count == count),
                )
                for count in TOPS
            ]
        )
        every = Link(_("All members"), asked.url(moves.topped(asked.question, name, 0)), active=not is_topped)
        note = top_text(asked) if is_topped else ""
        menu = [every, *counts] if counts else []
        label, filter_url = str(asked.cube.levels[name].label), _filter_url(asked, name)
        made.append(Chip(f"{well}-{name}", name, label, note, "", filter_url, "", _("Members"), menu))
    return made


def _measures(asked: Asked) -> Iterator[Chip]:
    question = asked.question
    for each in question.measures:
        measure = asked.cube.measures[each.measure]
        ways = [
            Link(
                str(label),
                asked.url(moves.toggled(question, Measured(each.measure, way))),
                active=Measured(each.measure, way) in question.measures,
            )
            for way, label in WAYS.items()
            if way not in BY_DAYS or asked.cube.is_daily
        ]
        note = "" if each.way is Way.PLAIN else str(WAYS[each.way])
        name, about = str(each), str(measure.about)
        yield Chip(
            f"measures-{name.replace(':', '-')}",
            name,
            str(measure.label),
            note,
            about,
            "",
            "",
            _("Shown as"),
            ways,
        )


def _used(asked: Asked, level: str) -> str:
    if level in asked.question.rows:
        return "rows"
    if level in asked.question.columns:
        return "columns"
    return "filters" if any(each.level == level for each in asked.question.filters) else ""


def _filter_url(asked: Asked, level: str) -> str:
    return f"{asked.also('filter')}&level={level}"
