"""Activation codes of eSIM profiles (GSMA SGP.22, 4.1): `LPA:1$<SM-DP+ address>$<matching id>`."""

import re
from dataclasses import dataclass

_CODE = re.compile(
    r"LPA:1\$(?P<address>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)\$(?P<matching_id>[0-9A-Z-]{1,64})"
)


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """Where a telephone fetches its profile, and by which matching id it is known there."""

    address: str
    matching_id: str

    @property
    def text(self) -> str:
        """As it stands in the QR picture."""
        return f"LPA:1${self.address}${self.matching_id}"


def read(text: str) -> ActivationCode | None:
    """The parts of a code, or None where it is none. Codes that ask for a confirmation code are not issued."""
    found = _CODE.fullmatch(text.strip())
    return ActivationCode(found["address"].lower(), found["matching_id"]) if found else None
