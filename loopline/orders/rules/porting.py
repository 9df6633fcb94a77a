"""Codes with which a number changes its operator 携号转网."""

import re
from datetime import date, timedelta

CODE = re.compile(r"\d{6,8}")
NETWORK_DAYS = 120
"""How long a customer stays before his number may leave again."""


def tidy_code(text: str) -> str | None:
    """The code of the operator that lets the number go: six to eight digits, or None."""
    digits = re.sub(r"[\s\-]", "", text)
    return digits if CODE.fullmatch(digits) else None


def make_code(seed: int) -> str:
    """A code of eight digits from a random number."""
    return f"{seed % 10**8:08d}"


def reasons_against(
    *, state: str, started_on: date | None, contract_ends_on: date | None, today: date, in_arrears: bool
) -> list[str]:
    """Why a number may not leave: not_active, too_new, contract, arrears. Empty when it may."""
    reasons = []
    if state != "active":
        reasons.append("not_active")
    if started_on is not None and started_on > today - timedelta(days=NETWORK_DAYS):
        reasons.append("too_new")
    if contract_ends_on is not None and contract_ends_on >= today:
        reasons.append("contract")
    if in_arrears:
        reasons.append("arrears")
    return reasons
