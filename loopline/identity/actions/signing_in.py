"""Signing in and out, passwords, sessions and tokens."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable, make_password

from loopline.identity import passwords, queries
from loopline.identity.door import TOKEN_PREFIX
from loopline.identity.events import PasswordChanged, SessionEnded, TokenIssued, TokenRevoked
from loopline.identity.models import FormerPassword, Provider, Session, Staff, Step, Token
from loopline.identity.refusals import (
    Locked,
    PasswordsClosed,
    TooManyTries,
    UnknownScope,
    UsedBefore,
    WeakPassword,
    WrongSignIn,
)
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.kernel.events import announce, record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require

LONGEST_LOCK = 24 * 60
"""Minutes beyond which a lock does not grow."""


def sign_in(*, user_name: str, password: str, address: str, agent: str) -> str:
    """Check the password and open a session; returns its key. Failures are counted, recorded and lock.

    The session waits for whatever must come first: the code of the second step, a new password, or the second step
    itself where a role asks for one.

    Where the operator lets people in by its provider only, a password opens nothing but to the emergency administrator.

    Raises WrongSignIn, PasswordsClosed, Locked or TooManyTries; the caller keeps what was written (the failure itself).
    """
    now = clock.now()
    _check_address(address)
    staff = (
        Staff.objects.select_for_update()
        .filter(user_name__iexact=user_name.replace("\0", ""), is_active=True)
        .first()
    )
    rules = queries.sign_in_rules()
    if staff is None or (rules.only_providers and staff.pk != rules.emergency_id):
        make_password(password)  # the same work as for a name that exists
        record_access("sign_in_failed", address, name=user_name[:80])
        raise PasswordsClosed if rules.only_providers else WrongSignIn
    if staff.locked_until and staff.locked_until > now:
        raise Locked(minutes=queries.minutes_until(staff.locked_until))
    if not check_password(password, staff.password):
        count_failure(staff, address)
        raise PasswordsClosed if rules.only_providers else WrongSignIn
    step = next_step(staff, code_given=False)
    if step != Step.CODE:
        forgive(staff)
        record_access("sign_in", address, staff, reason="emergency" if rules.only_providers else "")
    return open_session(staff=staff, step=step, address=address, agent=agent)


def open_session(
    *,
    staff: Staff,
    step: str,
    address: str,
    agent: str,
    provider: Provider | None = None,
    hint: bytes | None = None,
) -> str:
    """Open a session that waits for a step; returns its key."""
    key = secrets.token_urlsafe(32)
    Session.objects.create(
        key_digest=queries.digest(key),
        staff=staff,
        expires_at=clock.now() + timedelta(hours=settings.SESSION_HOURS),
        address=address,
        agent=agent[:200],
        waits_for=step,
        provider=provider,
        sealed_hint=hint,
    )
    return key


def next_step(staff: Staff, *, code_given: bool, with_password: bool = True) -> str:
    """What a sign-in of this person waits for next; nothing is the empty text."""
    has_second = queries.has_second_step(staff)
    if has_second and not code_given:
        return str(Step.CODE)
    if with_password and queries.must_renew_password(staff):
        return str(Step.PASSWORD)
    if not (has_second or code_given) and staff.roles.filter(needs_second_step=True).exists():
        return str(Step.SECOND_STEP)
    return ""


def forgive(staff: Staff) -> None:
    """A sign-in that succeeded clears the failures before it."""
    staff.failures, staff.locks, staff.locked_until = 0, 0, None
    staff.save(update_fields=["failures", "locks", "locked_until"])


def sign_out(*, actor: Actor, key: str) -> None:
    """End a session."""
    Session.objects.filter(key_digest=queries.digest(key)).delete()
    AccessRecord.objects.create(kind="sign_out", staff_id=actor.staff_id, staff_name=actor.name)
    announce("session", staff=actor.staff_id)


def end_sessions(*, actor: Actor, keep: str = "", only: str = "") -> int:
    """End one's own sessions elsewhere: the one with the public id `only`, or all but that of the key `keep`."""
    sessions = Session.objects.filter(staff_id=actor.staff_id)
    if only:
        sessions = sessions.filter(public_id=only)
    if keep:
        sessions = sessions.exclude(key_digest=queries.digest(keep))
    ended, _ = sessions.delete()
    if ended:
        announce("session", staff=actor.staff_id)
        staff = Staff.objects.get(pk=actor.staff_id)
        record(SessionEnded(sessions=ended), about=staff, by=actor)
    return ended


