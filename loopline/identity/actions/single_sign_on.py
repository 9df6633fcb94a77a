"""Signing in with a provider that the operator trusts: going there, coming back once, and signing out there."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from loopline.identity import openid, queries
from loopline.identity.actions.signing_in import forgive, next_step, open_session, record_access
from loopline.identity.events import StaffJoined
from loopline.identity.models import (
    PendingSignIn,
    Provider,
    ProviderAccount,
    Role,
    Session,
    Staff,
    StaffRole,
    Step,
    Unit,
)
from loopline.identity.refusals import ProviderFailed, SignInNotBegun, UnknownToUs
from loopline.kernel import clock, sealing
from loopline.kernel.events import record

WAITS = timedelta(minutes=10)
"""So long a sign-in may take at the provider."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to go, and the key that must come back with the answer."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A session's key, and the page that was asked for."""

    key: str
    target: str


def begin_at_provider(*, provider: Provider, back: str, target: str) -> Begun:
    """Note the question to a provider, and say where to go. Raises ProviderFailed."""
    now = clock.now()
    PendingSignIn.objects.filter(expires_at__lt=now).delete()
    key, nonce, verifier = (secrets.token_urlsafe(48) for _part in range(3))
    try:
        told = openid.discover(provider.issuer)
    except openid.NotBelieved as error:
        raise _failed(provider, error) from error
    url = openid.way_in(told, _client(provider, back), state=key, nonce=nonce, verifier=verifier)
    PendingSignIn.objects.create(
        key_digest=queries.digest(key),
        provider=provider,
        nonce=nonce,
        verifier=verifier,
        target=target,
        expires_at=now + WAITS,
    )
    return Begun(url, key)


def come_back(
    *, provider: str, key: str, answer: Mapping[str, str], back: str, address: str, agent: str
) -> Arrived:
    """Take the provider's answer, once, and open a session.

    Raises SignInNotBegun, ProviderFailed or UnknownToUs; the caller keeps what was written (that it was taken).
    """
    pending = _take(provider, key, answer)
    person = _redeem(pending, answer, back)
    try:
        staff = _staff_of(pending.provider, person)
    except UnknownToUs:
        record_access("sign_in_failed", address, name=person.email or person.subject[:80])
        raise
    strong = pending.provider.trusts_second_step and bool(person.methods & openid.MORE_THAN_A_PASSWORD)
    step = next_step(staff, code_given=strong, with_password=False)
    if step != Step.CODE:
        forgive(staff)
        record_access("sign_in", address, staff)
    hint = sealing.seal(bytes(pending.provider.wrapped), person.id_token)
    session = open_session(
        staff=staff, step=step, address=address, agent=agent, provider=pending.provider, hint=hint
    )
    return Arrived(session, pending.target)


def way_out(*, key: str, back: str) -> tuple[str, str]:
    """The provider that opened a session, and where one signs out there too; both empty where there is none."""
    row = Session.objects.filter(key_digest=queries.digest(key)).select_related("provider").first()
    if row is None or row.provider is None or row.sealed_hint is None:
        return "", ""
    hint = sealing.unseal(bytes(row.provider.wrapped), bytes(row.sealed_hint))
    try:
        told = openid.discover(row.provider.issuer)
    except openid.NotBelieved:
        return "", ""
    return row.provider.name, openid.way_out(told, _client(row.provider, back), hint)


def _take(provider: str, key: str, answer: Mapping[str, str]) -> PendingSignIn:
    """The question that this is the answer to, for the last time: it was asked of this provider by this browser."""
    rows = PendingSignIn.objects.select_for_update(of=("self",)).select_related(
        "provider__role", "provider__unit"
    )
    pending = rows.filter(key_digest=queries.digest(key)).first()
    if pending is None or not secrets.compare_digest(answer.get("state", "").encode(), key.encode()):
        raise SignInNotBegun
    PendingSignIn.objects.filter(pk=pending.pk).delete()
    asked = pending.provider
    if pending.expires_at < clock.now() or str(asked.public_id) != provider or not asked.is_active:
        raise SignInNotBegun
    return pending


def _redeem(pending: PendingSignIn, answer: Mapping[str, str], back: str) -> openid.Person:
    provider = pending.provider
    if answer.get("error") == "access_denied":
        raise ProviderFailed(provider=provider.name, reason=_("it was cancelled there"))
    try:
        told = openid.discover(provider.issuer)
        named = answer.get("iss", "" if told.names_issuer else provider.issuer)
        if named != provider.issuer or "code" not in answer:
            raise openid.NotBelieved("answer")
        client = _client(provider, back)
        return openid.redeem(
            told, client, code=answer["code"], verifier=pending.verifier, nonce=pending.nonce
        )
    except openid.NotBelieved as error:
        raise _failed(provider, error) from error


def _staff_of(provider: Provider, person: openid.Person) -> Staff:
    """Whom the provider vouches for: known by his subject, or by his verified e-mail the first time."""
    known = ProviderAccount.objects.filter(provider=provider, subject=person.subject).select_related("staff")
    account = known.first()
    staff = account.staff if account else None
    if account is None and person.email:
        staff = Staff.objects.filter(email__iexact=person.email).first()
        if staff is None and provider.adds_staff and provider.role and provider.unit:
            staff = _add(provider, provider.role, provider.unit, person)
        if staff is not None and staff.is_active:
            ProviderAccount.objects.create(provider=provider, subject=person.subject, staff=staff)
    if staff is None or not staff.is_active:
        raise UnknownToUs(provider=provider.name)
    return Staff.objects.select_for_update().get(pk=staff.pk)


def _add(provider: Provider, role: Role, unit: Unit, person: openid.Person) -> Staff:
    local = person.email.partition("@")[0]
    wanted = (person.user_name.partition("@")[0] or local)[:40]
    taken = {
        name.lower()
        for name in Staff.objects.filter(user_name__istartswith=wanted).values_list("user_name", flat=True)
    }
    names = (wanted if not number else f"{wanted}{number}" for number in range(len(taken) + 2))
    user_name = next(name for name in names if name.lower() not in taken)
    staff = Staff.objects.create(
        user_name=user_name, name=person.name[:80] or local, unit=unit, email=person.email
    )
    StaffRole.objects.create(staff=staff, role=role)
    by = queries.platform_actor(staff.tenant_id, provider.name)
    record(StaffJoined(user_name=user_name, unit=unit.name), about=staff, by=by)
    return staff


def _client(provider: Provider, back: str) -> openid.Client:
    secret = sealing.unseal(bytes(provider.wrapped), bytes(provider.sealed))
    return openid.Client(provider.client_id, secret, back)


def _failed(provider: Provider, error: openid.NotBelieved) -> ProviderFailed:
    return ProviderFailed(provider=provider.name, reason=error.args[0])
