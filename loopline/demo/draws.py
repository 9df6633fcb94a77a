"""Where the simulated world gets its randomness: named streams that do not disturb one another."""

from enum import IntEnum

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

BURN_IN = 4  # months lived before the first recorded one, so that "usual" has a meaning


class Stream(IntEnum):
    """The purposes for which numbers are drawn; the values are part of the seed and never change."""

    FOUNDING = 1
    PEOPLE = 2
    PLAN = 3
    CLOSE = 4
    ANSWERS = 5
    TICKETS = 6
    KEY_ACCOUNTS = 7
    GROUP_BILLS = 8
    SERVICES = 9


def stream(seed: int, purpose: Stream, cohort: int, moment: int = 0) -> Generator:
    """A generator for one purpose of one cohort at one moment (month or day, from -BURN_IN on).

    The spawn key is what nested ``SeedSequence.spawn`` calls would give: streams are independent, and the same
    arguments give the same numbers whatever was drawn before, so a step that was killed can be repeated.
    """
    return Generator(PCG64(SeedSequence(seed, spawn_key=(int(purpose), cohort, moment + BURN_IN))))


def chosen(rng: Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Indices 0..k-1 drawn with the given weights, shape (size,), int64."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.minimum(np.searchsorted(edges / edges[-1], rng.random(size), side="right"), len(edges) - 1)
