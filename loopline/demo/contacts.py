"""The simulation plays the staff: it contacts who is due in running campaigns and notes what the truth lets them say.

What people at their desks have recorded themselves counts all the same: the simulated customer remembers it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from loopline.campaigns import api as campaigns
from loopline.demo.catalogue import OFFER_INDEX
from loopline.demo.columns import moments
from loopline.demo.facts import Table
from loopline.demo.keys import SOURCE
from loopline.demo.world import Treatments, World
from loopline.kernel.permission import Actor
from loopline.worklist import api as worklist

OTHER_OFFER = "CARE"
"""What an offer counts as that is none of the demo's own: a call that shows care."""
ANSWERS = {"accepted": "accepted", "declined": "declined", "not_reached": "unreachable"}

_DUE = """
SELECT c.source_key::bigint, coalesce(o.code, ''), m.public_id
FROM campaigns_member m
JOIN campaigns_campaign k ON k.id = m.campaign_id AND k.status = 'running'
JOIN customers_customer c ON c.id = m.customer_id AND c.source = %s
LEFT JOIN catalogue_offering o ON o.id = k.offering_id
WHERE m.arm = 'treatment' AND m.answer = '' AND m.planned_on <= %s
ORDER BY 1, m.id
"""
_HEARD = """
SELECT DISTINCT ON (1) c.source_key::bigint, coalesce(o.code, ''), m.answer = 'accepted'
FROM campaigns_member m
JOIN campaigns_campaign k ON k.id = m.campaign_id
JOIN customers_customer c ON c.id = m.customer_id AND c.source = %s
LEFT JOIN catalogue_offering o ON o.id = k.offering_id
WHERE m.answered_by_id > 0 AND m.answer IN ('accepted', 'declined', 'do_not_contact')
  AND m.changed_xid >= %s AND m.changed_xid < %s
ORDER BY 1, m.changed_xid DESC
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """Contacts of one day: customer → offer for those who are due, customer → (offer, accepted) for the heard.

    `heard` are answers that people recorded in the transactions before `until`.
    """

    due: dict[int, str]
    heard: dict[int, tuple[str, bool]]
    until: int

    def with_customers_of(self, world: World) -> tuple[Treatments, Treatments]:
        """The contacts to make and those already made, with customers of this world who are free to be contacted."""
        stays = set(world.staying().tolist())
        heard = {key: said for key, said in self.heard.items() if key in stays}
        taken = heard.keys() | set(world.waiting.customer.tolist())
        due = {key: offer for key, offer in self.due.items() if key in stays and key not in taken}
        return (
            Treatments(np.array([*due], dtype=np.int64), np.array([*due.values()], dtype="U")),
            Treatments(
                np.array([*heard], dtype=np.int64),
                np.array([offer for offer, _ in heard.values()], dtype="U"),
                np.array([accepted for _, accepted in heard.values()], dtype=bool),
            ),
        )


def anything_running() -> bool:
    """Whether a campaign is running, so that every day counts."""
    return campaigns.Campaign.objects.filter(status=campaigns.CampaignStatus.RUNNING).exists()


def talk_of(day: date | None, *, seen: int) -> Talk:
    """Whom to contact on a day (None: nobody), and what people have recorded in transactions from `seen` on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        ((until,),) = cursor.fetchall()
    due: dict[int, str] = {}
    for key, code, _ in _rows(_DUE, SOURCE, day) if day else []:
        due.setdefault(key, offer_of(code))
    heard = {key: (offer_of(code), accepted) for key, code, accepted in _rows(_HEARD, SOURCE, seen, until)}
    return Talk(due, heard, until)


def note_answers(answers: Table, *, actor: Actor) -> Counter[str]:
    """Record the answers that came, each on its day. Returns how many were `answers`, and `accepted` among them."""
    noted: Counter[str] = Counter()
    if not len(answers["customer"]):
        return noted
    open_members: dict[tuple[int, str], list[UUID]] = {}
    for key, code, member in _rows(_DUE, SOURCE, answers["answered_on"].max().item()):
        open_members.setdefault((key, offer_of(code)), []).append(member)
    when = moments(answers["answered_on"], answers["customer"], str(actor.zone)).to_pylist()
    columns = (answers[name].tolist() for name in ("customer", "offer", "answer"))
    for customer, offer, answer, moment in zip(*columns, when, strict=True):
        for member in open_members.pop((customer, offer), []):
            if _note(actor, member, ANSWERS[answer], moment):
                noted += Counter(answers=1, accepted=int(answer == "accepted"))
    return noted


def _note(actor: Actor, member: UUID, answer: str, moment: datetime) -> bool:
    try:
        campaigns.record_answer(actor=actor, member=member, answer=answer, now=moment)
    except worklist.NoLongerOpen:  # somebody was faster, or the task was cancelled
        return False
    return True


def offer_of(code: str) -> str:
    """The simulation's offer that an offering of the catalogue counts as."""
    return code if code in OFFER_INDEX else OTHER_OFFER


def _rows(statement: str, *parameters: int | str | date) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
