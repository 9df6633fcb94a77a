"""Members, measures and ways in words."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from loopline.identity.api import Staff
from loopline.kernel import scope
from loopline.keyaccounts.api import Group
from loopline.olap.definitions import Cube, Level, Measure
from loopline.olap.held import NAMES, Names
from loopline.olap.question import CHANGES, OTHERS, Head, Measured, Member, Way
from loopline.olap.shared import MONEY_UNIT, PERCENT

WAYS: dict[Way, Any] = {
    Way.PLAIN: gettext_lazy("as it is"),
    Way.YEAR_AGO: gettext_lazy("a year before"),
    Way.YEAR_ON_YEAR: gettext_lazy("year on year"),
    Way.PERIOD_AGO: gettext_lazy("the period before"),
    Way.PERIOD_ON_PERIOD: gettext_lazy("period on period"),
    Way.MONTH_AGO: gettext_lazy("a month before"),
    Way.SAME_DAY_LAST_MONTH: gettext_lazy("same day last month"),
    Way.SAME_DAY_CHANGE: gettext_lazy("against the same day last month"),
    Way.CUMULATIVE: gettext_lazy("cumulative"),
    Way.SHARE: gettext_lazy("share"),
    Way.SHARE_OF_PARENT: gettext_lazy("share of the row above"),
}


def head(cube: Cube, measured: Measured, currency: str) -> Head:
    """The head of a column of figures."""
    measure = cube.measures[measured.measure]
    label = str(measure.label)
    if measured.way is not Way.PLAIN:
        label = pgettext("measure", "%(measure)s, %(way)s") % {"measure": label, "way": WAYS[measured.way]}
    if measured.way in CHANGES or measured.way in (Way.SHARE, Way.SHARE_OF_PARENT):
        return Head(measured, label, PERCENT, 1, str(measure.about))
    return Head(measured, label, unit_of(measure, currency), measure.decimals, str(measure.about))


def unit_of(measure: Measure, currency: str) -> str:
    """The unit of a measure."""
    return currency if measure.unit == MONEY_UNIT else str(measure.unit)


def kinds(levels: Iterable[Level]) -> set[str]:
    """What of `held.NAMES` the words of some levels need."""
    return {level.labels for level in levels if isinstance(level.labels, str) and level.labels in NAMES}


def labels(names: Names, levels: Iterable[Level]) -> "dict[str, Labels]":
    """For each level what turns its members into words; names of units and plans are those of now."""
    english = (translation.get_language() or "en").startswith("en")
    found = {}
    for level in levels:
        if isinstance(level.labels, str):
            rows = names[level.labels] if level.labels in NAMES else _looked_up(level.labels)
            words = {code: (en or zh) if english else zh for code, zh, en in rows}
        else:
            words = {str(code): str(word) for code, word in level.labels.items()}
        found[level.name] = Labels(level, words)
    return found


def _looked_up(kind: str) -> list[tuple[str, str, str]]:
    """Names that the lake does not keep, from operations under the reader's own rights; none outside of a door."""
    if not kind or not scope.is_set():
        return []
    if kind == "staff":
        return [(str(key), name, en) for key, name, en in Staff.objects.values_list("pk", "name", "name_en")]
    return [(number, name, "") for number, name in Group.objects.values_list("number", "customer__name")]


class Labels:
    """The words of one level's members."""

    def __init__(self, level: Level, words: dict[str, str]) -> None:
        self.level, self.words = level, words

    def __call__(self, member: Member) -> str:
        """A member in words."""
        if member is None or member == "":
            return _("(none)")
        if member == OTHERS:
            return _("Others")
        if isinstance(member, date):
            return f"{member:%Y-%m}"
        return self.words.get(str(member), str(member))

    def order(self, member: Member) -> tuple[int, Any]:
        """Where a member stands among its siblings: as words are listed, else by itself; nothing and others last."""
        if member is None or member == "":
            return 2, ""
        if member == OTHERS:
            return 3, ""
        if isinstance(member, int | date):
            return 0, member
        if isinstance(self.level.labels, str):
            return 0, self(member) if self.level.labels else str(member)
        places = list(self.words)
        return (0, f"{places.index(member):06}") if member in self.words else (1, str(member))
