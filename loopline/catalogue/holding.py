"""Who has an offering: modules above say so here, the catalogue knows none of them."""

from collections.abc import Callable, Sequence

from loopline.kernel.modules import brought
from loopline.kernel.registry import Registry

COUNTED_TO = 10_000

holders: Registry[Callable[[Sequence[int]], dict[int, int]]] = Registry("count of holders")
"""Each counts, for keys of offerings, how many have them in use (up to COUNTED_TO for each)."""


def holding(offerings: Sequence[int]) -> dict[int, int]:
    """How many have each of these offerings in use, whoever counts them."""
    brought("panels")
    totals = dict.fromkeys(offerings, 0)
    for count in holders:
        for key, number in count(offerings).items():
            totals[key] += number
    return totals
