"""The rules of assignment: made, put in order, removed; and asking for a run by them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from loopline.identity import api as identity
from loopline.kernel.errors import Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import RulesSet
from loopline.keyaccounts.models import Group, Post, Rule, Run, RunKind, RunState
from loopline.keyaccounts.queries import rules as queries
from loopline.keyaccounts.queries.whole import whole_operator
from loopline.keyaccounts.refusals import NothingToGive, RunUnderWay
from loopline.keyaccounts.rules.words import clean

KINDS = ("", "person", "organisation")
TIERS = ("", "diamond", "gold", "silver")
CLASSES = ("", "high", "low")


def set_rule(
    *,
    actor: Actor,
    name: str,
    post: Post,
    kind: str = "",
    tier: str = "",
    value_class: str = "",
    unit: identity.Unit | None = None,
    group: Group | None = None,
) -> Rule:
    """Make a rule, behind those there are. Raises Invalid."""
    require(actor, "keyaccounts.chain")
    told = clean(name, 100)
    if not told:
        raise Invalid(field="name", reason=_("Give the rule a name."))
    for field, value, known in (
        ("kind", kind, KINDS),
        ("tier", tier, TIERS),
        ("value_class", value_class, CLASSES),
    ):
        if value not in known:
            raise Invalid(field=field, reason=_("There is no such choice."))
    last = Rule.objects.filter(is_active=True).order_by("-place").first()
    made = Rule.objects.create(
        name=told, post=post, kind=kind, tier=tier, value_class=value_class, unit=unit,
        group_id=group.pk if group else None, place=last.place + 1 if last else 1,
    )  # fmt: skip
    record(RulesSet(rule=told, change="made"), about=made, by=actor)
    return made


def order_rules(*, actor: Actor, order: Sequence[UUID]) -> None:
    """Put the rules into this order; those left out follow behind."""
    require(actor, "keyaccounts.chain")
    rows = {rule.public_id: rule for rule in queries.rules(actor)}
    wanted = [rows.pop(key) for key in order if key in rows]
    for place, rule in enumerate([*wanted, *rows.values()], start=1):
        if rule.place != place:
            rule.place = place
            rule.save(update_fields=["place"])
            record(RulesSet(rule=rule.name, change="moved"), about=rule, by=actor)


def remove_rule(*, actor: Actor, rule: Rule) -> None:
    """A rule is no longer followed."""
    require(actor, "keyaccounts.chain")
    rule.is_active = False
    rule.save(update_fields=["is_active"])
    record(RulesSet(rule=rule.name, change="removed"), about=rule, by=actor)


def ask_for_run(*, actor: Actor) -> Run:
    """Write down a run by the rules as they stand; `running.start` does it. Raises RunUnderWay, NothingToGive."""
    require(actor, "keyaccounts.chain")
    found = queries.rules(actor)
    placed = queries.preview(actor, found)
    total = sum(one.given for one in placed)
    if not total:
        raise NothingToGive
    with whole_operator():
        kept = queries.frozen(found)
    for rule, one in zip(kept, placed, strict=True):
        rule |= {"fit": one.fit, "given": 0}
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=RunKind.RULES, rules=kept, total=total, by_id=actor.staff_id, by_name=actor.name
            )
    except IntegrityError as taken:
        raise RunUnderWay from taken


def stop_run(*, actor: Actor, run: Run) -> None:
    """A run ends behind the batch that it is at; what is done stays, and can be taken back."""
    require(actor, "keyaccounts.assign")
    Run.objects.filter(pk=run.pk, state__in=[RunState.WAITING, RunState.RUNNING]).update(
        state=RunState.STOPPED
    )
