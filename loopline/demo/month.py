"""A month in the life of a cohort: what is drawn when it opens, and what its days bring.

All that chance decides is drawn from the seed, the cohort and the month when the month opens, out of state that
changes only when a month closes. So a month may be lived in any number of pieces, and a piece may be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from loopline.demo.calendar import Calendar
from loopline.demo.draws import Stream, stream
from loopline.demo.facts import Journal
from loopline.demo.population import INVOLUNTARY, NEVER, VOLUNTARY, Cohort
from loopline.demo.truth import CAUSE_NAMES, IRRITATION, RELIEF_DAYS

ENQUIRY, COMPLAINT, VISIT, RENEWAL = range(4)  # and the places of interactions within a customer's month
BILL, TOP_UP, SETTLEMENT, CLOSING = range(4)  # the places of payments within an account's month
CHANNELS = np.array(["hotline", "hall", "app", "wechat"])
ENQUIRIES = np.array(["billing", "plan", "coverage", "promotion", "installation"])
RENEWS = 0.55
RENEWS_AHEAD = 3  # months before the end: nobody renews later of himself

NAT = np.datetime64("NaT", "D")

type Here = Callable[
    [np.ndarray], np.ndarray
]  # which days lie in the days at hand and in the customer's stay


@dataclass(frozen=True, slots=True)
class Opening:
    """What is drawn when a month opens: day numbers (NEVER: not this month), one entry per customer."""

    month: int
    first: int
    length: int
    patience: np.ndarray  # hazard at which one leaves
    thrown_out: np.ndarray
    pays: np.ndarray
    tops_up: np.ndarray
    asks: np.ndarray
    complains: np.ndarray
    solved: np.ndarray  # the complaint of this month
    visits: np.ndarray
    renews: np.ndarray
    renewed_to: np.ndarray  # month
    topic: np.ndarray
    channel: np.ndarray


def open_month(cohort: Cohort, seed: int, month: int, calendar: Calendar) -> Opening:
    """Draw a month of a cohort."""
    rng = stream(seed, Stream.PLAN, int(cohort.number), month)
    size, first, length = cohort.size, calendar.start(month), calendar.length(month)

    def days(chance: np.ndarray | float, low: float = 0, high: float = 1) -> np.ndarray:
        day = first + ((low + (high - low) * rng.random(size)) * length).astype(np.int64)
        return np.where(rng.random(size) < chance, day, NEVER)

    troubled = np.clip((cohort.drops[:, 0] - 2) / 4, 0, 1)
    open_complaint = (cohort.complained < first) & (cohort.solved >= first)
    complains = days(np.where(open_complaint, 0, 0.006 + 0.12 * (cohort.shock > 0.3) + 0.12 * troubled))
    slow = rng.random(size) < 0.4
    solving = np.where(slow, rng.integers(60, 150, size), rng.integers(1, 7, size))
    punctual = np.array([0.965, 0.62, 0.10])[cohort.payer]
    late = np.array([0.032, 0.28, 0.15])[cohort.payer]
    moment = rng.random(size)
    pays = np.where(
        moment < punctual,
        first + (2 + 15 * rng.random(size)).astype(np.int64),
        np.where(moment < punctual + late, first + (20 + 8 * rng.random(size)).astype(np.int64), NEVER),
    )
    due = cohort.contract_end - month == RENEWS_AHEAD
    return Opening(
        month=month,
        first=first,
        length=length,
        patience=rng.standard_exponential(size),
        thrown_out=days(np.where(cohort.unpaid >= 3, 0.6, 0.0)),
        pays=pays,
        tops_up=days(cohort.prepaid, 0.0, 0.9),
        asks=days(0.12),
        complains=complains,
        solved=np.where(complains < NEVER, complains + solving, NEVER),
        visits=days(0.05),
        renews=days(np.where(due, RENEWS, 0.0)),
        renewed_to=cohort.contract_end + rng.choice([12, 24], size),
        topic=rng.integers(0, len(ENQUIRIES), size),
        channel=rng.integers(0, len(CHANNELS), size),
    )


@dataclass(frozen=True, slots=True)
class Due:
    """Answers that come due in this month, one entry each: row in the cohort, day, what they change."""

    row: np.ndarray
    day: np.ndarray
    relief: np.ndarray
    contract_to: np.ndarray  # month or NO_CONTRACT
    discount_to: np.ndarray  # month or NO_CONTRACT


def live(cohort: Cohort, opening: Opening, first: int, last: int, due: Due) -> np.ndarray:
    """Let the days first..last-1 pass: answers take effect, customers leave. Returns which answers came (bool)."""
    rate = -np.log1p(-cohort.chance) / opening.length
    rate = np.where(cohort.joined >= opening.first, 0.0, rate)
    came = np.zeros(len(due.row), dtype=bool)
    touched = len(due.row) > 0 or bool(
        ((cohort.relief_until > first) | (cohort.irritated_until > first)).any()
    )
    for day in range(first, last):
        for index in np.flatnonzero(due.day == day):
            came[index] = _take_answer(cohort, due, int(index), day)
        if touched:
            relief = np.where(day < cohort.relief_until, cohort.relief, 1.0)
            cohort.exposure += rate * relief * np.where(day < cohort.irritated_until, IRRITATION, 1.0)
        else:
            cohort.exposure += rate
        stays = cohort.left == NEVER
        goes = stays & (cohort.exposure > opening.patience)
        thrown = stays & ~goes & (opening.thrown_out == day)
        cohort.left[goes | thrown] = day
        cohort.left_kind[goes], cohort.left_kind[thrown] = VOLUNTARY, INVOLUNTARY
    gone = (cohort.left >= first) & (cohort.left < last)
    cohort.left_cause[gone] = cohort.cause[gone]
    return came


def _take_answer(cohort: Cohort, due: Due, index: int, day: int) -> bool:
    """Let one answer take effect; False when the customer has left meanwhile and never answered."""
    row = due.row[index]
    if cohort.left[row] != NEVER:
        return False
    if due.relief[index] < 1:
        cohort.relief[row], cohort.relief_until[row] = due.relief[index], day + RELIEF_DAYS
    cohort.signed[row] = max(cohort.signed[row], due.contract_to[index])
    cohort.discount_until[row] = max(cohort.discount_until[row], due.discount_to[index])
    return True


def record_days(cohort: Cohort, opening: Opening, first: int, last: int, journal: Journal) -> None:
    """Write down what happened in the days first..last-1, after `live`: contacts, payments, leavings."""

    def here(days: np.ndarray) -> np.ndarray:
        during = (days >= first) & (days < last)
        return during & (days >= cohort.joined) & (days < cohort.left)

    _record_contacts(cohort, opening, here, last, journal)
    _record_solutions(cohort, opening, here, first, journal)
    _record_renewals(cohort, opening, here(opening.renews), journal)
    _record_payments(cohort, opening, here, (first, last), journal)
    _record_leavings(cohort, first, last, journal)


def event_ids(customer: np.ndarray, month: int, place: int) -> np.ndarray:
    """Ids of the interaction (or payment) of customers (accounts) in a month: at most four of each."""
    return customer * 4096 + month * 4 + place


def _record_contacts(cohort: Cohort, opening: Opening, here: Here, last: int, journal: Journal) -> None:
    # What he complains about is what he has lived through; a visit is made in a hall.
    grievance = np.select(
        [cohort.shock > 0.3, cohort.drops[:, 0] >= 4],
        [np.array("billing"), np.array("network")],
        np.array("service"),
    )
    solved = (opening.solved < last) & (opening.solved < cohort.left)
    solved_on = np.where(solved, journal.calendar.dates(np.where(solved, opening.solved, 0)), NAT)
    kinds = (
        (ENQUIRY, "enquiry", opening.asks, CHANNELS[opening.channel], ENQUIRIES[opening.topic], None),
        (COMPLAINT, "complaint", opening.complains, CHANNELS[opening.channel], grievance, solved_on),
        (VISIT, "visit", opening.visits, np.repeat("hall", cohort.size), ENQUIRIES[opening.topic], None),
    )
    for place, kind, days, channel, topic, solved_dates in kinds:
        rows = np.flatnonzero(here(days))
        journal.write(
            "interactions",
            interaction=event_ids(cohort.customer[rows], opening.month, place),
            customer=cohort.customer[rows],
            on=journal.calendar.dates(days[rows]),
            kind=np.array(kind),
            channel=channel[rows],
            topic=topic[rows],
            resolved_on=np.array(NAT) if solved_dates is None else solved_dates[rows],
        )


def _record_solutions(cohort: Cohort, opening: Opening, here: Here, first: int, journal: Journal) -> None:
    older = here(cohort.solved) & (cohort.complaint > 0)
    journal.write(
        "resolutions",
        interaction=cohort.complaint[older],
        resolved_on=journal.calendar.dates(cohort.solved[older]),
    )
    recent = here(opening.solved) & (opening.complains < first) & (opening.complains >= cohort.joined)
    journal.write(
        "resolutions",
        interaction=event_ids(cohort.customer[recent], opening.month, COMPLAINT),
        resolved_on=journal.calendar.dates(opening.solved[recent]),
    )


def _record_renewals(cohort: Cohort, opening: Opening, renews: np.ndarray, journal: Journal) -> None:
    rows = np.flatnonzero(renews)
    on = journal.calendar.dates(opening.renews[rows])
    journal.write(
        "interactions",
        interaction=event_ids(cohort.customer[rows], opening.month, RENEWAL),
        customer=cohort.customer[rows],
        on=on,
        kind=np.array("renewal"),
        channel=CHANNELS[opening.channel[rows]],
        topic=np.array("contract"),
        resolved_on=np.array(NAT),
    )
    journal.write(
        "contracts",
        subscription=cohort.lines()[cohort.slot == 0][rows],
        signed_on=on,
        ends_on=journal.calendar.month_ends(opening.renewed_to[rows]),
        occasion=np.array("renewal"),
    )


def pay(
    cohort: Cohort,
    rows: np.ndarray,
    amount: np.ndarray,
    on: np.ndarray,
    *,
    what: tuple[int, int, str],
    journal: Journal,
) -> None:
    """Book payments of customers `rows` (indices): `what` is (month, place in the month, occasion)."""
    month, place, occasion = what
    cohort.balance[rows] -= amount
    journal.write(
        "payments",
        payment=event_ids(cohort.customer[rows], month, place),
        account=cohort.customer[rows],
        paid_on=on,
        amount_fen=amount,
        occasion=np.array(occasion),
    )


def _record_payments(
    cohort: Cohort, opening: Opening, here: Here, days: tuple[int, int], journal: Journal
) -> None:
    month = opening.month
    rows = np.flatnonzero(here(opening.pays) & ~cohort.prepaid & (cohort.balance > 0))
    pay(
        cohort,
        rows,
        cohort.balance[rows],
        journal.calendar.dates(opening.pays[rows]),
        what=(month, BILL, "bill"),
        journal=journal,
    )

    usual = cohort.bills.mean(axis=1)
    rows = np.flatnonzero(here(opening.tops_up) & (-cohort.balance < 2 * usual))
    amount = np.ceil(usual[rows] * 1.2 / 5000).astype(np.int64) * 5000  # vouchers of fifty yuan
    cohort.topped_up[rows] += amount
    pay(
        cohort,
        rows,
        amount,
        journal.calendar.dates(opening.tops_up[rows]),
        what=(month, TOP_UP, "top_up"),
        journal=journal,
    )

    leaves = (cohort.left >= days[0]) & (cohort.left < days[1]) & (cohort.left_kind == VOLUNTARY)
    rows = np.flatnonzero(leaves & (cohort.balance > 0))
    on = journal.calendar.dates(cohort.left[rows])
    pay(cohort, rows, cohort.balance[rows], on, what=(month, SETTLEMENT, "settlement"), journal=journal)


def _record_leavings(cohort: Cohort, first: int, last: int, journal: Journal) -> None:
    gone = (cohort.left >= first) & (cohort.left < last)
    rows = np.flatnonzero(gone)
    kind = np.where(cohort.left_kind == VOLUNTARY, "voluntary", "involuntary")
    cause = np.where(cohort.left_kind == VOLUNTARY, CAUSE_NAMES[cohort.left_cause], "arrears")
    journal.write(
        "truth_leavers",
        customer=cohort.customer[rows],
        on=journal.calendar.dates(cohort.left[rows]),
        kind=kind[rows],
        cause=cause[rows],
    )
    lines = np.flatnonzero(gone[cohort.owner])
    owner = cohort.owner[lines]
    journal.write(
        "terminations",
        subscription=cohort.lines()[lines],
        customer=cohort.customer[owner],
        on=journal.calendar.dates(cohort.left[owner]),
        kind=kind[owner],
    )
