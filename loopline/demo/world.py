"""The simulated operator: founded from a seed, lived month by month or day by day, stored and taken up again."""

import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, fields
from datetime import date
from pathlib import Path

import numpy as np

from loopline.demo import truth
from loopline.demo.calendar import HISTORY, Calendar
from loopline.demo.catalogue import OFFER_INDEX, OFFERS
from loopline.demo.closing import close_month, warm_up
from loopline.demo.draws import BURN_IN, Stream, stream
from loopline.demo.facts import Facts, Journal
from loopline.demo.hindsight import with_hindsight
from loopline.demo.month import Due, live, open_month, record_days
from loopline.demo.population import NEVER, NO_CONTRACT, Cohort, found
from loopline.demo.register import record_arrivals

SIZES = {"small": 2_000, "demo": 20_000, "large": 1_000_000}
COHORT = 25_000  # customers at most in a cohort: bounds the memory that the history needs
JOINING = 0.02  # part of all customers who join in a month
NOT_REACHED, DECLINED, ACCEPTED = range(3)
ANSWERS = np.array(["not_reached", "declined", "accepted"])


@dataclass(frozen=True)
class Treatments:
    """Customers contacted with an offer today; arrays of one length, at most one entry for a customer.

    `accepted` (bool) tells what they have answered already; without it the truth will decide.
    """

    customer: np.ndarray
    offer: np.ndarray  # codes of OFFERS
    accepted: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.customer) != len(self.offer) or len(np.unique(self.customer)) != len(self.customer):
            raise ValueError("one offer for each customer, each customer once")
        if unknown := set(np.asarray(self.offer).tolist()) - OFFER_INDEX.keys():
            raise ValueError(f"no such offer: {', '.join(sorted(unknown))}")


def nobody() -> Treatments:
    """No contacts."""
    return Treatments(np.array([], dtype=np.int64), np.array([], dtype="U1"))


@dataclass(frozen=True, slots=True)
class Part:
    """Where the keys of a world begin, so that several worlds make one operator.

    Customers of the recorded year are counted from `first`, those who join later from `later`, and cohorts from
    `cohort`: equal seeds then give different people.
    """

    first: int
    later: int
    cohort: int


@dataclass(frozen=True, slots=True)
class Intake:
    """A cohort of the recorded year that is to be: those who join in `month`, or who are there before it (None)."""

    number: int
    first: int
    size: int
    month: int | None


@dataclass(slots=True)
class Contacts:
    """Contacts whose answer is still to come, one entry each; days are the world's."""

    customer: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))
    offer: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))
    on: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))
    answer_on: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))
    answer: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))
    relief: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.float64))

    def keep(self, which: np.ndarray) -> "Contacts":
        """Only those for which `which` holds."""
        return Contacts(*(getattr(self, item.name)[which] for item in fields(self)))

    def plus(self, other: "Contacts") -> "Contacts":
        """Both together."""
        return Contacts(
            *(np.concatenate([getattr(self, item.name), getattr(other, item.name)]) for item in fields(self))
        )


