"""How money is counted: means of payment, the ledger's accounts, and what a drawer ought to hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

CASH, CARD, TRANSFER, WECHAT, ALIPAY = "cash", "card", "transfer", "wechat", "alipay"
METHODS = (CASH, CARD, TRANSFER, WECHAT, ALIPAY)
"""Means of payment; each is an account of the ledger, kept for each time a till is open."""

SAFE, BILL, ORDER, DEPOSIT, DIFFERENCE = "safe", "bill", "order", "deposit", "difference"
"""The other accounts: the house's safe, money for bills, for orders, held for customers, and what does not tally."""

NOTHING = Decimal(0)
MOST = Decimal("99999999.99")


@dataclass(frozen=True, slots=True)
class Posting:
    """So much moves from the account `credit` to the account `debit`, for the thing with the key `about`."""

    debit: str
    credit: str
    amount: Decimal
    about: int | None = None


def is_amount(amount: Decimal) -> bool:
    """Whether this can change hands: above nothing, no parts of a fen."""
    return NOTHING < amount <= MOST and amount == amount.quantize(Decimal("0.01"))


def share_out(
    tenders: Sequence[tuple[str, Decimal]], charges: Sequence[tuple[str, int | None, Decimal]]
) -> list[Posting]:
    """Which means of payment pays which charge: both in order, to the fen. The sums must be equal."""
    if sum((paid for _, paid in tenders), NOTHING) != sum((owed for _, _, owed in charges), NOTHING):
        raise ValueError("what is paid is not what is charged")
    postings: list[Posting] = []
    purse = [(method, paid) for method, paid in tenders if paid]
    for account, about, owed in charges:
        open_amount = owed
        while open_amount:
            method, left = purse[0]
            part = min(left, open_amount)
            postings.append(Posting(method, account, part, about))
            open_amount -= part
            purse[0] = (method, left - part)
            if left == part:
                purse.pop(0)
    return postings


def balances(postings: Iterable[tuple[str, str, Decimal]]) -> dict[str, Decimal]:
    """What each account holds after (debit, credit, amount). The sum over all accounts is always nothing."""
    held: dict[str, Decimal] = {}
    for debit, credit, amount in postings:
        held[debit] = held.get(debit, NOTHING) + amount
        held[credit] = held.get(credit, NOTHING) - amount
    return held


def differences(expected: Mapping[str, Decimal], counted: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Counted less expected, of each means of payment that does not tally."""
    told = {name: counted.get(name, NOTHING) - expected.get(name, NOTHING) for name in METHODS}
    return {name: amount for name, amount in told.items() if amount}
