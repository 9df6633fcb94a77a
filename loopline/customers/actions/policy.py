"""The operator decides about customer files."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from loopline.customers.actions import inputs
from loopline.customers.events import PolicyChanged
from loopline.customers.models import Policy
from loopline.customers.rules import matching
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

BOUNDS = {"lines_per_document": (1, 1000), "by_hand_days": (0, 3650)}
"""How far the figures may go."""


def set_policy(*, actor: Actor, changes: Mapping[str, object]) -> Policy:
    """Decide `duplicates` (refuse or warn), `lines_per_document` or `by_hand_days`. Raises Invalid."""
    require(actor, "customers.rules")
    row = Policy.objects.select_for_update().order_by("id").first() or Policy()
    told: dict[str, list[object]] = {}
    for field, value in changes.items():
        wanted = _checked(field, value)
        if getattr(row, field) != wanted:
            told[field] = [getattr(row, field), wanted]
            setattr(row, field, wanted)
    if told:
        row.save()
        record(PolicyChanged(changes=told), about=row, by=actor)
    return row


def _checked(field: str, value: object) -> object:
    if field == "duplicates":
        return inputs.choice(field, str(value), [matching.REFUSE, matching.WARN])
    least, most = BOUNDS[field]
    if not str(value).isdecimal() or not least <= int(str(value)) <= most:
        raise Invalid(
            field=field, reason=_("A number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
    return int(str(value))
