"""The rules of assignment, whom they would place, and where the last run stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from loopline.identity import api as identity
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.models import Group, Post, Rule, Run, RunKind
from loopline.keyaccounts.queries import accounts, chain
from loopline.keyaccounts.queries.whole import whole_operator
from loopline.keyaccounts.rules.allotting import Seat, allot, room_of
from loopline.keyaccounts.rules.fitting import condition

_UNPLACED = """
FROM (SELECT c.id, {rule} AS rule FROM customers_customer c
    WHERE c.survivor_id IS NULL AND c.left_on IS NULL
    AND NOT EXISTS (SELECT FROM keyaccounts_charge h WHERE h.customer_id = c.id AND h.until IS NULL)) q
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule with its counts: customers who fit, and of them those for whom somebody has room."""

    rule: Rule
    fit: int
    given: int

    @property
    def left(self) -> int:
        """Those for whom nobody has room."""
        return self.fit - self.given


def rules(actor: Actor) -> list[Rule]:
    """The rules in their order."""
    require(actor, "keyaccounts.assign")
    rows = Rule.objects.filter(is_active=True).select_related("unit", "post__staff", "post__unit")
    return list(rows.order_by("place", "id"))


def frozen(found: Sequence[Rule]) -> list[dict[str, Any]]:
    """Rules as a run keeps them: units and groups with all below them, as keys."""
    return [
        {
            "id": rule.pk,
            "name": rule.name,
            "kind": rule.kind,
            "tier": rule.tier,
            "value_class": rule.value_class,
            "units": identity.subtree(rule.unit) if rule.unit else None,
            "groups": _groups_below(rule.group_id) if rule.group_id else None,
            "post": rule.post_id,
        }
        for rule in found
    ]


def preview(actor: Actor, found: Sequence[Rule]) -> list[Placed]:
    """What a run over the whole operator would do now: the first rule that fits decides, room or not."""
    require(actor, "keyaccounts.chain")
    with whole_operator():
        counts, seats = _counts(frozen(found)), seats_of(found)
    placed = []
    for place, rule in enumerate(found, start=1):
        taken = min(counts.get(place, 0), room_of(seats[key] for key in holders(rule.post)))
        placed.append(Placed(rule, counts.get(place, 0), taken))
        fill(seats, holders(rule.post), taken)
    return placed


def fill(seats: dict[int, Seat], keys: Sequence[int], count: int) -> None:
    """Count customers to those with the most room, as `allot` deals them out."""
    dealt = allot(range(count), [seats[key] for key in keys])
    for post in dealt.values():
        seats[post] = Seat(post, seats[post].load + 1, seats[post].limit)


def holders(post: Post) -> list[int]:
    """Who gets the customers of a rule: the managers at and below its post; a post without any, itself."""
    below = chain.living().filter(chain.below(post))
    managers = [one.pk for one in below if one.level == "manager"]
    return managers or [post.pk]


def seats_of(found: Sequence[Rule]) -> dict[int, Seat]:
    """The seats of everybody whom these rules concern."""
    keys = {key for rule in found for key in holders(rule.post)}
    loads = accounts.loads(sorted(keys))
    return {
        post.pk: Seat(post.pk, loads.get(post.pk, 0), post.load_limit)
        for post in Post.objects.filter(pk__in=keys)
    }


def unplaced(kept: Sequence[Mapping[str, Any]], place: int, after: int, size: int) -> list[int]:
    """Customers in nobody's charge who fall under the rule at a place (from 1), in the order of their keys."""
    rule, given = condition(kept)
    page = "WHERE rule = %(place)s AND id > %(after)s ORDER BY id LIMIT %(size)s"
    words = f"SELECT id {_UNPLACED.format(rule=rule)} {page}"
    with connection.cursor() as cursor:
        cursor.execute(words, given | {"place": place, "after": after, "size": size})
        return [key for (key,) in cursor.fetchall()]


def _counts(kept: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    rule, given = condition(kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rule, count(*) {_UNPLACED.format(rule=rule)} WHERE rule IS NOT NULL GROUP BY 1", given
        )
        return dict(cursor.fetchall())


def _groups_below(group: int) -> list[int]:
    found = Group.objects.filter(pk=group).first()
    if found is None:
        return []
    rows = Group.objects.filter(path__gte=found.path, path__lt=found.path + "\uffff")
    return list(rows.values_list("pk", flat=True))


def runs(actor: Actor, count: int = 10) -> list[Run]:
    """The latest runs, hand-overs and assignments by hand."""
    require(actor, "keyaccounts.assign")
    return list(Run.objects.select_related("post__staff").order_by("-id")[:count])


def last_by_rules() -> Run | None:
    """The latest run by rules."""
    return Run.objects.filter(kind=RunKind.RULES).order_by("-id").first()
