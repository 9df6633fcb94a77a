"""A customer takes his number along to another operator 携出."""

from datetime import datetime, timedelta
from secrets import randbelow
from uuid import UUID

from django.utils.translation import gettext as _

from loopline.billing import api as billing
from loopline.customers import api as customers
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.orders.actions.checking import NotPossible
from loopline.orders.events import PortingCodeIssued
from loopline.orders.models import PortingCode
from loopline.orders.rules import deadlines, porting
from loopline.subscriptions import api as subscriptions


def issue_porting_code(
    *, actor: Actor, customer: customers.Customer, subscription: UUID, now: datetime
) -> PortingCode:
    """The code with which the number may leave; one that still holds is given again. Raises NotPossible with why."""
    require(actor, "orders.accept")
    files = customers.together(customer)
    rows = subscriptions.Subscription.objects.select_for_update().filter(customer__in=files)
    line = rows.filter(public_id=subscription).first()
    if line is None:
        raise NotFound
    today = clock.local_day(now, actor.zone)
    reasons = porting.reasons_against(
        state=line.state,
        started_on=line.started_on,
        contract_ends_on=line.contract_ends_on,
        today=today,
        in_arrears=billing.overdue_of(files, today) > 0,
    )
    if reasons:
        words = {
            "not_active": _("the line is not active"),
            "too_new": _("it has been with us for less than 120 days"),
            "contract": _("its contract is still running"),
            "arrears": _("bills are overdue"),
        }
        why = "; ".join(words[reason] for reason in reasons)
        raise NotPossible(
            field="subscription", reason=_("The number cannot leave yet: %(why)s.") % {"why": why}
        )
    known = PortingCode.objects.filter(subscription=line, used_at=None, expires_at__gt=now).first()
    if known is not None:
        return known
    until = now + timedelta(days=deadlines.PORT_CODE_DAYS)
    made = PortingCode.objects.create(
        customer_id=line.customer_id,
        branch_id=customer.branch_id,
        subscription=line,
        code=porting.make_code(randbelow(10**8)),
        issued_at=now,
        expires_at=until,
    )
    record(PortingCodeIssued(until=until.isoformat()), about=made, by=actor)
    return made
