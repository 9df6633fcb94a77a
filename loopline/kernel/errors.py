"""Expected refusals: each is a class with a stable code and a sentence fit for the screen."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An expected "no". Nothing is changed; the sentence is shown to the person who asked.

    `code` is stable and may be matched by programs, `field` names the input at fault, `status` is the HTTP
    status with which the door answers. Values for the placeholders of the sentence come as keyword arguments.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    sentence: ClassVar[str | Promise] = _("This is not possible.")

    def __init__(self, *, field: str | None = None, **values: object) -> None:
        self.field = field
        self.values = values
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The sentence in the language of whoever reads it."""
        return str(self.sentence) % self.values if self.values else str(self.sentence)

    @property
    def facts(self) -> dict[str, object]:
        """What a program is told besides the sentence: plain values."""
        return {}

    def __str__(self) -> str:
        return self.message


class NotFound(Refusal):
    """What was asked for is not there, or not within what the asker may see; the two are never told apart."""

    code = "not_found"
    status = 404
    sentence = _("This does not exist, or it is not within what you may see.")


class NotSignedIn(Refusal):
    """Nobody is known to be asking: no session and no token, or one that holds no longer."""

    code = "not_signed_in"
    status = 401
    sentence = _("Sign in, or send a bearer token that still holds.")


class PageTooOld(Refusal):
    """A call with a session cookie that does not come from our own pages, or whose page is too old."""

    code = "csrf"
    status = 403
    sentence = _("This form is no longer valid. Load the page again and repeat.")


class NotAllowed(Refusal):
    """The person's roles do not contain the permission."""

    code = "not_allowed"
    status = 403
    sentence = _("Your roles do not allow this (%(permission)s).")


class Invalid(Refusal):
    """A single input is not acceptable; `field` names it."""

    code = "invalid"
    sentence = _("%(reason)s")


class Conflict(Refusal):
    """The object is no longer in the state that the request assumed."""

    code = "conflict"
    status = 409
    sentence = _("Somebody else has changed this in the meantime. Load it again and repeat the step.")
