"""The close of a month: usage and bills are written, trouble begins and ends, and the next month's chance is set."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from loopline.demo import truth
from loopline.demo.calendar import Calendar
from loopline.demo.catalogue import (
    DATA_OVER_FEN,
    MB,
    MEGABYTES,
    MINUTES,
    PLAN_CODES,
    ROAMING_FEN,
    UNLIMITED,
    VOICE_OVER_FEN,
)
from loopline.demo.draws import Stream, stream
from loopline.demo.facts import Journal
from loopline.demo.month import CLOSING, COMPLAINT, NAT, Opening, event_ids, pay
from loopline.demo.people import broadband_numbers, mobile_numbers
from loopline.demo.population import BROADBAND, MOBILE, NEVER, NO_CONTRACT, VOLUNTARY, Cohort

PULL = np.array([0.0, 0.5, 0.9, 1.0, 1.0, 1.0, 1.0])  # by months since it began
FALL = np.array([1.0, 0.78, 0.61, 0.48, 0.38, 0.38, 0.38, 0.38])
STARTS = {"pull": 0.020, "fall": 0.020, "trouble": 0.020, "shock": 0.030}  # chance in a month
CHANGES_NUMBER = 0.0012


@dataclass(frozen=True, slots=True)
class Usage:
    """A month's usage of all lines of a cohort; integers, columns as in the schema."""

    minutes: np.ndarray
    on_net: np.ndarray
    competitors: np.ndarray
    sms: np.ndarray
    megabytes: np.ndarray
    roaming: np.ndarray
    dropped: np.ndarray
    faults: np.ndarray
    vas: np.ndarray  # fen


def close_month(cohort: Cohort, opening: Opening, seed: int, journal: Journal) -> None:
    """Close a month that has been lived to its last day."""
    month, end = opening.month, opening.first + opening.length
    rng = stream(seed, Stream.CLOSE, int(cohort.number), month)
    stay = np.minimum(cohort.left + 1, end) - np.maximum(cohort.joined, opening.first)
    part = np.clip(stay, 0, None) / opening.length
    _let_episodes_pass(rng, cohort)
    usage = _use(rng, cohort, part)
    cohort.unpaid = np.where((cohort.balance > 0) & ~cohort.prepaid, cohort.unpaid + 1, 0)
    total = _bill(cohort, usage, part > 0, opening, journal)
    _record_usage(cohort, usage, part > 0, journal.calendar.month(month), journal)
    _remember(cohort, opening, usage, total)
    _change_numbers(rng, cohort, end, journal)
    _set_chance(cohort, end, month + 1)
    stays = (cohort.left == NEVER) & (cohort.joined < end)
    journal.write(
        "truth",
        customer=cohort.customer[stays],
        month=np.array(journal.calendar.month(month)),
        chance=cohort.chance[stays],
        cause=truth.CAUSE_NAMES[cohort.cause[stays]],
    )


def warm_up(cohort: Cohort, opening: Opening, seed: int, calendar: Calendar) -> None:
    """Let a month before the recorded ones pass: only what is usual is learned from it, nobody leaves or owes."""
    joined, cohort.joined = cohort.joined, np.minimum(cohort.joined, opening.first)
    close_month(cohort, opening, seed, Journal(calendar))
    cohort.joined = joined
    cohort.balance[:] = 0
    cohort.unpaid[:] = 0
    cohort.complaint[:] = 0  # it has no row that could be resolved
    cohort.complained[:] = cohort.solved[:] = NEVER
    cohort.contract_end = cohort.opening_contract.copy()


def _let_episodes_pass(rng: Generator, cohort: Cohort) -> None:
    size = cohort.size

    def begins(name: str) -> np.ndarray:
        return rng.random(size) < STARTS[name]

    starts = begins("pull") & (cohort.competitor_share > 0)
    cohort.pull_age = np.where(cohort.pull_age > 0, (cohort.pull_age + 1) % len(PULL), starts)
    cohort.fall_age = np.where(cohort.fall_age > 0, (cohort.fall_age + 1) % len(FALL), begins("fall"))
    lasts = rng.integers(2, 5, size)
    calm = cohort.trouble == 0
    cohort.trouble = np.where(calm, np.where(begins("trouble"), lasts, 0), cohort.trouble - 1)


