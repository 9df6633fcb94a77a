"""The worker is killed at any moment; nothing is lost and nothing is done twice."""

import pytest

from loopline.orders.tests.killing import kill_at_any_step


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(shop):
    kill_at_any_step(shop, orders=20, kills=3, seed=7)
