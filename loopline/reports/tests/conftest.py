import pytest

from loopline.testing import Operator, found_operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books, keep_books


@pytest.fixture
def books(database: object) -> Books:
    """An operator with one customer of North One whose figures are known, in the warehouse."""
    made = keep_books(found_operator())
    warehouse.refresh(made.tenant)
    return made


@pytest.fixture
def operator(books: Books) -> Operator:
    return books.operator