def _use(rng: Generator, cohort: Cohort, part: np.ndarray) -> Usage:
    size, lines, owner = cohort.size, len(cohort.owner), cohort.owner
    mobile = cohort.service == MOBILE
    level = (FALL[cohort.fall_age] * np.exp(rng.normal(0, 0.05, size)) * part)[owner]
    level = level * np.exp(rng.normal(0, 0.04, lines))
    minutes = np.rint(cohort.minutes * level).astype(np.int64)
    share = cohort.competitor_share + 0.4 * PULL[cohort.pull_age] + rng.normal(0, 0.02, size)
    competitors = np.rint(minutes * np.clip(share, 0, 0.9)[owner]).astype(np.int64)
    others = np.rint(minutes * 0.08).astype(np.int64)
    megabytes = np.rint(cohort.megabytes * level).astype(np.int64)

    # A shock falls on the first line: roaming, data beyond the allowance, or services that nobody remembers ordering.
    shocked = (rng.random(size) < STARTS["shock"]) & (part == 1)
    height = (cohort.bills.mean(axis=1) * rng.uniform(0.7, 1.6, size))[owner]
    kind = rng.integers(0, 3, size)[owner]
    hit = shocked[owner] & (cohort.slot == 0)
    roams = hit & (kind == 0) & mobile
    allowance = MEGABYTES[cohort.plan]
    streams = hit & (kind == 1) & mobile & (allowance < UNLIMITED)
    over = allowance + (height / DATA_OVER_FEN * MB).astype(np.int64)
    bad = (cohort.trouble > 0)[owner]
    return Usage(
        minutes=minutes,
        on_net=np.maximum(minutes - competitors - others, 0),
        competitors=competitors,
        sms=rng.poisson(np.where(mobile, 6 * level, 0)),
        megabytes=np.where(streams, over, megabytes),
        roaming=np.where(roams, np.ceil(np.minimum(height / ROAMING_FEN, 28)).astype(np.int64), 0),
        dropped=rng.poisson(np.where(mobile, (0.7 + 5.5 * bad) * part[owner], 0)),
        faults=rng.poisson(np.where(mobile, 0, (0.12 + 1.8 * bad) * part[owner])),
        vas=np.where(hit & ~roams & ~streams, height.astype(np.int64) // 100 * 100, 0),
    )


def _per_customer(cohort: Cohort, amounts: np.ndarray) -> np.ndarray:
    # Sums of fen stay far below 2^53, so the detour through floats is exact.
    return np.bincount(cohort.owner, weights=amounts, minlength=cohort.size).astype(np.int64)


def _bill(cohort: Cohort, usage: Usage, active: np.ndarray, opening: Opening, journal: Journal) -> np.ndarray:
    """Write the bills and book them; returns their totals in fen (0 for who has none)."""
    month = opening.month
    over_minutes = np.clip(usage.minutes - MINUTES[cohort.plan], 0, None)
    over_mb = np.clip(usage.megabytes - MEGABYTES[cohort.plan], 0, None)
    fee = _per_customer(cohort, cohort.fee)
    columns = {
        "fee_fen": fee,
        "voice_fen": _per_customer(cohort, over_minutes * VOICE_OVER_FEN),
        "data_fen": _per_customer(cohort, over_mb * DATA_OVER_FEN // MB),
        "roaming_fen": _per_customer(cohort, usage.roaming * ROAMING_FEN),
        "vas_fen": _per_customer(cohort, usage.vas),
        "discount_fen": np.where(month <= cohort.discount_until, -(fee // 5), 0),
    }
    total = np.where(active, sum(columns.values()), 0)
    rows = np.flatnonzero(active)
    issued = journal.calendar.month(month + 1)
    journal.write(
        "bills",
        bill=cohort.customer[rows] * 1024 + month,
        account=cohort.customer[rows],
        month=np.array(journal.calendar.month(month)),
        issued_on=np.array(issued),
        due_on=np.array(issued + np.timedelta64(19, "D")),
        total_fen=total[rows],
        **{name: column[rows] for name, column in columns.items()},
    )
    cohort.balance += total
    _settle(cohort, active, opening, journal)
    return total


def _settle(cohort: Cohort, active: np.ndarray, opening: Opening, journal: Journal) -> None:
    """Prepaid customers never owe; who leaves of his own will pays his last bill."""
    last = opening.first + opening.length - 1
    owing = active & (cohort.balance > 0)
    rows = np.flatnonzero(owing & cohort.prepaid)
    amount = -(-cohort.balance[rows] // 1000) * 1000  # whole tens of yuan
    cohort.topped_up[rows] += amount
    on = journal.calendar.dates(np.minimum(cohort.left[rows], last))
    pay(cohort, rows, amount, on, what=(opening.month, CLOSING, "top_up"), journal=journal)
    rows = np.flatnonzero(owing & ~cohort.prepaid & (cohort.left_kind == VOLUNTARY))
    on = journal.calendar.dates(cohort.left[rows])
    pay(cohort, rows, cohort.balance[rows], on, what=(opening.month, CLOSING, "settlement"), journal=journal)


def _record_usage(
    cohort: Cohort, usage: Usage, active: np.ndarray, month: np.datetime64, journal: Journal
) -> None:
    rows = np.flatnonzero(active[cohort.owner])
    first_line = cohort.slot == 0
    journal.write(
        "usage",
        subscription=cohort.lines()[rows],
        month=np.array(month),
        minutes_on_net=usage.on_net[rows],
        minutes_off_net=(usage.minutes - usage.on_net)[rows],
        minutes_competitors=usage.competitors[rows],
        sms=usage.sms[rows],
        data_mb=usage.megabytes[rows],
        roaming_days=usage.roaming[rows],
        dropped_calls=usage.dropped[rows],
        faults=usage.faults[rows],
        top_up_fen=np.where(first_line, cohort.topped_up[cohort.owner], 0)[rows],
    )


def _remember(cohort: Cohort, opening: Opening, usage: Usage, total: np.ndarray) -> None:
    rise = total / np.maximum(cohort.bills.mean(axis=1), 1)  # nothing is billed to those who have left
    cohort.shock = np.maximum(np.clip((rise - 1.2) / 0.6, 0, 1), 0.6 * cohort.shock)
    cohort.bills = np.column_stack([total, cohort.bills[:, :2]])
    trouble = _per_customer(cohort, usage.dropped + 3 * usage.faults)
    cohort.drops = np.column_stack([trouble, cohort.drops[:, :2]])
    new = (opening.complains >= cohort.joined) & (opening.complains < np.minimum(cohort.left, NEVER))
    cohort.complaint = np.where(new, event_ids(cohort.customer, opening.month, COMPLAINT), cohort.complaint)
    cohort.complained = np.where(new, opening.complains, cohort.complained)
    cohort.solved = np.where(new, opening.solved, cohort.solved)
    renewed = (opening.renews >= cohort.joined) & (opening.renews < np.minimum(cohort.left, NEVER))
    cohort.contract_end = np.where(renewed, opening.renewed_to, cohort.contract_end)
    cohort.contract_end = np.maximum(cohort.contract_end, cohort.signed)
    cohort.signed[:] = NO_CONTRACT
    cohort.exposure[:] = 0
    cohort.topped_up[:] = 0


def _change_numbers(rng: Generator, cohort: Cohort, end: int, journal: Journal) -> None:
    """A few take a new number on the first of the month and stay: left by the books, not in truth (重入网)."""
    changes = (rng.random(len(cohort.owner)) < CHANGES_NUMBER) & (cohort.service == MOBILE)
    changes &= (cohort.generation < 3) & ((cohort.left == NEVER) & (cohort.joined < end))[cohort.owner]
    rows = np.flatnonzero(changes)
    owner = cohort.owner[rows]
    journal.write(
        "terminations",
        subscription=cohort.lines()[rows],
        customer=cohort.customer[owner],
        on=np.array(journal.calendar.dates(np.array(end - 1))),
        kind=np.array("internal"),
    )
    cohort.generation[rows] += 1
    cohort.started[rows] = end
    record_lines(cohort, rows, journal)


def record_lines(cohort: Cohort, rows: np.ndarray, journal: Journal) -> None:
    """Write subscriptions for lines `rows` (indices) as they are now."""
    if not len(rows):
        return
    owner = cohort.owner[rows]
    lines = cohort.lines()[rows]
    broadband = cohort.service[rows] == BROADBAND
    number = np.where(broadband, broadband_numbers(lines), mobile_numbers(lines, cohort.branch[owner]))
    ends = np.where(cohort.slot[rows] == 0, cohort.contract_end[owner], NO_CONTRACT)
    journal.write(
        "subscriptions",
        subscription=lines,
        customer=cohort.customer[owner],
        account=cohort.customer[owner],
        service=np.where(broadband, "broadband", "mobile"),
        service_number=number,
        plan=PLAN_CODES[cohort.plan[rows]],
        fee_fen=cohort.fee[rows],
        started_on=journal.calendar.dates(cohort.started[rows]),
        contract_ends_on=np.where(ends == NO_CONTRACT, NAT, journal.calendar.month_ends(ends)),
        terminated_on=np.array(NAT),
    )


def _set_chance(cohort: Cohort, end: int, month: int) -> None:
    open_complaint = (cohort.complaint > 0) & (cohort.complained <= end - 7) & (cohort.solved >= end)
    causes = truth.contributions(
        shock=cohort.shock,
        drops=cohort.drops.sum(axis=1),
        complaint=open_complaint,
        months_to_end=cohort.contract_end - month,
        pull=PULL[cohort.pull_age],
        fall=1 - FALL[cohort.fall_age] / FALL[np.maximum(cohort.fall_age - 3, 0)],
    )
    # Counted in mean months, so that the calendar's lengths of months do not decide who leaves.
    tenure = (month * 30.4375 - cohort.joined) / 365.25
    cohort.chance = truth.chance_of_leaving(causes, tenure, cohort.bundle, cohort.frailty)
    cohort.cause = truth.main_cause(causes)
