"""Functions of the database that look past row security, each so narrow that nothing can be learnt from it.

A module names its own in `definers.py` as `DEFINERS`; `rowsecurity.py` creates them and a test finds any other.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definer:
    """`statement` creates the function with SECURITY DEFINER; `reads` are the tables that its owner must see.

    The owner is under FORCE like everybody else: on these tables he gets a policy for the tenant of the open door.
    """

    name: str
    arguments: str
    statement: str
    reads: tuple[str, ...] = ()
