"""Planning a visit, recording what came of it, cancelling it."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.kernel.errors import Conflict, Invalid
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts.events import VisitCancelled, VisitDone, VisitPlanned
from loopline.keyaccounts.models import Visit, VisitState
from loopline.keyaccounts.refusals import NotPlanned
from loopline.keyaccounts.rules.words import clean

LONGEST = 4000


def plan_visit(
    *,
    actor: Actor,
    customer: customers.Customer,
    at: datetime,
    purpose: str,
    staff: identity.Staff | None = None,
) -> Visit:
    """Plan a visit by somebody (oneself)."""
    require(actor, "keyaccounts.work")
    visit = Visit.objects.create(
        customer=customer,
        branch_id=customer.branch_id,
        staff_id=staff.pk if staff else actor.staff_id,
        planned_at=at,
        purpose=_words("purpose", purpose),
    )
    record(VisitPlanned(at=at.isoformat(), purpose=visit.purpose), about=visit, by=actor)
    return visit


def move_visit(*, actor: Actor, visit: Visit, at: datetime, version: int) -> Visit:
    """A planned visit takes place at another time. Raises NotPlanned, Conflict."""
    found = _planned(actor, visit, version)
    found.planned_at, found.version = at, version + 1
    found.save(update_fields=["planned_at", "version"])
    record(VisitPlanned(at=at.isoformat(), purpose=found.purpose), about=found, by=actor)
    return found


def complete_visit(
    *,
    actor: Actor,
    visit: Visit,
    at: datetime,
    met: str,
    result: str,
    version: int,
    next_step: str = "",
    next_on: date | None = None,
) -> Visit:
    """A visit has taken place: who was met, what came of it, what is next. It is also a contact of the customer.

    Raises NotPlanned, Conflict, Invalid.
    """
    found = _planned(actor, visit, version)
    found.met, found.result = _words("met", met), _words("result", result)
    found.next_step, found.next_on = clean(next_step, LONGEST), next_on
    found.state, found.done_at, found.version = VisitState.DONE, at, version + 1
    touch = interactions.record_interaction(
        actor=actor,
        customer=found.customer_id,
        branch=found.branch_id,
        kind=interactions.InteractionKind.VISIT,
        channel=interactions.Channel.VISIT,
        at=at,
        on=at.astimezone(actor.zone).date(),
        inbound=False,
        topic=found.purpose[:200],
        summary=found.result,
        result=interactions.Result.FOLLOW_UP if found.next_step else interactions.Result.INFORMED,
    )
    found.interaction_id = touch.pk
    found.save()
    record(VisitDone(result=found.result), about=found, by=actor)
    return found


def cancel_visit(*, actor: Actor, visit: Visit, reason: str, version: int) -> Visit:
    """A planned visit will not take place. Raises NotPlanned, Conflict, Invalid."""
    found = _planned(actor, visit, version)
    found.reason = _words("reason", reason)
    found.state, found.version = VisitState.CANCELLED, version + 1
    found.save(update_fields=["reason", "state", "version"])
    record(VisitCancelled(reason=found.reason), about=found, by=actor)
    return found


def _planned(actor: Actor, visit: Visit, version: int) -> Visit:
    require(actor, "keyaccounts.work")
    found = Visit.objects.select_for_update().get(pk=visit.pk)
    if found.state != VisitState.PLANNED:
        raise NotPlanned(state=VisitState(found.state).label)
    if found.version != version:
        raise Conflict
    return found


def _words(field: str, text: str) -> str:
    told = clean(text, LONGEST)
    if not told:
        raise Invalid(field=field, reason=_("Please fill this in."))
    return told
