"""The calling circle 交往圈: who is close to whom, who has lost friends, and who resembles somebody who left.

Edges carry a weight (contacts of the month), reciprocity (the weaker direction over the stronger) and strength (the
share in all of the subscription's contacts).
"""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from loopline.kernel.period import add_months
from loopline.mining.usage.edges import SUBSCRIPTIONS, kept, numbers
from loopline.warehouse.api import Engine

LEAST = 2
"""Contacts in a month from which a number belongs to the circle."""
CROWD = 200
"""Numbers in touch with more of our subscriptions are hotlines and the like: they bind nobody."""


def build(engine: Engine, month: date) -> ir.Table:
    """Have an engine keep `circle_edge` and `circle` of a month, over the edges that `features.build` keeps.

    Returns `circle`: one row for each subscription with a circle.
    """
    close = circle_edges(month)
    engine.keep("circle_edge", close)
    found = circles(month)
    engine.keep("circle", found)
    return ibis.table(found.schema(), name="circle")


def circle_edges(month: date) -> ir.Table:
    """Edges of the circle: subscription_id, other_key, weight, reciprocity, strength, whose number it is (of ours,
    else empty) and whether that one has left."""
    edge = kept("edge_contact", month)
    crowd = edge.group_by("other_key").aggregate(known_to=_.count())
    totals = edge.group_by("subscription_id").aggregate(total=_.weight.sum())
    close = edge.filter(_.weight >= LEAST).inner_join(totals, "subscription_id")
    close = close.inner_join(crowd.filter(_.known_to <= CROWD), "other_key")
    close = close.left_join(_numbers(month), [("other_key", "own_key")])
    received = close.weight - close.out
    return close.select(
        "subscription_id",
        "other_key",
        "weight",
        reciprocity=_real(ibis.least(close.out, received))
        / _real(ibis.greatest(close.out, received)).nullif(0.0),
        strength=_real(close.weight) / _real(close.total).nullif(0.0),
        contact_id=close.contact_id,
        has_left=close.has_left.fill_null(False),
    )


def circles(month: date) -> ir.Table:
    """One row for each subscription with a circle: how large, how mutual, who of it has left, and the lost customer
    with whom it shares most contacts (`resembles`, of equal ones the lowest key)."""
    edge = ibis.table(circle_edges(month).schema(), name="circle_edge")
    total = edge.group_by("subscription_id").aggregate(
        circle_size=_.count(),
        mutual_size=_.count(where=_.reciprocity > 0),
        on_net_size=_.count(where=_.contact_id.notnull()),
        weight=_.weight.sum(),
        reciprocity=_.reciprocity.mean(),
        strongest=_.strength.max(),
        lost_contacts=_.count(where=_.has_left),
        lost_weight=_.weight.sum(where=_.has_left),
    )
    shared = _shared(month)
    best = shared.group_by("subscription_id").aggregate(shared_contacts=_.shared.max())
    tied = shared.inner_join(best, "subscription_id").filter(_.shared == _.shared_contacts)
    whom = tied.group_by("subscription_id").aggregate(
        resembles=_.lost_id.min(), shared_contacts=_.shared_contacts.max()
    )
    joined = total.left_join(whom, "subscription_id", rname="{name}_shared")
    return joined.select(
        "subscription_id",
        "circle_size",
        "mutual_size",
        "on_net_size",
        "weight",
        "reciprocity",
        "strongest",
        "lost_contacts",
        "resembles",
        lost_share=_real(joined.lost_weight.fill_null(0)) / _real(joined.weight).nullif(0.0),
        shared_contacts=joined.shared_contacts.fill_null(0),
    )


def _shared(month: date) -> ir.Table:
    """How many contacts each subscription shares with each lost customer, whose own are those of both months."""
    edge = kept("edge_contact", month)
    crowd = edge.group_by("other_key").aggregate(known_to=_.count()).filter(_.known_to <= CROWD)
    lost = edge.inner_join(_lost(month).select("subscription_id"), "subscription_id")
    lost = lost.filter(lost.weight + lost.before >= LEAST).inner_join(crowd, "other_key")
    lost = lost.select(lost_id="subscription_id", lost_contact="other_key")
    close = ibis.table(circle_edges(month).schema(), name="circle_edge")
    pairs = close.inner_join(lost, [("other_key", "lost_contact")]).filter(_.subscription_id != _.lost_id)
    return pairs.group_by("subscription_id", "lost_id").aggregate(shared=_.count())


def _lost(month: date) -> ir.Table:
    """Subscriptions that ended in the month or the one before."""
    first, after = add_months(month, -1), add_months(month, 1)
    ended = SUBSCRIPTIONS.filter(_.is_current, _.ended_on >= first, _.ended_on < after)
    return ended.select("subscription_id").distinct()


def _numbers(month: date) -> ir.Table:
    """Our own numbers: own_key, the subscription (the newest of a number given again) and whether it has left."""
    own = numbers(month)
    lost = _lost(month).mutate(left=ibis.literal(True))
    joined = own.left_join(lost, [("contact_id", "subscription_id")])
    return joined.select(
        own_key=joined.own_key, contact_id=joined.contact_id, has_left=joined.left.fill_null(False)
    )


def _real(value: ir.Value) -> ir.Value:
    return value.cast("float64")
