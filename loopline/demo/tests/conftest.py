from collections.abc import Iterable
from datetime import date

import numpy as np
import pytest

from loopline.demo.facts import Facts
from loopline.demo.hindsight import with_hindsight
from loopline.demo.world import World

END = date(2026, 6, 1)


def merged(parts: Iterable[Facts]) -> Facts:
    """All rows of many facts, ordered by all their columns, with hindsight."""
    parts = list(parts)
    joined = {
        name: {column: np.concatenate([part[name][column] for part in parts]) for column in parts[0][name]}
        for name in parts[0]
    }
    joined = with_hindsight(joined)
    return {
        name: {column: values[np.lexsort([*table.values()][::-1])] for column, values in table.items()}
        for name, table in joined.items()
    }


@pytest.fixture(scope="session")
def small() -> tuple[World, Facts]:
    world = World.new(size="small", end_month=END)
    return world, merged(world.history())


@pytest.fixture(scope="session")
def demo() -> tuple[World, Facts]:
    world = World.new(size="demo", end_month=END)
    return world, merged(world.history())
