"""`kill -9` at any step of 200 random orders: each ends in a legal state, money and stock add up, nothing twice."""

import pytest

from loopline.orders.tests.killing import kill_at_any_step
from loopline.orders.tests.shop import found_shop
from loopline.testing import found_operator


@pytest.mark.parametrize("seed", range(4))
def test_kills_at_any_step(database, seed):
    kill_at_any_step(found_shop(found_operator()), orders=50, kills=10, seed=seed)
