"""The door of this module for other modules."""

from loopline.demo.ctk import Ready, found_ctk
from loopline.demo.founding import CODE, PASSWORD, SIGN_INS, SignIn
from loopline.demo.loading import NoSuchSize, NotADemo, Summary, load
from loopline.demo.planted import expected_effect, leavers, true_hazard, worlds
from loopline.demo.status import Status, here, status, today
from loopline.demo.ticking import NoSuchDemo, Passed, StillLoading, folder_of, tick
from loopline.demo.usage import Used, bring_usage

__all__ = [
    "CODE",
    "PASSWORD",
    "SIGN_INS",
    "NoSuchDemo",
    "NoSuchSize",
    "NotADemo",
    "Passed",
    "Ready",
    "SignIn",
    "Status",
    "StillLoading",
    "Summary",
    "Used",
    "bring_usage",
    "expected_effect",
    "folder_of",
    "found_ctk",
    "here",
    "leavers",
    "load",
    "status",
    "tick",
    "today",
    "true_hazard",
    "worlds",
]