def issue_token(
    *, staff: Staff, label: str, scopes: Sequence[str] = (), expires_at: datetime | None = None
) -> str:
    """A bearer token that carries its tenant; only its digest is kept. `scopes`: see Token. Raises UnknownScope."""
    for scope in scopes:
        if not re.fullmatch(r"(\*|[A-Za-z0-9]+):(read|write|clear)", scope):
            raise UnknownScope(field="scopes", scope=scope)
    token = f"{TOKEN_PREFIX}_{staff.tenant_id}_{secrets.token_urlsafe(32)}"
    Token.objects.create(
        key_digest=queries.digest(token), staff=staff, label=label, scopes=list(scopes), expires_at=expires_at
    )
    return token


def issue_own_token(*, actor: Actor, label: str, days: int | None) -> str:
    """A token for a program of one's own; it may do what its owner may. None: until it is revoked."""
    staff = Staff.objects.get(pk=actor.staff_id)
    expires_at = None if days is None else clock.now() + timedelta(days=days)
    token = issue_token(staff=staff, label=label, expires_at=expires_at)
    record(TokenIssued(label=label), about=staff, by=actor)
    return token


def revoke_own_token(*, actor: Actor, public_id: str) -> None:
    """Make one of one's tokens void. Raises NotFound."""
    token = Token.objects.filter(staff_id=actor.staff_id, public_id=public_id).select_related("staff").first()
    if token is None:
        raise NotFound
    token.delete()
    record(TokenRevoked(label=token.label), about=token.staff, by=actor)


def change_password(*, actor: Actor, old: str, new: str) -> None:
    """Give oneself a new password; every other session of the person ends."""
    staff = Staff.objects.select_for_update().get(pk=actor.staff_id)
    if not check_password(old, staff.password):
        raise WrongSignIn(field="old")
    set_password(staff, new)
    record(PasswordChanged(by_himself=True), about=staff, by=actor)


def reset_password(*, actor: Actor, staff: Staff, new: str) -> None:
    """Give somebody else a new password, which he must change at his next sign-in."""
    require(actor, "administration.staff")
    set_password(staff, new)
    staff.must_change_password, staff.failures, staff.locks, staff.locked_until = True, 0, 0, None
    staff.save(update_fields=["must_change_password", "failures", "locks", "locked_until"])
    record(PasswordChanged(by_himself=False), about=staff, by=actor)


def set_password(staff: Staff, new: str) -> None:
    """Give a password that meets the operator's rules; every session ends. Raises WeakPassword, UsedBefore."""
    rules = queries.sign_in_rules()
    wrong = passwords.faults(new, staff, rules.min_length)
    if wrong:
        raise WeakPassword(field="new", reason=" ".join(wrong))
    _keep_history(staff, new, rules.history)
    staff.password, staff.must_change_password = make_password(new), False
    staff.password_set_at = clock.now()
    staff.save(update_fields=["password", "must_change_password", "password_set_at"])
    Session.objects.filter(staff=staff).delete()
    announce("session", staff=staff.pk)


def _keep_history(staff: Staff, new: str, count: int) -> None:
    """Put the present password to the former ones, of which only so many are kept."""
    former = FormerPassword.objects.filter(staff=staff).order_by("-id")
    hashes = [staff.password, *former.values_list("password", flat=True)][:count]
    if any(is_password_usable(one) and check_password(new, one) for one in hashes):
        raise UsedBefore(field="new", count=count)
    if is_password_usable(staff.password):
        FormerPassword.objects.create(staff=staff, password=staff.password, until=clock.now())
    former.exclude(pk__in=list(former.values_list("pk", flat=True)[:count])).delete()


def count_failure(staff: Staff, address: str) -> None:
    """One failure more; so many lock the name for a while, and each time for longer."""
    rules = queries.sign_in_rules()
    staff.failures += 1
    if staff.failures >= rules.failures_to_lock:
        minutes = min(rules.lock_minutes * 2**staff.locks, LONGEST_LOCK)
        staff.failures, staff.locks = 0, min(staff.locks + 1, 20)
        staff.locked_until = clock.now() + timedelta(minutes=minutes)
    staff.save(update_fields=["failures", "locks", "locked_until"])
    record_access("sign_in_failed", address, staff)


def _check_address(address: str) -> None:
    since = clock.now() - timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    failed = AccessRecord.objects.filter(kind="sign_in_failed", address=address, at__gt=since).count()
    if failed >= settings.SIGN_IN_TRIES_PER_ADDRESS:
        raise TooManyTries


def record_access(
    kind: str, address: str, staff: Staff | None = None, name: str = "", reason: str = ""
) -> None:
    """Write a sign-in or its failure into the audit."""
    AccessRecord.objects.create(
        kind=kind,
        staff_id=staff.pk if staff else 0,
        staff_name=staff.name if staff else name,
        address=address,
        reason=reason,
    )
