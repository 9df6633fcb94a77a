"""Random operations with the writer beside them, killed twice: afterwards nothing differs. The long one is a soak."""

import os
import signal
import subprocess
import sys

import pytest

from loopline.billing.models import Bill
from loopline.testing import Operator
from loopline.warehouse import api, stream
from loopline.warehouse.models import Change
from loopline.warehouse.tests.books import Books
from loopline.warehouse.tests.living import Life, assert_it_adds_up, live


@pytest.mark.slow
def test_a_killed_writer_loses_and_doubles_nothing(operator: Operator) -> None:
    life = Life(operator, seed=4)
    live(life, operations=300, kills=2)
    assert_it_adds_up(life)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_collector_doubles_nothing(books: Books, moment: str) -> None:
    """Killed before it has written to the journal, or after that and before the slot was told."""
    api.refresh(books.tenant)
    with books.operator.door():
        Bill.objects.filter(pk=books.bills[0]).update(discount=2, amount="60.33")
    words = (
        "import os, signal, django; django.setup()\n"
        "from loopline.warehouse import stream\n"
        "keep = stream._keep\n"
        "def killed(*given):\n"
        f"    {'keep(*given)' if moment == 'after' else ''}\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "stream._keep = killed\n"
        "stream.collect()"
    )
    done = subprocess.run([sys.executable, "-c", words], check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    stream.collect()
    with books.operator.door():
        assert Change.objects.filter(relation="billing_bill", keys=[books.bills[0]]).count() == 1
    assert api.refresh(books.tenant).rows["fact_bill"] == 1
    assert api.check(books.tenant).agrees
