"""How an Open API says no: `{code, reason, message, status, referenceError}`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class BadQuery(Refusal):
    """A filter, sort or page that does not exist."""

    code = "28"
    status = 400
    sentence = _("The query string cannot be answered: %(reason)s")


class BadBody(Refusal):
    """A body that is no JSON, or does not have the form of the resource."""

    code = "22"
    status = 400
    sentence = _("The body is not valid: %(reason)s")


class MissingAttribute(Refusal):
    """A required attribute is absent."""

    code = "23"
    status = 400
    sentence = _("The attribute %(name)s is required.")


class CannotChange(Refusal):
    """An attribute that stays as it was made."""

    code = "27"
    status = 400
    sentence = _("The attribute %(name)s cannot be set here.")


class NoCredentials(Refusal):
    """No bearer token, or one that does not hold."""

    code = "40"
    status = 401
    sentence = _("Send a bearer token that holds: Authorization: Bearer TOKEN.")


class OutOfScope(Refusal):
    """The token was not made for this."""

    code = "50"
    status = 403
    sentence = _("This token does not have the scope %(scope)s.")


class WrongMethod(Refusal):
    """The resource does not know this method."""

    code = "61"
    status = 405
    sentence = _("This resource answers to %(methods)s.")


class WrongMediaType(Refusal):
    """A body in a form that is not read here."""

    code = "65"
    status = 415
    sentence = _("Send the body as %(types)s.")


class NotAcceptable(Refusal):
    """The client accepts no JSON."""

    code = "64"
    status = 406
    sentence = _("The answer is application/json.")


class TooMany(Refusal):
    """More requests than a token may make."""

    code = "too_many_requests"
    status = 429
    sentence = _("This token asks too often. Wait %(seconds)s seconds.")


class KeyUsedOtherwise(Refusal):
    """An idempotency key came back with another body."""

    code = "idempotency_key_used"
    status = 409
    sentence = _("This idempotency key was used for another request.")


CODES = {401: "40", 403: "50", 404: "60", 405: "61"}
"""The codes of the guidelines; any other refusal keeps the code that our own API gives it."""


def body_of(refusal: Refusal, reference: str) -> dict[str, Any]:
    """The error document of a refusal. `reference` is where its codes are described."""
    numbered = refusal.code.isdigit()
    return {
        "code": refusal.code if numbered else CODES.get(refusal.status, refusal.code),
        "reason": refusal.message,
        "message": f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message,
        "status": str(refusal.status),
        "referenceError": f"{reference}#{refusal.code}",
        "@type": "Error",
    }
