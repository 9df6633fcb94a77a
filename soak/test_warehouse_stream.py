"""10,000 random operations with the writer running and killed at random: the lake differs in nothing.

`SOAK_OPERATIONS` sets how many, `SOAK_SEED` repeats a run; one kill for every 250 operations.
"""

import os
import sys

from loopline.testing import Operator
from loopline.warehouse.tests.living import Life, assert_it_adds_up, live

OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "10000"))
SEED = int(os.environ.get("SOAK_SEED", "39"))


def test_the_lake_follows_whatever_happens(operator: Operator) -> None:
    life = Life(operator, SEED)
    seconds = live(life, operations=OPERATIONS, kills=OPERATIONS // 250)
    assert_it_adds_up(life)
    sys.stdout.write(f"done {dict(life.done)}, refused {dict(life.refused)}; caught up in {seconds:.1f} s\n")
