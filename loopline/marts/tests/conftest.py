import pytest

from loopline.marts.models import Mart
from loopline.testing import found_operator
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books, keep_books


@pytest.fixture(scope="module")
def loaded(database: object) -> Books:
    """A loaded warehouse with one customer of North One, whose line has the number 13812345678."""
    made = keep_books(found_operator())
    warehouse.refresh(made.tenant)
    return made


@pytest.fixture
def books(loaded: Books) -> Books:
    """The same without any brought table."""
    with loaded.operator.door():
        Mart.objects.all().delete()
    return loaded
