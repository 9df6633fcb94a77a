"""`kill -9` at any step of random orders, and what must hold afterwards."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta

from loopline.kernel.errors import Refusal
from loopline.orders.tests.shop import NOW, Shop
from loopline.orders.tests.test_every_way import BEHAVIOURS, OUTSIDE, assert_it_adds_up, finish


def kill_at_any_step(shop: Shop, *, orders: int, kills: int, seed: int) -> None:
    """Accept random orders, have a worker move them, kill it again and again, then let all end."""
    rng = random.Random(seed)
    for place in range(orders):
        number = f"+86138053500{place % 90:02d}"
        try:
            shop.open(number, rng.choice(["M59", "M99", "M239"]))
        except Refusal:
            continue
    for _rule in range(6):
        shop.behave(
            rng.choice(BEHAVIOURS),
            rng.choice(["", *OUTSIDE]),
            seconds=rng.randint(1, 900),
            times=rng.randint(1, 4),
        )
    for turn in range(kills):
        worker = _worker(shop, turn)
        assert worker.stdout is not None
        time.sleep(rng.uniform(1.5, 6))
        worker.kill()
        worker.wait()
    finish(shop, timedelta(days=2))
    assert_it_adds_up(shop)


def _worker(shop: Shop, turn: int) -> subprocess.Popen[str]:
    begin = NOW + timedelta(hours=3 * turn)
    command = [sys.executable, "-m", "loopline.orders.tests.driver", str(shop.operator.tenant)]
    return subprocess.Popen(
        [*command, begin.isoformat(), "500"], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
