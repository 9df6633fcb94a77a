"""The four levels of the chain, from the customer upwards."""

MANAGER, DISTRICT, DEPARTMENT, DIRECTOR = "manager", "district", "department", "director"
LEVELS = (MANAGER, DISTRICT, DEPARTMENT, DIRECTOR)


def may_stand_under(level: str, above: str) -> bool:
    """Whether a post of a level may report to one of another: only upwards, levels may be left out."""
    return LEVELS.index(level) < LEVELS.index(above)
