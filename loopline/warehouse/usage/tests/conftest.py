import pytest

from loopline.testing import Operator
from loopline.warehouse import api
from loopline.warehouse.tests.books import Books, keep_books


@pytest.fixture
def books(operator: Operator) -> Books:
    """An operator whose lake knows one customer with one mobile number."""
    kept = keep_books(operator)
    api.refresh(kept.tenant)
    return kept
