"""How what a customer asks for is taken apart into steps.

Steps of an item are done one after another; when one fails, those before it are taken back in reverse order.
A step is done inside (our own records) or outside, through the port to billing and provisioning.
"""

from collections.abc import Mapping
from dataclasses import dataclass

OPEN, PORT_IN, CHANGE_PLAN, MOVE = "open", "port_in", "change_plan", "move"
SUSPEND, RESUME, CHANGE_NUMBER, PORT_OUT = "suspend", "resume", "change_number", "port_out"
ADD_SERVICE, REMOVE_SERVICE, SIM_SWAP, CLOSE = "add_service", "remove_service", "sim_swap", "close"
SHARE, UNSHARE = "share", "unshare"

KINDS = (
    OPEN, PORT_IN, CHANGE_PLAN, MOVE, SUSPEND, RESUME, CHANGE_NUMBER, PORT_OUT, ADD_SERVICE, REMOVE_SERVICE,
    SIM_SWAP, SHARE, UNSHARE, CLOSE,
)  # fmt: skip
NEW = (OPEN, PORT_IN)
"""The kinds that make a subscription; all others change one."""

GIVING_UP = (SUSPEND, PORT_OUT, REMOVE_SERVICE, CLOSE)
"""The kinds that leave a customer with less: open to those, too, who are not to be served."""

WITH_PLAN = (OPEN, PORT_IN, CHANGE_PLAN)
WITH_OFFERING = (*WITH_PLAN, ADD_SERVICE, REMOVE_SERVICE)
WITH_NUMBER = (OPEN, PORT_IN, CHANGE_NUMBER)
SHARED = (ADD_SERVICE, REMOVE_SERVICE)
"""The kinds of which several may be under way for one subscription."""

NUMBERED = ("mobile", "fixed")
"""Services that have a telephone number."""

INSTALMENT_MONTHS = (0, 6, 12, 18, 24, 36)
"""For how many months a device that comes with a plan may be paid; 0: at once."""

ACTIONS: Mapping[str, str] = {
    OPEN: "add", PORT_IN: "add", ADD_SERVICE: "add",
    CLOSE: "delete", PORT_OUT: "delete", REMOVE_SERVICE: "delete",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """A step: `outside` goes through the port; `undo` can be taken back."""

    name: str
    outside: bool = False
    undo: bool = True


def _in(name: str, *, undo: bool = True) -> Planned:
    return Planned(name, outside=False, undo=undo)


def _out(name: str) -> Planned:
    return Planned(name, outside=True)


PREPARE_PROFILE, INSTALL_PROFILE = "prepare_profile", "install_profile"
_PROFILE = (_out(PREPARE_PROFILE), _out(INSTALL_PROFILE))
"""What an eSIM needs before the network: its profile waits to be downloaded, and the telephone installs it."""

_WAYS: Mapping[str, list[Planned]] = {
    OPEN: [
        _in("keep_number"), _in("keep_sim"), _in("create_line"), *_PROFILE, _out("activate_line"),
        _out("open_billing"), _in("put_in_use", undo=False),
    ],
    PORT_IN: [
        _in("adopt_number"), _in("keep_sim"), _in("create_line"), *_PROFILE, _out("request_port_in"),
        _out("activate_line"), _out("open_billing"), _in("put_in_use", undo=False),
    ],
    CHANGE_PLAN: [_out("change_line_plan"), _out("change_billing_plan"), _in("apply_plan", undo=False)],
    MOVE: [_out("connect_new_site"), _out("disconnect_old_site"), _in("apply_site", undo=False)],
    SUSPEND: [_out("bar_line"), _in("apply_suspension", undo=False)],
    RESUME: [_out("unbar_line"), _in("apply_resumption", undo=False)],
    CHANGE_NUMBER: [
        _in("keep_number"), _out("change_line_number"), _out("change_billing_number"),
        _in("apply_number", undo=False),
    ],
    PORT_OUT: [
        _out("release_port_out"), _out("deactivate_line"), _out("close_billing"), _in("apply_port_out", undo=False),
    ],
    ADD_SERVICE: [_out("activate_service"), _out("bill_service"), _in("apply_service", undo=False)],
    REMOVE_SERVICE: [_out("deactivate_service"), _out("unbill_service"), _in("apply_removal", undo=False)],
    SIM_SWAP: [_in("keep_sim"), *_PROFILE, _out("swap_line_sim"), _in("apply_sim", undo=False)],
    SHARE: [_out("share_allowance"), _in("apply_sharing", undo=False)],
    UNSHARE: [_out("unshare_allowance"), _in("end_sharing", undo=False)],
    CLOSE: [_out("deactivate_line"), _out("close_billing"), _in("apply_closure", undo=False)],
}  # fmt: skip

AT_ONCE = ("keep_number", "adopt_number", "keep_sim")
"""Steps that are done as the order is accepted, so that nobody else sells the number meanwhile."""

NAMES = sorted({step.name for way in _WAYS.values() for step in way})


def steps_of(kind: str, service: str, *, esim: bool = False) -> list[Planned]:
    """The steps of an item, in order. Lines without a number keep none, and only mobile ones a SIM or an eSIM."""
    left_out = set[str]()
    if service not in NUMBERED:
        left_out |= {"keep_number", "adopt_number"}
    if service != "mobile":
        left_out.add("keep_sim")
    if service != "mobile" or not esim:
        left_out |= {PREPARE_PROFILE, INSTALL_PROFILE}
    return [step for step in _WAYS[kind] if step.name not in left_out]
