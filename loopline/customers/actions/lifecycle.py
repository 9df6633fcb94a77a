"""Rules move customers, many at a time, and documents are counted anew."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from loopline.customers import facts, queries
from loopline.customers.events import LifeCycleMoved
from loopline.customers.models import Customer, IdentityDocument
from loopline.customers.queries.realname import lines_by_print, lines_held
from loopline.customers.rules import lifecycle
from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record_many
from loopline.kernel.permission import Actor


class TooManyLines(Refusal):
    """Under one document no more numbers may be opened."""

    code = "too_many_lines"
    sentence = _("%(held)s numbers stand under this document already; %(most)s are allowed.")


def check_lines(customer: Customer, *, more: int = 1) -> None:
    """Raises TooManyLines when the customer's document would carry more numbers than the operator allows."""
    held, most = lines_held(customer), queries.policy().lines_per_document
    if held + more > most:
        raise TooManyLines(held=held, most=most)


def move_life_cycles(*, actor: Actor, customers: Sequence[int]) -> int:
    """Let the rules decide about these customers (none of them merged away). Returns how many were moved."""
    rows = Customer.objects.select_for_update().filter(pk__in=customers, survivor=None).order_by("pk")
    known, today = _facts_of(customers), clock.today(actor.zone)
    days = queries.policy().by_hand_days
    moved, events = [], []
    for row in rows:
        if lifecycle.held_by_hand(row.life_cycle_reason, row.life_cycle_since, today, days):
            continue
        step = lifecycle.move(row.life_cycle, known[row.pk], since=row.life_cycle_since, today=today)
        if step is None:
            continue
        before, (row.life_cycle, row.life_cycle_reason) = row.life_cycle, step
        row.life_cycle_since, row.version = today, row.version + 1
        row.left_on = today if row.life_cycle == "lost" else None
        moved.append(row)
        changes: dict[str, list[object]] = {"life_cycle": [before, row.life_cycle]}
        events.append((LifeCycleMoved(changes=changes, rule=row.life_cycle_reason), row))
    if moved:
        fields = ["life_cycle", "life_cycle_reason", "life_cycle_since", "left_on", "version"]
        Customer.objects.bulk_update(moved, fields, batch_size=500)
        record_many(list(events), by=actor)
    return len(moved)


def count_lines(customers: Sequence[int]) -> int:
    """Count the numbers in use under the documents of these customers. Returns how many counts changed."""
    rows = list(IdentityDocument.objects.filter(customer__in=customers))
    held = lines_by_print([bytes(row.fingerprint) for row in rows])
    changed = [row for row in rows if row.lines != held.get(bytes(row.fingerprint), 0)]
    for row in changed:
        row.lines = held.get(bytes(row.fingerprint), 0)
    IdentityDocument.objects.bulk_update(changed, ["lines"], batch_size=500)
    return len(changed)


def _facts_of(customers: Sequence[int]) -> dict[int, lifecycle.Facts]:
    """Facts of each customer with those of the files merged into his."""
    owner = queries.files_of(customers)
    found: dict[int, dict[str, list[object]]] = defaultdict(dict)
    for source in facts.sources:
        for key, told in source(list(owner)).items():
            for name, value in told.items():
                found[owner[key]].setdefault(name, []).append(value)
    return {key: _facts(found[key]) for key in customers}


def _facts(told: dict[str, list[object]]) -> lifecycle.Facts:
    """Lines of all files of a customer are added up; of risks the higher one counts."""
    risks = told.get("risk", [])
    return lifecycle.Facts(
        lines=sum(int(str(count)) for count in told.get("lines", [])),
        ever=sum(int(str(count)) for count in told.get("ever", [])),
        risk="high" if "high" in risks else str(risks[0]) if risks else "",
    )
