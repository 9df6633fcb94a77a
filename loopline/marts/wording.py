"""Faults and unknown keys in words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from loopline.imports import api as imports
from loopline.kernel import formats
from loopline.marts.models import MartLoad, Role


def faults_of(load: MartLoad) -> Iterator[tuple[int, str, str]]:
    """(row, column, why) of each cell that could not be read."""
    for row, column, code, values in load.faults:
        yield row, column or _("the whole row"), imports.Reason(code, values).text


def unknown_of(load: MartLoad) -> str:
    """How many rows have a key that met nothing, "" for none."""
    told = [
        _("%(key)s: %(count)s unknown") % {"key": Role(role).label, "count": formats.number(count)}
        for role, count in load.unknown.items()
        if count
    ]
    return " · ".join(told)
