"""Appointing to the chain, letting a post report elsewhere, ending one."""

from datetime import date

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from loopline.identity import api as identity
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import PostChanged, PostEnded, PostFilled
from loopline.keyaccounts.models import Charge, Level, Post, Rule
from loopline.keyaccounts.queries import chain
from loopline.keyaccounts.refusals import HasPost, NotAbove, StillAbove, StillInCharge
from loopline.keyaccounts.rules import levels

MOST = 100_000


def appoint(
    *,
    actor: Actor,
    staff: identity.Staff,
    level: str,
    unit: identity.Unit,
    above: Post | None,
    today: date,
    load_limit: int = 200,
) -> Post:
    """Give somebody a post of the chain. Raises HasPost, NotAbove, Invalid."""
    require(actor, "keyaccounts.chain")
    if level not in Level.values:
        raise Invalid(field="level", reason=_("There is no such level."))
    _check_limit(load_limit)
    if Post.objects.filter(staff=staff, until=None).exists():
        raise HasPost(field="staff", who=staff.name)
    _check_above(level, above)
    made = Post.objects.create(
        level=level, staff=staff, unit=unit, parent=above, load_limit=load_limit, since=today
    )
    made.path = f"{above.path if above else '/'}{made.pk}/"
    made.save(update_fields=["path"])
    record(PostFilled(level=level, staff=staff.name, unit=unit.name), about=made, by=actor)
    return made


def change_post(*, actor: Actor, post: Post, above: Post | None, load_limit: int, version: int) -> Post:
    """Let a post, with all below it, report elsewhere, or change how many customers it may have."""
    require(actor, "keyaccounts.chain")
    _check_limit(load_limit)
    found = Post.objects.select_for_update().get(pk=post.pk)
    if found.version != version:
        raise Conflict
    if above is not None and above.path.startswith(found.path):
        raise NotAbove(field="above")
    _check_above(found.level, above)
    changes: dict[str, list[object]] = {}
    if found.load_limit != load_limit:
        changes["load_limit"] = [found.load_limit, load_limit]
    if found.parent_id != (above.pk if above else None):
        changes["above"] = [
            found.parent.staff.name if found.parent else "",
            above.staff.name if above else "",
        ]
        _move(found, f"{above.path if above else '/'}{found.pk}/")
    found.parent, found.load_limit, found.version = above, load_limit, version + 1
    found.save(update_fields=["parent", "load_limit", "version"])
    if changes:
        record(PostChanged(changes=changes), about=found, by=actor)
    return found


def end_post(*, actor: Actor, post: Post, today: date) -> None:
    """An appointment is over. Raises StillInCharge, StillAbove."""
    require(actor, "keyaccounts.chain")
    found = Post.objects.select_for_update().get(pk=post.pk, until=None)
    below = Post.objects.filter(parent=found, until=None).count()
    if below:
        raise StillAbove(count=below)
    charges = Charge.objects.filter(post=found, until=None).count()
    if charges:
        raise StillInCharge(count=charges)
    Rule.objects.filter(post=found).update(is_active=False)
    found.until, found.version = today, found.version + 1
    found.save(update_fields=["until", "version"])
    record(PostEnded(staff=found.staff.name), about=found, by=actor)


def _move(post: Post, path: str) -> None:
    """Everything below goes along."""
    Post.objects.filter(chain.below(post)).update(
        path=Concat(Value(path), Substr(F("path"), len(post.path) + 1))
    )
    post.path = path


def _check_above(level: str, above: Post | None) -> None:
    if above is not None and (above.until is not None or not levels.may_stand_under(level, above.level)):
        raise NotAbove(field="above")


def _check_limit(load_limit: int) -> None:
    if not 0 <= load_limit <= MOST:
        raise Invalid(field="load_limit", reason=_("Give a number between 0 and 100,000."))
