"""What a later row tells of an earlier one."""

import numpy as np

from loopline.demo.facts import Facts, Table


def with_hindsight(facts: Facts) -> Facts:
    """Fill in what a later row tells of an earlier one: ends of lines and contracts, solutions of complaints."""
    ended, contracts, solved = facts["terminations"], facts["contracts"], facts["resolutions"]
    lines, people, contacts = facts["subscriptions"], facts["customers"], facts["interactions"]
    _fill(lines, "terminated_on", "subscription", ended["subscription"], ended["on"])
    _fill(lines, "contract_ends_on", "subscription", contracts["subscription"], contracts["ends_on"])
    _fill(people, "contract_ends_on", "customer", contracts["subscription"] // 16, contracts["ends_on"])
    _fill(contacts, "resolved_on", "interaction", solved["interaction"], solved["resolved_on"])
    return facts | {"resolutions": {name: column[:0] for name, column in solved.items()}}


def _fill(table: Table, column: str, key: str, keys: np.ndarray, values: np.ndarray) -> None:
    """Set `column` where `key` is among `keys` to the latest of its values."""
    if not len(keys):
        return
    order = np.lexsort((values, keys))
    place = np.searchsorted(keys[order], table[key], side="right") - 1
    hit = (place >= 0) & (keys[order][place] == table[key])
    table[column] = np.where(hit, values[order][place], table[column])
