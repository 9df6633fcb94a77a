"""The second step of signing in: a code from a device of one's own (RFC 6238), and spare codes for when it is lost."""

import secrets
from dataclasses import dataclass

import pyotp

from loopline.identity import queries
from loopline.identity.actions.signing_in import count_failure, forgive, next_step, record_access
from loopline.identity.events import SecondStepRemoved, SecondStepSet
from loopline.identity.models import SecondStep, Session, Staff, Step
from loopline.identity.refusals import Locked, WrongCode
from loopline.kernel import clock, sealing
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require

PERIOD = 30
"""Seconds that a code is shown."""
DRIFT = 1
"""Steps that a device's clock may be fast or slow."""
SPARE_CODES = 10


@dataclass(frozen=True, slots=True)
class Offer:
    """What a device needs to make codes; the address is what its camera reads."""

    secret: str
    address: str


def offer_second_step(*, actor: Actor) -> Offer:
    """The secret to set up; the same until it is confirmed, so that a page may be loaded again."""
    staff = Staff.objects.select_for_update().get(pk=actor.staff_id)
    kept = SecondStep.objects.filter(staff=staff).first()
    if kept is None:
        wrapped = sealing.new_wrapped_key()
        kept = SecondStep.objects.create(
            staff=staff, wrapped=wrapped, sealed=sealing.seal(wrapped, pyotp.random_base32())
        )
    secret = sealing.unseal(bytes(kept.wrapped), bytes(kept.sealed))
    name = f"{staff.user_name}@{actor.operator_code}"
    return Offer(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Loopline"))


def confirm_second_step(*, actor: Actor, code: str) -> list[str]:
    """Set the second step up, proved by a first code. Returns the spare codes, which are shown only now.

    Raises WrongCode.
    """
    kept = SecondStep.objects.select_for_update().filter(staff_id=actor.staff_id, confirmed_at=None).first()
    if kept is None or not _uses_code(kept, code):
        raise WrongCode(field="code")
    spare = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _ in range(SPARE_CODES)]
    kept.confirmed_at, kept.spare_codes = clock.now(), [queries.digest(one).hex() for one in spare]
    kept.save(update_fields=["confirmed_at", "spare_codes"])
    staff = Staff.objects.get(pk=actor.staff_id)
    record(SecondStepSet(), about=staff, by=actor)
    return spare


def give_code(*, session: Session, code: str, address: str) -> None:
    """The second step of a sign-in. Failures count as those of the password do.

    Raises WrongCode or Locked; the caller keeps what was written (the failure itself).
    """
    staff = Staff.objects.select_for_update().get(pk=session.staff_id)
    if staff.locked_until and staff.locked_until > clock.now():
        raise Locked(minutes=queries.minutes_until(staff.locked_until))
    kept = SecondStep.objects.select_for_update().get(staff=staff)
    if not (_uses_code(kept, code) or _uses_spare(kept, code)):
        count_failure(staff, address)
        raise WrongCode(field="code")
    forgive(staff)
    record_access("sign_in", address, staff)
    session.waits_for = next_step(staff, code_given=True, with_password=session.provider_id is None)
    session.save(update_fields=["waits_for"])


def admit_session(*, actor: Actor, key: str) -> None:
    """A session that waited for the second step to be set up waits no longer."""
    Session.objects.filter(
        staff_id=actor.staff_id, key_digest=queries.digest(key), waits_for=Step.SECOND_STEP
    ).update(waits_for="")


def remove_second_step(*, actor: Actor, staff: Staff) -> None:
    """Take the second step away: one's own, or somebody's who has lost his device."""
    if staff.pk != actor.staff_id:
        require(actor, "administration.staff")
    gone, _ = SecondStep.objects.filter(staff=staff).delete()
    if gone:
        record(SecondStepRemoved(by_himself=staff.pk == actor.staff_id), about=staff, by=actor)


def _uses_code(kept: SecondStep, code: str) -> bool:
    """Whether the code is one of now or of a step beside it, later than the last that was used."""
    secret = sealing.unseal(bytes(kept.wrapped), bytes(kept.sealed))
    totp, now = pyotp.TOTP(secret, interval=PERIOD), int(clock.now().timestamp()) // PERIOD
    given = "".join(code.split()).encode()
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > kept.last_used and secrets.compare_digest(totp.at(step * PERIOD).encode(), given):
            kept.last_used = step
            kept.save(update_fields=["last_used"])
            return True
    return False


def _uses_spare(kept: SecondStep, code: str) -> bool:
    mark = queries.digest(code.strip().lower()).hex()
    if mark not in kept.spare_codes:
        return False
    kept.spare_codes = [other for other in kept.spare_codes if other != mark]
    kept.save(update_fields=["spare_codes"])
    return True
