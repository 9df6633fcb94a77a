"""Looking over the whole operator for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError

from loopline.kernel.scope import Scope, change, current


@contextmanager
def whole_operator() -> Iterator[None]:
    """Look and write over the whole operator, for what has been authorised before.

    A customer may pass to a manager whose load, tasks and visits his giver does not see.
    """
    own = current()
    change(Scope(own.tenant, staff=own.staff))
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a transaction that is broken ends without the scope being told
            change(own)
