"""Value-added services of the demo operator: which partners provide them, who takes them, and when they let go.

They stand beside what the world tells and change nothing of it; draws come from a stream of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection

from loopline.catalogue import api as catalogue
from loopline.demo.draws import Stream, chosen, stream
from loopline.demo.keys import SOURCE
from loopline.demo.usage_records import SERVICES
from loopline.kernel.copying import copy_rows
from loopline.kernel.period import add_months
from loopline.subscriptions.api import AddOn


@dataclass(frozen=True, slots=True)
class Life:
    """How a service goes: launched so many months ago, taken by a share of lines in all, each month by `growth` times
    as many as the month before, given up by `leaving` of its takers a month."""

    months: int
    share: float
    growth: float
    leaving: float


LIVES = {
    "MUSIC": Life(30, 0.16, 1.0, 0.035),
    "VIDEO": Life(15, 0.22, 1.14, 0.03),
    "READING": Life(40, 0.14, 0.93, 0.06),
    "GAME": Life(4, 0.05, 1.5, 0.12),
    "RINGTONE": Life(48, 0.24, 0.9, 0.055),
    "NEWS": Life(36, 0.07, 0.98, 0.03),
    "CLOUD": Life(20, 0.12, 1.06, 0.02),
    "DATA20": Life(26, 0.1, 1.02, 0.05),
}
FEES = {"music": "8", "video": "15", "reading": "5", "game": "10", "ringtone": "5", "news": "3"}
PARTNERS = tuple(dict.fromkeys(partner for *_service, partner in SERVICES))
"""The partners, in the order of their first service."""
LEAVES_AFTER_TRIAL = 0.25
"""So many takers let go when their first month is over."""
_LINES = """
SELECT id, customer_id, branch_id, started_on, ended_on FROM subscriptions_subscription
WHERE source = %s AND service = 'mobile' AND started_on IS NOT NULL ORDER BY id
"""
COLUMNS = ("customer_id", "branch_id", "subscription_id", "offering_id", "started_on", "ended_on")


def specification_of(partner: str) -> str:
    """The code of the specification under which a partner's services are sold."""
    return f"SP{PARTNERS.index(partner) + 1:02d}"


def write_services(*, seed: int, today: date) -> int:
    """Have lines take services, once; returns how many there are new. In an open door."""
    if AddOn.objects.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [SOURCE])
        lines = cursor.fetchall()
    offerings = catalogue.Offering.objects.filter(code__in=LIVES, is_sold=True)
    sold = dict(offerings.values_list("code", "pk"))
    written = 0
    for place, (code, life) in enumerate(LIVES.items()):
        if code in sold:
            rng = stream(seed, Stream.SERVICES, place)
            written += copy_rows(AddOn, COLUMNS, _taken(rng, life, lines, sold[code], today))
    return written


def _taken(
    rng: np.random.Generator,
    life: Life,
    lines: list[tuple[int, int, int, date, date | None]],
    offering: int,
    today: date,
) -> Iterator[tuple[object, ...]]:
    """Each taker once: in a month of the service's life, while his line is in use."""
    weights = life.growth ** np.arange(life.months + 1)
    takes = rng.random(len(lines)) < life.share
    months = chosen(rng, weights, len(lines))
    days = rng.integers(0, 28, len(lines))
    trial = rng.random(len(lines)) < LEAVES_AFTER_TRIAL
    stays = rng.geometric(life.leaving, len(lines)) + 1
    first = add_months(today.replace(day=1), -life.months)
    for place in np.flatnonzero(takes).tolist():
        line, customer, branch, started, ended = lines[place]
        since = add_months(first, int(months[place])) + timedelta(days=int(days[place]))
        if since > today or since < started or (ended is not None and since >= ended):
            continue
        lasts = 1 if trial[place] else int(stays[place])
        until = add_months(since, lasts) + timedelta(days=int(days[place]))
        over = min(filter(None, (until if until <= today else None, ended)), default=None)
        yield customer, branch, line, offering, since, over
