"""How personal data looks to who has not asked to see it."""

from loopline.kernel import numbers


def name(kind: str, text: str) -> str:
    """A person keeps the family name; the names of organisations are public."""
    return text if kind == "organisation" else numbers.mask_name(text)


def document(text: str) -> str:
    """An identity document keeps its first and last two characters."""
    return numbers.mask_text(text.strip(), 2, 2)


def medium(kind: str, value: str, country: str = "86") -> str:
    """A telephone number, e-mail address or other way to reach somebody."""
    if kind == "telephone":
        return numbers.mask_number(value, country)
    return numbers.mask_email(value) if kind == "email" else numbers.mask_text(value, 1, 1)


def street(text: str) -> str:
    """An address keeps its beginning; its length is not told."""
    return text[:2] + "****" if text else ""
