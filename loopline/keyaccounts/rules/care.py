"""What a care plan holds to begin with, by tier; each step names its way and after how many months it comes again."""

from datetime import date, timedelta
from typing import NamedTuple

VISIT, CALL, GIFT, PRIVILEGE, REVIEW = "visit", "call", "gift", "privilege", "review"
WAYS = (VISIT, CALL, GIFT, PRIVILEGE, REVIEW)
LEAD = timedelta(days=3)
"""So many days before a step is due its task appears."""


class Template(NamedTuple):
    """A step: what (a code that `wording` knows), its way, in how many days, after how many months again (0: once)."""

    what: str
    way: str
    days: int
    months: int


QUARTERLY = Template("quarterly_visit", VISIT, 30, 3)
HALF_YEARLY = Template("half_yearly_visit", VISIT, 60, 6)
CALLED = Template("call", CALL, 14, 2)
REVIEWED = Template("review", REVIEW, 21, 6)
FESTIVAL = Template("festival", GIFT, 45, 12)
LOUNGE = Template("lounge", PRIVILEGE, 7, 0)

PLANS: dict[str, tuple[Template, ...]] = {
    "diamond": (LOUNGE, CALLED, REVIEWED, QUARTERLY, FESTIVAL),
    "gold": (CALLED, HALF_YEARLY, FESTIVAL),
    "silver": (CALLED, FESTIVAL),
    "group": (REVIEWED, QUARTERLY, FESTIVAL),
    "": (CALLED,),
}


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    place = day.year * 12 + day.month - 1 + months
    first = date(place // 12, place % 12 + 1, 1)
    following = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))
