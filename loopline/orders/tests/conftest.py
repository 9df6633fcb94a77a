import pytest

from loopline.orders.tests.shop import Shop, found_shop
from loopline.testing import Operator


@pytest.fixture
def shop(operator: Operator) -> Shop:
    return found_shop(operator)
