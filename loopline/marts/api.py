"""The door of this module for other modules.

`receive`, `receive_again`, `order`, `remove` and `restore` are called inside a door; `carry_out`, `refresh` and
`refresh_due` open their own.
"""

from loopline.marts.actions import (
    discard,
    find_subject,
    order,
    receive,
    receive_again,
    refresh,
    refresh_due,
    remove,
    restore,
)
from loopline.marts.bringing import carry_out
from loopline.marts.models import Mart, MartLoad, Status, Way
from loopline.marts.queries import Standing, brought, find_load, find_mart, loads_of, standings
from loopline.marts.subjects import RULES, Rule, Subject, subjects
from loopline.marts.wording import faults_of

__all__ = [
    "RULES",
    "Mart",
    "MartLoad",
    "Rule",
    "Standing",
    "Status",
    "Subject",
    "Way",
    "brought",
    "carry_out",
    "discard",
    "faults_of",
    "find_load",
    "find_mart",
    "find_subject",
    "loads_of",
    "order",
    "receive",
    "receive_again",
    "refresh",
    "refresh_due",
    "remove",
    "restore",
    "standings",
    "subjects",
]
