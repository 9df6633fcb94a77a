"""The profile of an eSIM: prepared outside, its activation code shown on purpose, installed by the telephone."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from loopline.kernel import sealing
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require
from loopline.orders.events import ActivationCodeShown, ProfileInstalled
from loopline.orders.models import EsimProfile, Step
from loopline.orders.rules import activation, decomposition

ON_SCREEN, ON_PAPER, TO_A_PROGRAM = "screen", "paper", "program"


class CodeSpent(Conflict):
    """A code is good for one installation."""

    code = "activation_code_spent"
    sentence = _("This activation code is spent; a lost eSIM is replaced by a change of SIM.")


def show_activation_code(
    *, actor: Actor, item: UUID, now: datetime, reason: str = "", how: str = ON_SCREEN, address: str = ""
) -> tuple[EsimProfile, activation.ActivationCode]:
    """The code in clear, written into the audit. Whoever wants it again says why. Raises CodeSpent, Invalid."""
    require(actor, "orders.accept")
    rows = EsimProfile.objects.select_for_update(of=("self",)).select_related(
        "item__order__customer", "item__offering"
    )
    profile = rows.filter(item__public_id=item).first()
    if profile is None:
        raise NotFound
    if profile.sealed is None or profile.item.leaving:
        raise CodeSpent
    again, told = profile.shown > 0, reason.strip()[:200]
    if again and not told:
        raise Invalid(
            field="reason", reason=_("The code was shown before: please say why it is needed again.")
        )
    code = activation.read(sealing.unseal(bytes(profile.wrapped), bytes(profile.sealed)))
    if code is None:
        raise CodeSpent
    profile.shown, profile.shown_at, profile.shown_by = profile.shown + 1, now, actor.name
    profile.save(update_fields=["shown", "shown_at", "shown_by"])
    record(
        ActivationCodeShown(position=profile.item.position, how=how, again=again, reason=told),
        about=profile.item.order,
        by=actor,
    )
    AccessRecord.objects.create(
        kind="reveal",
        staff_id=actor.staff_id,
        staff_name=actor.name,
        customer_id=profile.customer_id,
        field="activation_code",
        reason=told,
        address=address,
    )
    return profile, code


def note_done(actor: Actor, step: Step, told: Mapping[str, str], now: datetime) -> bool:
    """Keep the code that a prepared profile came with; wipe it once it is installed. False: there is no sound code."""
    if step.name == decomposition.PREPARE_PROFILE:
        code = activation.read(told.get("activation_code", ""))
        if code is None:
            return False
        _keep(step, code, now)
    elif step.name == decomposition.INSTALL_PROFILE:
        EsimProfile.objects.filter(item=step.item_id).update(sealed=None, installed_at=now)
        record(ProfileInstalled(position=step.item.position), about=step.item.order, by=actor)
    return True


def note_undone(step: Step) -> None:
    """A profile that was taken back can no longer be fetched."""
    if step.name == decomposition.PREPARE_PROFILE:
        EsimProfile.objects.filter(item=step.item_id).update(sealed=None)


def _keep(step: Step, code: activation.ActivationCode, now: datetime) -> None:
    wrapped = sealing.new_wrapped_key()
    EsimProfile.objects.create(
        item=step.item,
        customer_id=step.customer_id,
        branch_id=step.branch_id,
        iccid=step.item.iccid,
        wrapped=wrapped,
        sealed=sealing.seal(wrapped, code.text),
        prepared_at=now,
    )
