"""The door of this module for other modules."""

from loopline.kpi.actions.answering import NothingSaid, answer, take_back
from loopline.kpi.actions.defining import drop as drop_definition
from loopline.kpi.actions.defining import save_indicator, set_target, set_threshold, take_back_change
from loopline.kpi.actions.founding import set_up
from loopline.kpi.actions.watch import watch
from loopline.kpi.actions.weighing import set_perspective_weights, set_work_weights
from loopline.kpi.models import Breach, BreachStep, Indicator, IndicatorValue, StepKind, Target, Threshold
from loopline.kpi.queries.effect import Report, effect_of
from loopline.kpi.rules.effect import ArmCounts, Measured, Terms, measure

__all__ = [
    "ArmCounts",
    "Breach",
    "BreachStep",
    "Indicator",
    "IndicatorValue",
    "Measured",
    "NothingSaid",
    "Report",
    "StepKind",
    "Target",
    "Terms",
    "Threshold",
    "answer",
    "drop_definition",
    "effect_of",
    "measure",
    "save_indicator",
    "set_perspective_weights",
    "set_target",
    "set_threshold",
    "set_up",
    "set_work_weights",
    "take_back",
    "take_back_change",
    "watch",
]
