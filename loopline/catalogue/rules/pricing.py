"""What a customer would pay: a pure calculation in which every line says how it came about.

Month 1 is the calendar month of the start; it is charged by its remaining days (start included) together with
everything that is charged once, on the first bill. A discount of twelve months takes from months 1 to 12. A
price holds for whoever starts within its period; he keeps it.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from loopline.catalogue.rules.characteristics import Characteristic, Options, Problem, resolve
from loopline.kernel.money import cents
from loopline.kernel.period import add_months

RECURRING, ONE_TIME, USAGE, DISCOUNT, ALLOWANCE = "recurring", "one_time", "usage", "discount", "allowance"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One price of an offering.

    recurring: `amount` each `period_months`. one_time: `amount` once. usage: `amount` for each `quantity` of `unit`.
    allowance: `quantity` of `unit` a month at no charge (None: without limit). discount: `amount` or `percent`
    off what is recurring or charged once (`takes_from`). Recurring prices and discounts hold from `first_month`
    for `months` (0: for good). `when` names the options with which alone it holds.
    """

    kind: str
    name: str
    name_en: str = ""
    amount: Decimal = NOTHING
    percent: Decimal = NOTHING
    unit: str = ""
    quantity: Decimal | None = None
    period_months: int = 1
    first_month: int = 1
    months: int = 0
    takes_from: str = RECURRING
    when: tuple[tuple[str, str], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, start: date, options: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether it is part of what somebody pays who starts on this day with these options."""
        if (self.valid_from and start < self.valid_from) or (self.valid_until and start >= self.valid_until):
            return False
        return all(value in options.get(code, ()) for code, value in self.when)

    def in_month(self, number: int) -> bool:
        """Whether it counts in month `number` of the contract."""
        return number >= self.first_month and (not self.months or number < self.first_month + self.months)


@dataclass(frozen=True, slots=True)
class Member:
    """An offering inside a bundle: how many of it at least, at most and unless chosen otherwise."""

    offer: "Offer"
    minimum: int = 0
    maximum: int = 1
    default: int = 1

    def count(self, chosen: Mapping[str, int]) -> int:
        """How many a customer gets."""
        return chosen.get(self.offer.code, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is priced: an offering with its prices, its characteristics and, for a bundle, its members."""

    code: str
    name: str
    name_en: str = ""
    prices: tuple[Price, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()
    members: tuple[Member, ...] = ()
    term_months: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill: `how` says which sum it is (whole, days, once, percent, off), from these figures.

    `days` of `of_days` were charged; `rate` is what one costs a month (or the percentage), `base` what a
    percentage was taken from; `count` are units of a bundle's member.
    """

    offering: str
    offering_en: str
    kind: str
    name: str
    name_en: str
    amount: Decimal
    how: str
    rate: Decimal = NOTHING
    base: Decimal = NOTHING
    count: int = 1
    days: int = 0
    of_days: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """What is charged for the days from `first` to `last` (None: from then on, month by month)."""

    first: date
    last: date | None
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What usage costs: `amount` for each `quantity` of `unit`."""

    name: str
    name_en: str
    unit: str
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What a customer would pay.

    `first_bill` covers the month of the start. `phases` are the full months after it, split where the sum
    changes; the last has no end. `later` are charges that come less often than monthly, first paid at once.
    """

    start: date
    options: Mapping[str, tuple[str, ...]]
    first_bill: Bill
    phases: tuple[Bill, ...]
    usage: tuple[Tariff, ...] = ()
    allowances: Mapping[str, Decimal | None] = field(default_factory=dict)
    later: tuple[tuple[int, Line], ...] = ()
    term_months: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def monthly(self) -> Decimal:
        """What the first full month costs."""
        return self.phases[0].total

    @property
    def one_time(self) -> Decimal:
        """What is charged once, less what is taken off it."""
        return sum((line.amount for line in self.first_bill.lines if line.kind == ONE_TIME), NOTHING)

    @property
    def after_discount(self) -> Decimal:
        """What a month costs once nothing changes any more."""
        return self.phases[-1].total

    @property
    def over_term(self) -> Decimal:
        """Everything until the contract ends (a year where there is none), months and one-time charges together."""
        months, total = self.term_months or 12, self.first_bill.total
        end = add_months(self.start.replace(day=1), months)
        for phase in self.phases:
            until = min(end, phase.last + timedelta(1)) if phase.last else end
            total += phase.total * max(0, _months(phase.first, until))
        return total + sum((line.amount * ((months - 1) // every) for every, line in self.later), NOTHING)


def price(
    offer: Offer, *, options: Options | None = None, counts: Mapping[str, int] | None = None, start: date
) -> Quote:
    """What a customer pays who takes `offer` on the day `start`.

    `options` are values by characteristic; those of a bundle's member are named `MEMBER.characteristic`. `counts`
    are how many of each member, by its code.
    """
    parts, problems = _parts(offer, options or {}, counts or {}, start)
    root = next(iter(parts), None)
    one_time, recurring = _once(parts), _first_month(parts, start)
    last = start.replace(day=monthrange(start.year, start.month)[1])
    later = tuple(_later(parts))
    first = Bill(start, last, (*recurring, *one_time, *(line for _, line in later)))
    return Quote(
        start=start,
        options=root.options if root else {},
        first_bill=first,
        phases=tuple(_phases(parts, start)),
        usage=tuple(_usage(parts)),
        allowances=_allowances(parts),
        later=later,
        term_months=max((part.offer.term_months for part in parts), default=0),
        problems=problems,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """An offering that is charged `count` times, after all that it contains (`below` parts come next)."""

    offer: Offer
    prices: tuple[Price, ...]
    options: Mapping[str, tuple[str, ...]]
    count: int
    below: int


def _parts(
    offer: Offer, options: Options, counts: Mapping[str, int], start: date, times: int = 1
) -> tuple[list[_Part], tuple[Problem, ...]]:
    """The offering and, behind it, everything inside it."""
    inside = {member.offer.code for member in offer.members}
    own = {code: value for code, value in options.items() if code.partition(".")[0] not in inside}
    values, problems = resolve(offer.characteristics, own)
    found: list[_Part] = []
    known = inside | {offer.code}
    problems += tuple(
        Problem("unknown", code) for code in counts if times and code not in known | _deep(offer)
    )
    for member in offer.members:
        count = member.count(counts)
        if not member.minimum <= count <= member.maximum:
            problems += (Problem("count", member.offer.code, str(count)),)
        if count > 0:
            chosen = _inside(options, member.offer.code)
            more, wrong = _parts(member.offer, chosen, _deeper(counts, member.offer), start, times * count)
            found += more
            problems += tuple(
                Problem(p.code, f"{member.offer.code}.{p.characteristic}", p.value) for p in wrong
            )
    prices = tuple(each for each in offer.prices if each.holds(start, values))
    return [_Part(offer, prices, values, times, len(found)), *found], problems


def _deep(offer: Offer) -> set[str]:
    return {code for member in offer.members for code in (member.offer.code, *_deep(member.offer))}


def _deeper(counts: Mapping[str, int], offer: Offer) -> dict[str, int]:
    below = _deep(offer)
    return {code: count for code, count in counts.items() if code in below}


def _inside(options: Options, code: str) -> dict[str, str | list[str]]:
    start = f"{code}."
    return {
        name.removeprefix(start): value if isinstance(value, str) else list(value)
        for name, value in options.items()
        if name.startswith(start)
    }


def _line(part: _Part, each: Price, amount: Decimal, how: str, **figures: Decimal | int) -> Line:
    return Line(
        part.offer.name or part.offer.code,
        part.offer.name_en or part.offer.name,
        each.kind,
        each.name,
        each.name_en or each.name,
        cents(amount),
        how,
        count=part.count,
        **figures,  # type: ignore[arg-type]
    )


def _monthly(parts: list[_Part], number: int, share: tuple[int, int] | None = None) -> list[Line]:
    """The lines of month `number`, charged whole or for `share` (days, of days) of it."""
    charges: list[list[Line]] = []
    for part in parts:
        charges.append([])
        for each in part.prices:
            if each.kind == RECURRING and each.period_months == 1 and each.in_month(number):
                whole = each.amount * part.count
                if share:
                    amount, days = whole * share[0] / share[1], {"days": share[0], "of_days": share[1]}
                    charges[-1].append(_line(part, each, amount, "days", rate=each.amount, **days))
                else:
                    charges[-1].append(_line(part, each, whole, "whole", rate=each.amount))
    return _less(parts, charges, RECURRING, number, share)


def _less(
    parts: list[_Part],
    charges: list[list[Line]],
    takes_from: str,
    number: int,
    share: tuple[int, int] | None = None,
) -> list[Line]:
    """The charges with the discounts behind them. A discount takes from its own offering and all inside it."""
    lines = [line for own in charges for line in own]
    for at, part in reversed(list(enumerate(parts))):
        reach = range(at, at + part.below + 1)
        for each in part.prices:
            if each.kind != DISCOUNT or each.takes_from != takes_from or not each.in_month(number):
                continue
            base = sum((line.amount for place in reach for line in charges[place]), NOTHING)
            off = base * each.percent / 100 if each.percent else each.amount * part.count
            if share and not each.percent:
                off = off * share[0] / share[1]
            off = min(cents(off), base)
            if off <= 0:
                continue
            figures: dict[str, Decimal | int] = {"rate": each.percent or each.amount, "base": base}
            if share and not each.percent:
                figures |= {"days": share[0], "of_days": share[1]}
            line = _line(part, each, -off, "percent" if each.percent else "off", **figures)
            charges[at].append(line)
            lines.append(line)
    return lines


def _first_month(parts: list[_Part], start: date) -> list[Line]:
    of_days = monthrange(start.year, start.month)[1]
    days = of_days - start.day + 1
    return _monthly(parts, 1, (days, of_days) if days < of_days else None)


def _once(parts: list[_Part]) -> list[Line]:
    charges = [
        [
            _line(part, each, each.amount * part.count, "once", rate=each.amount)
            for each in part.prices
            if each.kind == ONE_TIME
        ]
        for part in parts
    ]
    return [
        line if line.kind == ONE_TIME else _as_one_time(line) for line in _less(parts, charges, ONE_TIME, 1)
    ]


def _as_one_time(line: Line) -> Line:
    """A discount on what is charged once counts with it."""
    return Line(
        line.offering, line.offering_en, ONE_TIME, line.name, line.name_en, line.amount, line.how, line.rate,
        line.base, line.count,
    )  # fmt: skip


def _later(parts: list[_Part]) -> Iterable[tuple[int, Line]]:
    for part in parts:
        for each in part.prices:
            if each.kind == RECURRING and each.period_months > 1:
                amount = each.amount * part.count
                yield each.period_months, _line(part, each, amount, "whole", rate=each.amount)


def _phases(parts: list[_Part], start: date) -> Iterable[Bill]:
    """The full months after the first, split where the sum changes."""
    changes = {2}
    for part in parts:
        for each in part.prices:
            if each.kind in (RECURRING, DISCOUNT):
                changes |= {each.first_month, each.first_month + each.months if each.months else 2}
    numbers = sorted(number for number in changes if number >= 2)
    month = start.replace(day=1)
    bills: list[Bill] = []
    for number in numbers:
        lines = tuple(_monthly(parts, number))
        if bills and bills[-1].lines == lines:
            continue
        first = add_months(month, number - 1)
        if bills:
            bills[-1] = Bill(bills[-1].first, first - timedelta(1), bills[-1].lines)
        bills.append(Bill(first, None, lines))
    return bills


def _usage(parts: list[_Part]) -> Iterable[Tariff]:
    for part in parts:
        for each in part.prices:
            if each.kind == USAGE:
                quantity = each.quantity or Decimal(1)
                yield Tariff(each.name, each.name_en or each.name, each.unit, quantity, each.amount)


def _allowances(parts: list[_Part]) -> dict[str, Decimal | None]:
    """Units a month at no charge, added up over a bundle; None is without limit."""
    found: dict[str, Decimal | None] = {}
    for part in parts:
        for each in part.prices:
            if each.kind == ALLOWANCE:
                before = found.get(each.unit, NOTHING)
                limitless = before is None or each.quantity is None
                found[each.unit] = (
                    None if limitless else (before or NOTHING) + (each.quantity or NOTHING) * part.count
                )
    return found


def _months(first: date, until: date) -> int:
    return (until.year - first.year) * 12 + until.month - first.month
