"""The rows that are written when somebody becomes a customer: himself, his account, his lines, his contract."""

import numpy as np

from loopline.demo.calendar import Calendar
from loopline.demo.closing import record_lines
from loopline.demo.draws import Stream, chosen, stream
from loopline.demo.facts import Journal
from loopline.demo.month import NAT
from loopline.demo.organisation import HALLS, branch_code
from loopline.demo.people import (
    addresses,
    births,
    company_names,
    credit_codes,
    identity_cards,
    mobile_numbers,
    person_names,
)
from loopline.demo.population import MOBILE, NO_CONTRACT, Cohort, line_keys

METHODS = np.array(["bank_debit", "wechat", "alipay", "cash"])
_CONTACT_SLOT = 3  # no line has it: the telephone number of those who have broadband alone


def customer_numbers(customer: np.ndarray) -> np.ndarray:
    """Human numbers of customers, ten digits beginning with 39."""
    return np.char.add("39", np.char.zfill(customer.astype("U8"), 8))


def record_arrivals(cohort: Cohort, seed: int, days: tuple[int, int] | None, journal: Journal) -> None:
    """Write those of a cohort who join in the days [first, last), or all of them for None."""
    joins = np.ones(cohort.size, dtype=bool)
    if days is not None:
        joins = (cohort.joined >= days[0]) & (cohort.joined < days[1])
    rows = np.flatnonzero(joins)
    if not len(rows):
        return
    _record_customers(cohort, seed, rows, journal)
    lines = np.flatnonzero(joins[cohort.owner])
    record_lines(cohort, lines, journal)
    _record_contracts(cohort, rows, journal)
    journal.write(
        "truth_customers",
        customer=cohort.customer[rows],
        persuadability=cohort.persuadability[rows],
        sleeping_dog=cohort.touchy[rows],
    )


def _record_customers(cohort: Cohort, seed: int, rows: np.ndarray, journal: Journal) -> None:
    # Drawn for the whole cohort whoever joins today, so that nobody's name depends on the day of asking.
    rng = stream(seed, Stream.PEOPLE, int(cohort.number))
    firm, customer, branch, size = cohort.organisation, cohort.customer, cohort.branch, cohort.size
    first = np.flatnonzero(cohort.slot == 0)
    phone_slot = np.where(cohort.service[first] == MOBILE, 0, _CONTACT_SLOT)
    name = np.where(firm, company_names(rng, branch), person_names(rng, cohort.female))
    document = np.where(firm, credit_codes(customer, branch), identity_cards(customer, branch, cohort.female))
    number = customer_numbers(customer)
    mail = np.char.add(np.char.add("k", number), np.where(firm, "@company.example", "@mail.example"))
    consent = rng.random((size, 5)) < np.array([0.82, 0.78, 0.55, 0.6, 0.9])
    columns = {
        "customer": customer,
        "number": number,
        "kind": np.where(firm, "organisation", "person"),
        "name": name,
        "sex": np.where(firm, "", np.where(cohort.female, "F", "M")),
        "birth_date": np.where(firm, NAT, births(customer)),
        "document_kind": np.where(firm, "credit_code", "identity_card"),
        "document": document,
        "phone": mobile_numbers(line_keys(customer, phone_slot, 0), branch),
        "email": np.where(firm | (rng.random(size) < 0.35), mail, ""),
        "address": addresses(rng, branch),
        "branch": np.array([branch_code(index) for index in range(len(HALLS))])[branch],
        "joined_on": journal.calendar.dates(cohort.joined),
        "contract_ends_on": contract_dates(cohort.contract_end, journal.calendar),
        **{f"consent_{way}": consent[:, place] for place, way in enumerate(_CONSENTS)},
    }
    method = METHODS[chosen(rng, np.array([0.3, 0.35, 0.25, 0.1]), size)]
    journal.write("customers", **{key: column[rows] for key, column in columns.items()})
    journal.write(
        "accounts",
        account=customer[rows],
        customer=customer[rows],
        number=np.char.add("A", number)[rows],
        payment_method=method[rows],
        prepaid=cohort.prepaid[rows],
        opened_on=journal.calendar.dates(cohort.joined[rows]),
    )


_CONSENTS = ("phone", "sms", "email", "wechat", "profiling")


def contract_dates(months: np.ndarray, calendar: Calendar) -> np.ndarray:
    """Last days of the months in which contracts end, NaT for NO_CONTRACT."""
    none = months == NO_CONTRACT
    return np.where(none, NAT, calendar.month_ends(np.where(none, 0, months)))


def _record_contracts(cohort: Cohort, rows: np.ndarray, journal: Journal) -> None:
    first = cohort.lines()[cohort.slot == 0]
    rows = rows[cohort.opening_contract[rows] != NO_CONTRACT]
    ends = journal.calendar.month_ends(cohort.opening_contract[rows])
    # Two years before it ends, or on joining where that was later.
    signed = np.maximum(journal.calendar.dates(cohort.joined[rows]), ends - np.timedelta64(730, "D"))
    journal.write(
        "contracts",
        subscription=first[rows],
        signed_on=signed,
        ends_on=ends,
        occasion=np.array("opening"),
    )
