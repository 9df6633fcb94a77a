"""Who gets the next customer: whoever has the most room in proportion, until nobody has any."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NO_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who can take customers: how many he has, and how many he may have."""

    post: int
    load: int
    limit: int

    @property
    def room(self) -> int:
        """How many more he can take."""
        return max(0, self.limit - self.load)


def room_of(seats: Iterable[Seat]) -> int:
    """How many customers all of them can take together."""
    return sum(seat.room for seat in seats)


def allot(customers: Sequence[int], seats: Iterable[Seat]) -> dict[int, int]:
    """Customer → post, in the order of the customers: each goes to who is filled least (of two the lower post).

    Those for whom nobody has room are left out, thus the first `room_of(seats)` are taken.
    """
    heap = [(seat.load / seat.limit, seat.post, seat.load, seat.limit) for seat in seats if seat.room]
    heapq.heapify(heap)
    given: dict[int, int] = {}
    for customer in customers:
        if not heap:
            break
        _filled, post, load, limit = heapq.heappop(heap)
        given[customer] = post
        if load + 1 < limit:
            heapq.heappush(heap, ((load + 1) / limit, post, load + 1, limit))
    return given


def shares(count: int, successors: int) -> list[int]:
    """How many of `count` customers each of the successors gets when they are split evenly; the first get the rest."""
    each, rest = divmod(count, successors)
    return [each + (place < rest) for place in range(successors)]
