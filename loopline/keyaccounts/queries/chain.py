"""The chain of posts, and whose team somebody sees."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from loopline.identity import api as identity
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.models import Post

RELATED = ("staff", "unit", "parent__staff")


def living() -> QuerySet[Post]:
    """Posts that are filled, from the director down."""
    return Post.objects.filter(until=None).select_related(*RELATED).order_by("path")


def below(post: Post) -> Q:
    """A post and all under it."""
    return Q(path__gte=post.path, path__lt=post.path + "\uffff")


def own_post(actor: Actor) -> Post | None:
    """The post that somebody holds."""
    return living().filter(staff_id=actor.staff_id).first() if actor.staff_id else None


def visible(actor: Actor) -> list[Post]:
    """The posts whose team somebody sees: his own with all under it; without one, those of units he sees."""
    require(actor, "keyaccounts.view")
    posts = list(living())
    own = next((post for post in posts if post.staff_id == actor.staff_id and actor.staff_id), None)
    if own is not None and not actor.may("keyaccounts.chain"):
        return [post for post in posts if post.path.startswith(own.path)]
    units = actor.scope.branches
    return posts if units is None else [post for post in posts if post.unit_id in _halls(units)]


def _halls(units: Iterable[int]) -> set[int]:
    """Units with their teams: a team works for the customers of the unit it belongs to."""
    rows = identity.Unit.objects.filter(Q(pk__in=list(units)) | Q(parent__in=list(units), level="team"))
    return set(rows.values_list("pk", flat=True))


def get_post(actor: Actor, public_id: UUID) -> Post:
    """One of the posts that somebody sees. Raises NotFound."""
    for post in visible(actor):
        if post.public_id == public_id:
            return post
    raise NotFound


def sees_customers_of(post: Post, now: datetime) -> tuple[int, ...] | None:
    """The branches whose customers the holder of a post sees (None: all)."""
    staff = (
        identity.Staff.objects.select_related("unit__parent").prefetch_related("roles").get(pk=post.staff_id)
    )
    return identity.actor_of(staff, now).scope.branches
