"""What an operator asks of passwords, and the providers through which one may sign in."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from loopline.identity import openid
from loopline.identity.actions.roles import administrators, keep_a_way_in
from loopline.identity.events import ProviderRemoved, ProviderSet, SignInRulesChanged
from loopline.identity.models import Provider, Role, Session, SignInRules, Unit
from loopline.identity.refusals import OutOfRange, ProviderUnusable
from loopline.kernel import sealing
from loopline.kernel.errors import NotFound
from loopline.kernel.events import announce, record
from loopline.kernel.permission import Actor, require

LIMITS = {
    "min_length": (8, 64),
    "history": (0, 24),
    "days_valid": (0, 730),
    "failures_to_lock": (3, 20),
    "lock_minutes": (1, 1440),
}
"""What each number of the rules may be."""


@dataclass(frozen=True, slots=True)
class ProviderInput:
    """A provider as it is to be. An empty secret leaves the one that is kept."""

    name: str
    issuer: str
    client_id: str
    secret: str
    is_active: bool = True
    trusts_second_step: bool = False
    adds_staff: bool = False
    role: str = ""
    unit: Unit | None = None


def change_sign_in_rules(*, actor: Actor, wanted: dict[str, int]) -> SignInRules:
    """Set the rules that are named. Raises OutOfRange."""
    require(actor, "administration.staff")
    rules = SignInRules.objects.select_for_update().first() or SignInRules()
    changes: dict[str, list[object]] = {}
    for name, value in wanted.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise OutOfRange(field=name, low=low, high=high)
        if getattr(rules, name) != value:
            changes[name] = [getattr(rules, name), value]
            setattr(rules, name, value)
    rules.save()
    if changes:
        record(SignInRulesChanged(changes=changes), about=rules, by=actor)
    return rules


def close_passwords(*, actor: Actor, closed: bool, emergency: str = "") -> SignInRules:
    """Let people in by the provider only, save the administrator `emergency` (user name) with his password; or open
    passwords again. Sessions that a password opened end, save the actor's own. Raises NoWayIn."""
    require(actor, "administration.staff")
    rules = SignInRules.objects.select_for_update().first() or SignInRules()
    before = [rules.only_providers, rules.emergency.user_name if rules.emergency else ""]
    rules.emergency = administrators().filter(user_name=emergency).first() if closed else None
    if closed:
        keep_a_way_in(rules)
    rules.save()
    if closed and not before[0]:
        ended = Session.objects.filter(provider=None).exclude(staff_id=actor.staff_id)
        for staff in set(ended.values_list("staff_id", flat=True)):
            announce("session", staff=staff)
        ended.delete()
    after = [rules.only_providers, rules.emergency.user_name if rules.emergency else ""]
    names = ["only_providers", "emergency"]
    changes = {name: [old, new] for name, old, new in zip(names, before, after, strict=True) if old != new}
    if changes:
        record(SignInRulesChanged(changes=changes), about=rules, by=actor)
    return rules


def set_provider(*, actor: Actor, wanted: ProviderInput, public_id: str = "") -> Provider:
    """Set up a provider, or change the one of this id. It is asked who it is. Raises ProviderUnusable, NotFound."""
    require(actor, "administration.staff")
    provider = _provider(public_id) if public_id else Provider(wrapped=sealing.new_wrapped_key())
    role = Role.objects.filter(code=wanted.role).first() if wanted.role else None
    if wanted.adds_staff and (role is None or wanted.unit is None):
        raise ProviderUnusable(
            field="unit" if role else "role", reason=_("Choose what whoever is added shall be.")
        )
    try:
        openid.discover(wanted.issuer)
    except openid.NotBelieved as error:
        reason = _("No provider answers at this address (%(reason)s).") % {"reason": error.args[0]}
        raise ProviderUnusable(field="issuer", reason=reason) from error
    provider.name, provider.issuer, provider.client_id = wanted.name, wanted.issuer, wanted.client_id
    provider.is_active, provider.trusts_second_step = wanted.is_active, wanted.trusts_second_step
    provider.adds_staff, provider.role, provider.unit = wanted.adds_staff, role, wanted.unit
    if wanted.secret or provider.pk is None:
        provider.sealed = sealing.seal(bytes(provider.wrapped), wanted.secret)
    provider.save()
    provider.refresh_from_db()
    keep_a_way_in()
    record(ProviderSet(provider=provider.name, issuer=provider.issuer), about=provider, by=actor)
    return provider


def remove_provider(*, actor: Actor, public_id: str) -> None:
    """Take a provider away; the sessions that it opened end. Raises NotFound."""
    require(actor, "administration.staff")
    provider = _provider(public_id)
    for staff in Session.objects.filter(provider=provider).values_list("staff_id", flat=True).distinct():
        announce("session", staff=staff)
    record(ProviderRemoved(provider=provider.name), about=provider, by=actor)
    provider.delete()
    keep_a_way_in()


def _provider(public_id: str) -> Provider:
    found = Provider.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
