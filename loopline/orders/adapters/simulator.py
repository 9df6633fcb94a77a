"""Billing and provisioning that are only played: deterministic, with a memory of their own that survives a crash.

It does what its rules say (`SimulatorRule`): at once, late, twice, never, refused, unreachable. It keeps its own
transactions, as another system would. It plays the customer's telephone as well: where no rule says otherwise, an
eSIM profile is installed once its activation code has been shown.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter
from loopline.orders.models import EsimProfile, SimulatorRequest, SimulatorRule
from loopline.orders.ports import DONE, REFUSED, Answer, Request, Unreachable, adapters
from loopline.orders.rules.activation import ActivationCode
from loopline.orders.rules.decomposition import INSTALL_PROFILE, PREPARE_PROFILE

WITHDRAWN = "withdrawn"
SCANNED = "scanned"
"""Installed when the code has been shown."""

SMDP = "smdp.simulator.example"


class Simulator:
    """The simulated systems of one tenant."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant

    def send(self, request: Request) -> list[Answer]:
        """Note the request and answer as the rules say."""
        with enter(Scope(self._tenant)):
            behaviour, seconds = _behaviour(request)
            if behaviour == "unreachable":
                heard = False
            else:
                heard = True
                row = _noted(request, behaviour, seconds)
                answers = _answers(row)
        if not heard:
            raise Unreachable
        return answers

    def ask(self, key: UUID) -> list[Answer]:
        """What has become of a request."""
        with enter(Scope(self._tenant)):
            row = SimulatorRequest.objects.select_for_update().filter(key=key).first()
            return _answers(row) if row is not None else []


def _noted(request: Request, behaviour: str, seconds: int) -> SimulatorRequest:
    SimulatorRequest.objects.bulk_create(
        [
            SimulatorRequest(
                key=request.key,
                operation=request.operation,
                subject=request.subject,
                payload=dict(request.payload),
                undoes=request.undoes,
                behaviour=behaviour,
                ready_at=clock.now() + timedelta(seconds=seconds),
                received=0,
            )
        ],
        ignore_conflicts=True,
    )
    row = SimulatorRequest.objects.select_for_update().get(key=request.key)
    row.received += 1
    row.behaviour = (
        behaviour if row.behaviour == "never" and behaviour in ("done", SCANNED) else row.behaviour
    )
    row.save(update_fields=["received", "behaviour"])
    return row


def _answers(row: SimulatorRequest) -> list[Answer]:
    if not row.outcome:
        _decide(row, clock.now())
    if not row.outcome or row.behaviour == "never":
        return []
    outcome = DONE if row.outcome == DONE else REFUSED
    reason = {REFUSED: "refused by the network", WITHDRAWN: "withdrawn before"}.get(row.outcome, "")
    answer = Answer(row.key, outcome, reason, _told(row) if outcome == DONE else {})
    return [answer, answer] if row.behaviour == "twice" else [answer]


def _told(row: SimulatorRequest) -> dict[str, str]:
    """What the work brought forth; the same however often it is asked for."""
    if row.operation != PREPARE_PROFILE:
        return {}
    return {"activation_code": ActivationCode(SMDP, str(row.key).upper()).text}


def _decide(row: SimulatorRequest, now: datetime) -> None:
    """Do the work when its time has come. What never answers has done its work all the same."""
    if row.behaviour == "late" and row.ready_at > now:
        return
    if row.behaviour == SCANNED and not _is_shown(row):
        return
    row.outcome = REFUSED if row.behaviour == "refused" else DONE
    if row.undoes is not None and row.outcome == DONE:
        _take_back(row, row.undoes)
    if row.outcome == DONE:
        row.performed += 1
    row.save(update_fields=["outcome", "performed"])


def _take_back(undo: SimulatorRequest, key: UUID) -> None:
    """The earlier request counts no more, and if it comes later it is not done any more."""
    SimulatorRequest.objects.bulk_create(
        [
            SimulatorRequest(
                key=key,
                operation=undo.operation.removeprefix("undo_"),
                subject=undo.subject,
                behaviour="done",
                outcome=WITHDRAWN,
                ready_at=undo.ready_at,
                received=0,
            )
        ],
        ignore_conflicts=True,
    )
    earlier = SimulatorRequest.objects.select_for_update().get(key=key)
    if earlier.outcome in ("", DONE):
        earlier.outcome = WITHDRAWN
        earlier.save(update_fields=["outcome"])


def _is_shown(row: SimulatorRequest) -> bool:
    profiles = EsimProfile.objects.filter(iccid=row.payload.get("iccid", ""), shown__gt=0)
    return profiles.exclude(sealed=None).exists()


def _behaviour(request: Request) -> tuple[str, int]:
    """The first rule that fits, counted down; without one the work is done at once."""
    rules = SimulatorRule.objects.select_for_update().filter(Q(operation="") | Q(operation=request.operation))
    for rule in rules.order_by("id"):
        if request.subject.endswith(rule.ending) and rule.times >= 0:
            if rule.times > 0:
                rule.times = rule.times - 1 or -1
                rule.save(update_fields=["times"])
            return rule.behaviour, rule.seconds
    return (SCANNED if request.operation == INSTALL_PROFILE else "done"), 0


adapters.add("simulator", Simulator)