class World:
    """The operator at the start of day `day` (0 is the first day of the first recorded month)."""

    def __init__(self, seed: int, customers: int, calendar: Calendar, part: "Part | None" = None) -> None:
        self.seed, self.customers, self.calendar = seed, customers, calendar
        self.part = part or Part(1, customers + 1, 0)
        self.day = 0
        self.cohorts: list[Cohort] = []
        self.waiting = Contacts()

    @classmethod
    def new(
        cls, *, size: str | int = "demo", seed: int = 39, end_month: date, part: "Part | None" = None
    ) -> "World":
        """A world of `size` (small, demo, large or a number of customers) whose recorded year ends with `end_month`.

        `part` gives it keys of its own, for an operator that consists of several worlds.

        It is empty until `history` has been walked through. The same seed and size give the same people and lives;
        only the dates move along with the month, and days of the month with the lengths of months. Months before
        December 2024 are refused by ValueError: some customers would have joined as children.
        """
        if end_month < date(2024, 12, 1):
            raise ValueError("the recorded year must end in December 2024 or later")
        customers = SIZES[size] if isinstance(size, str) else size
        return cls(seed, customers, Calendar.ending(end_month), part)

    @property
    def today(self) -> date:
        """The day that is about to begin."""
        today: date = self.calendar.dates(np.array(self.day)).item()
        return today

    @property
    def joining(self) -> int:
        """How many join in a month."""
        return round(self.customers * JOINING)

    def history(self) -> Iterator[Facts]:
        """Live the recorded year, one cohort at a time: bounded memory, every row final, each key once.

        When it is exhausted the world stands at the first day after the year and can be saved and advanced.
        """
        for intake in self.intakes():
            cohort, facts = self.live(intake)
            self.take_in(cohort)
            yield facts

    def intakes(self) -> list[Intake]:
        """The cohorts of the recorded year, each of which can be lived by itself (see `live`)."""
        if self.cohorts:
            raise RuntimeError("this world has already lived")
        last = self.part.first + self.customers
        joiners = last - HISTORY * self.joining
        starts: list[tuple[int, int | None]]
        starts = [(first, None) for first in range(self.part.first, joiners, COHORT)]
        starts += [(joiners + month * self.joining, month) for month in range(HISTORY)]
        ends = [*(first for first, _ in starts[1:]), last]
        return [
            Intake(self.part.cohort + place, first, end - first, month)
            for place, ((first, month), end) in enumerate(zip(starts, ends, strict=True))
        ]

    def live(self, intake: Intake) -> tuple[Cohort, Facts]:
        """Found a cohort and let it live the recorded year; the world itself does not change."""
        cohort = found(
            self.seed, intake.number, intake.first, intake.size, calendar=self.calendar, month=intake.month
        )
        journal = Journal(self.calendar)
        if intake.month is None:
            for month in range(-BURN_IN, 0):
                opening = open_month(cohort, self.seed, month, self.calendar)
                warm_up(cohort, opening, self.seed, self.calendar)
            record_arrivals(cohort, self.seed, None, journal)
        for month in range(intake.month or 0, HISTORY):
            first = self.calendar.start(month)
            self._live_days(cohort, month, first, self.calendar.start(month + 1), journal)
        return cohort, with_hindsight(journal.facts())

    def take_in(self, cohort: Cohort) -> None:
        """Add a cohort that has lived the recorded year, in the order of `intakes`."""
        self.cohorts.append(cohort)
        self.day = self.calendar.start(HISTORY)

    def step(self, month: int, treatments: Treatments | None = None) -> Facts:
        """Live the whole of `month`, which must be the one about to begin. See `advance`."""
        if self.day != self.calendar.start(month):
            raise ValueError(
                f"the world stands at {self.today}, not at the start of {self.calendar.month(month)}"
            )
        return self.advance(self.calendar.length(month), treatments)

    def advance(
        self, days: int, treatments: Treatments | None = None, heard: Treatments | None = None
    ) -> Facts:
        """Contact `treatments` today and live `days` days; returns the rows to add to what was written before.

        `heard` are contacts that somebody else made and whose answers are known; whatever these customers would
        have answered to an earlier contact falls away.

        Leavings, contacts, payments and answers come on their day, usage, bills and truth when a month closes.
        Raises RuntimeError before `history`, KeyError for customers who do not exist.
        """
        if not self.cohorts:
            raise RuntimeError("the recorded year comes first: walk through history()")
        journal = Journal(self.calendar)
        for contacts in (heard or nobody(), treatments or nobody()):
            self._contact(contacts, journal)
        until = self.day + days
        while self.day < until:
            month = self.calendar.month_of(self.day)
            if self.day == self.calendar.start(month):
                self._joiners(month)
            last = min(until, self.calendar.start(month + 1))
            for cohort in self.cohorts:
                self._live_days(cohort, month, self.day, last, journal)
            self.waiting = self.waiting.keep(self.waiting.answer_on >= last)
            self.day = last
        return journal.facts()

    def clone(self) -> "World":
        """A copy that lives on by itself, with the same fate: what would happen if …"""
        other = World(self.seed, self.customers, self.calendar, self.part)
        other.day, other.waiting = self.day, self.waiting
        other.cohorts = [
            Cohort(**{item.name: getattr(cohort, item.name).copy() for item in fields(Cohort)})
            for cohort in self.cohorts
        ]
        return other

    def disposition(self, treatments: Treatments) -> truth.Disposition:
        """What the planted truth says of these customers today, were they offered this."""
        offer = np.array([OFFER_INDEX[code] for code in treatments.offer.tolist()], dtype=np.int64)
        rows = self._rows(treatments.customer)
        return truth.disposition(
            chance=self.column("chance")[rows],
            cause=self.column("cause")[rows],
            persuadability=self.column("persuadability")[rows],
            touchy=self.column("touchy")[rows],
            offer=offer,
        )

    def column(self, name: str) -> np.ndarray:
        """One of the Cohort's entries per customer, over all cohorts in order of customer."""
        parts: list[np.ndarray] = [getattr(cohort, name) for cohort in self.cohorts]
        return np.concatenate(parts)

    def knows(self, customer: np.ndarray) -> np.ndarray:
        """Which of these keys are customers of this world, bool."""
        later = sum(cohort.size for cohort in self.cohorts) - self.customers
        of_year = (customer >= self.part.first) & (customer < self.part.first + self.customers)
        return of_year | ((customer >= self.part.later) & (customer < self.part.later + later))

    def staying(self) -> np.ndarray:
        """Keys of those who have joined before today and not left."""
        stays = (self.column("left") == NEVER) & (self.column("joined") < self.day)
        staying: np.ndarray = self.column("customer")[stays]
        return staying

    def save(self, folder: Path) -> Path:
        """Write the state as `state-<day>.npz`, whole or not at all; older states stay for a tick to be repeated."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"state-{self.day:06d}.npz"
        first_month = str(self.calendar.first_month)
        arrays = {
            "world": np.array([self.seed, self.customers, self.day, *astuple(self.part)]),
            "first_month": np.array(first_month),
        }
        arrays |= {f"waiting/{item.name}": getattr(self.waiting, item.name) for item in fields(Contacts)}
        for index, cohort in enumerate(self.cohorts):
            arrays |= {f"{index}/{item.name}": getattr(cohort, item.name) for item in fields(Cohort)}
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return path

    @classmethod
    def load(cls, folder: Path, day: int | None = None) -> "World":
        """The world as saved on `day`, or last. Raises FileNotFoundError when there is none."""
        name = "state-*.npz" if day is None else f"state-{day:06d}.npz"
        found_files = sorted(folder.glob(name))
        if not found_files:
            raise FileNotFoundError(f"no saved world in {folder}")
        with np.load(found_files[-1], allow_pickle=False) as arrays:
            seed, customers, saved_day, *part = (int(number) for number in arrays["world"])
            calendar = Calendar(np.datetime64(str(arrays["first_month"]), "M"))
            world = cls(seed, customers, calendar, Part(*part))
            world.day = saved_day
            world.waiting = Contacts(*(arrays[f"waiting/{item.name}"] for item in fields(Contacts)))
            count = sum(name.endswith("/number") for name in arrays.files)
            world.cohorts = [
                Cohort(**{item.name: arrays[f"{index}/{item.name}"] for item in fields(Cohort)})
                for index in range(count)
            ]
        return world

    def _joiners(self, month: int) -> None:
        first = self.part.later + (month - HISTORY) * self.joining
        number = self.part.cohort + len(self.cohorts)
        self.cohorts.append(
            found(self.seed, number, first, self.joining, calendar=self.calendar, month=month)
        )

    def _live_days(self, cohort: Cohort, month: int, first: int, last: int, journal: Journal) -> None:
        opening = open_month(cohort, self.seed, month, self.calendar)
        record_arrivals(cohort, self.seed, (first, last), journal)
        low, high = int(cohort.customer[0]), int(cohort.customer[-1])
        asked = self.waiting
        mine = asked.keep((asked.customer >= low) & (asked.customer <= high) & (asked.answer_on < last))
        came = live(cohort, opening, first, last, self._due(mine, low))
        record_days(cohort, opening, first, last, journal)
        self._record_answers(cohort, mine.keep(came), journal)
        if last == opening.first + opening.length:
            close_month(cohort, opening, self.seed, journal)

    def _rows(self, customer: np.ndarray) -> np.ndarray:
        # Keys run through the cohorts without a gap but the one between the recorded year and later.
        of_later = customer >= self.part.later
        rows = np.where(of_later, customer - self.part.later + self.customers, customer - self.part.first)
        if len(rows) and not self.knows(customer).all():
            raise KeyError("no such customer in this world")
        return np.asarray(rows)

    def _contact(self, treatments: Treatments, journal: Journal) -> None:
        """Draw what those who are contacted today will answer and when."""
        if not len(treatments.customer):
            return
        of = self.disposition(treatments)
        rows = self._rows(treatments.customer)
        accepts = np.zeros(sum(cohort.size for cohort in self.cohorts))
        accepts[rows] = of.accepts
        drawn, start = [], 0
        for cohort in self.cohorts:
            part = slice(start, start + cohort.size)
            rng = stream(self.seed, Stream.ANSWERS, int(cohort.number), self.day)
            drawn.append(truth.answers(rng, accepts[part]))
            woken = rows[(of.irritation > 1) & (rows >= part.start) & (rows < part.stop)] - start
            cohort.irritated_until[woken] = self.day + truth.IRRITATED_DAYS
            start = part.stop
        reached, accepted, delay = (np.concatenate(arrays)[rows] for arrays in zip(*drawn, strict=True))
        if treatments.accepted is not None:
            reached, accepted, delay = np.ones_like(reached), treatments.accepted, np.zeros_like(delay)
            self.waiting = self.waiting.keep(~np.isin(self.waiting.customer, treatments.customer))
        self.waiting = self.waiting.plus(
            Contacts(
                customer=treatments.customer,
                offer=np.array([OFFER_INDEX[code] for code in treatments.offer.tolist()], dtype=np.int64),
                on=np.full(len(rows), self.day),
                answer_on=self.day + delay,
                answer=np.select([accepted, reached], [ACCEPTED, DECLINED], NOT_REACHED),
                relief=of.relief,
            )
        )
        journal.write(
            "truth_contacts",
            customer=treatments.customer,
            offer=treatments.offer,
            contacted_on=np.array(self.calendar.dates(np.array(self.day))),
            chance=of.chance,
            accepts=of.accepts,
            relief=of.relief,
            irritation=of.irritation,
        )

    def _due(self, contacts: Contacts, first_customer: int) -> Due:
        accepted = contacts.answer == ACCEPTED
        month = np.array([self.calendar.month_of(day) for day in contacts.answer_on.tolist()], dtype=np.int64)

        def until(lengths: list[int]) -> np.ndarray:
            length = np.array(lengths)[contacts.offer]
            return np.where(accepted & (length > 0), month + length, NO_CONTRACT)

        return Due(
            row=contacts.customer - first_customer,
            day=contacts.answer_on,
            relief=np.where(accepted, contacts.relief, 1.0),
            contract_to=until([offer.contract_months for offer in OFFERS]),
            discount_to=until([offer.discount_months for offer in OFFERS]),
        )

    def _record_answers(self, cohort: Cohort, answered: Contacts, journal: Journal) -> None:
        codes = np.array([offer.code for offer in OFFERS])[answered.offer]
        on = self.calendar.dates(answered.answer_on)
        journal.write(
            "answers",
            customer=answered.customer,
            offer=codes,
            contacted_on=self.calendar.dates(answered.on),
            answered_on=on,
            answer=ANSWERS[answered.answer],
        )
        ends = self._due(answered, int(cohort.customer[0])).contract_to
        signs = ends != NO_CONTRACT
        rows = (answered.customer - cohort.customer[0])[signs]
        journal.write(
            "contracts",
            subscription=cohort.lines()[cohort.slot == 0][rows],
            signed_on=on[signs],
            ends_on=self.calendar.month_ends(ends[signs]),
            occasion=codes[signs],
        )
