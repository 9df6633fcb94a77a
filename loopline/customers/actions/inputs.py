"""What may be typed into a customer's file, and how a typed value is brought into form."""

import re

from django.utils.translation import gettext_lazy as _

from loopline.kernel import numbers
from loopline.kernel.errors import Invalid, Refusal


class MaskIsNoInput(Refusal):
    """A masked value came back as input; taking it would destroy the clear one."""

    code = "mask_is_no_input"
    sentence = _("“%(value)s” is a masked value. Type the value in clear, or leave the field as it was.")


class Missing(Refusal):
    """A required value is empty."""

    code = "missing"
    sentence = _("Please fill this in.")


def text(field: str, value: str, *, required: bool = False, longest: int = 200) -> str:
    """A typed text without outer blanks. Raises MaskIsNoInput, Missing, Invalid."""
    plain = re.sub(r"\s+", " ", value.replace("\0", "")).strip()
    # The mask of a name of two characters is one star: 赵*.
    if numbers.looks_masked(plain) or (field == "name" and "*" in plain):
        raise MaskIsNoInput(field=field, value=plain[:40])
    if required and not plain:
        raise Missing(field=field)
    if len(plain) > longest:
        raise Invalid(field=field, reason=_("At most %(count)s characters.") % {"count": longest})
    return plain


def medium(kind: str, value: str, country: str) -> str:
    """A way to reach somebody in its stored form: telephone numbers as E.164."""
    plain = text(kind, value, required=True)
    if kind == "telephone":
        return numbers.e164(plain, country)
    if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", plain):
        raise Invalid(field=kind, reason=_("This is not an e-mail address."))
    return plain.casefold() if kind == "email" else plain


def choice(field: str, value: str, allowed: list[str]) -> str:
    """One of the allowed codes. Raises Invalid."""
    if value not in allowed:
        raise Invalid(field=field, reason=_("Please choose one of the values offered."))
    return value
