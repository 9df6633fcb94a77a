"""What the pages of administration share."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.identity import queries
from loopline.identity.models import Unit
from loopline.kernel import formats
from loopline.kernel.errors import Refusal


def filled(values: dict[str, Any], field: str) -> str:
    """The text of a field. Raises Empty."""
    text = str(values[field]).replace("\0", "")
    if not text:
        raise Empty(field=field)
    return text


class Empty(Refusal):
    """A field that must be filled is not."""

    code = "empty"
    sentence = gettext_lazy("Please fill this in.")


def unit_of(key: str) -> Unit:
    """The unit of a choice. Raises Empty."""
    unit = Unit.objects.filter(pk=int(key)).first() if str(key).isdigit() and len(str(key)) < 18 else None
    if unit is None:
        raise Empty(field="unit")
    return unit


def unit_options() -> list[tuple[str, str]]:
    """Every living unit, indented as it stands in the tree."""
    return [
        (str(unit.pk), "　" * (unit.path.count("/") - 2) + formats.named(unit))
        for unit in Unit.objects.filter(is_active=True).order_by("path")
    ]


def password_help() -> str:
    """What the operator asks of a password, in words."""
    rules = queries.sign_in_rules()
    told = _(
        "At least %(length)s characters, not digits alone, not a common password and not with your name in it."
    ) % {"length": rules.min_length}
    if rules.history:
        told += " " + _("None of the last %(count)s.") % {"count": rules.history}
    return told
