"""Whether a password will do: its length, how common it is, whose name is in it, and what somebody had before."""

import re
from functools import cache
from typing import Protocol

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SHORTEST_NAME = 4
"""Letters from which on a name inside a password counts; Chinese names count from two characters."""


class Person(Protocol):
    """What of somebody must not be in his password."""

    user_name: str
    name: str
    name_en: str
    email: str


def faults(password: str, person: Person, min_length: int) -> list[str]:
    """Everything that is wrong with a password, in the reader's words."""
    found = []
    for validator in (password_validation.MinimumLengthValidator(min_length), *_validators()):
        try:
            validator.validate(password)
        except ValidationError as error:
            found += error.messages
    if any(part in password.casefold() for part in _names(person)):
        found.append(_("Your own name must not be in the password."))
    return found


@cache
def _validators() -> tuple[
    password_validation.CommonPasswordValidator, password_validation.NumericPasswordValidator
]:
    # The list of common passwords is read from a file: once.
    return password_validation.CommonPasswordValidator(), password_validation.NumericPasswordValidator()


def _names(person: Person) -> set[str]:
    texts = [person.user_name, person.name, person.name_en, person.email.partition("@")[0]]
    parts = {part.casefold() for text in texts for part in (text, *re.split(r"\W+", text))}
    return {part for part in parts if len(part) >= (SHORTEST_NAME if part.isascii() else 2)}
