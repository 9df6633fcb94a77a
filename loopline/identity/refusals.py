"""What identity refuses, in words."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Invalid, Refusal


class WrongSignIn(Refusal):
    """Operator, name or password is wrong; which of them is not told."""

    code = "wrong_sign_in"
    status = 401
    sentence = _("The operator code, user name or password is wrong.")


class Locked(Refusal):
    """Too many failures for this name."""

    code = "locked"
    status = 429
    sentence = _("After too many failures this sign-in is locked for %(minutes)s minutes.")


class TooManyTries(Refusal):
    """Too many failures from one address."""

    code = "too_many_tries"
    status = 429
    sentence = _("Too many failed sign-ins from your address. Please wait a quarter of an hour.")


class WrongCode(Refusal):
    """The code of the second step does not fit, or was used before."""

    code = "wrong_code"
    status = 401
    sentence = _("This code is not right, or it was used before. Wait for the next one.")


class WeakPassword(Refusal):
    """The new password does not meet the rules."""

    code = "weak_password"
    sentence = _("%(reason)s")


class UsedBefore(Refusal):
    """The new password is one of the last ones."""

    code = "password_used_before"
    sentence = _("This was one of your last %(count)s passwords. Choose another one.")


class OutOfRange(Refusal):
    """A number of the rules is not within what makes sense."""

    code = "out_of_range"
    sentence = _("Please give a whole number from %(low)s to %(high)s.")


class UnknownToUs(Refusal):
    """The provider knows the person, we do not."""

    code = "unknown_to_us"
    status = 403
    sentence = _(
        "%(provider)s knows you, but there is no member of staff with your e-mail here. Ask an administrator."
    )


class ProviderFailed(Refusal):
    """The provider did not answer, or not in a way that can be trusted."""

    code = "provider_failed"
    status = 400
    sentence = _("Signing in through %(provider)s did not work (%(reason)s). Please try again.")


class SignInNotBegun(Refusal):
    """An answer of a provider to a question that this browser has not asked, or that was answered before."""

    code = "sign_in_not_begun"
    status = 400
    sentence = _("This sign-in was not begun here, or took too long. Please begin again.")


class ProviderUnusable(Refusal):
    """A provider cannot be set up as given."""

    code = "provider_unusable"
    sentence = _("%(reason)s")


class PasswordsClosed(Refusal):
    """The operator lets people in by its provider only. Said of every name, so that nobody learns which one is not."""

    code = "passwords_closed"
    status = 403
    sentence = _("Here one signs in through the provider only.")


class NoWayIn(Refusal):
    """Who would be locked out: passwords are closed only while a provider and the emergency administrator stand."""

    code = "no_way_in"
    status = 409
    sentence = _("%(reason)s")


class NameTaken(Refusal):
    """The user name or code is in use."""

    code = "name_taken"
    status = 409
    sentence = _("“%(name)s” is already in use.")


class LastAdministrator(Refusal):
    """Nobody would be left who can manage staff and roles."""

    code = "last_administrator"
    status = 409
    sentence = _("Then nobody could manage staff and roles any more.")


class RoleInUse(Refusal):
    """A role that somebody has cannot be taken away."""

    code = "role_in_use"
    status = 409
    sentence = _("%(count)s people have this role. Give them another one first.")


class NotForOneself(Refusal):
    """One cannot stand in for oneself."""

    code = "not_for_oneself"
    sentence = _("Choose a colleague.")


class PeriodReversed(Refusal):
    """The end lies before the beginning, or in the past."""

    code = "period_reversed"
    sentence = _("The last day must not lie before the first, nor in the past.")


class UnknownScope(Invalid):
    """A scope that is not `api:right`."""

    code = "unknown_scope"
    sentence = _("A scope is an API or * and read, write or clear, such as *:read. This is none: %(scope)s")
