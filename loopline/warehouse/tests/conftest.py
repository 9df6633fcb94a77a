import pytest

from loopline.testing import Operator
from loopline.warehouse.tests.books import Books, keep_books


@pytest.fixture
def books(operator: Operator) -> Books:
    """An operator with one customer whose figures are known."""
    return keep_books(operator)
