"""The door of this module for other modules."""

from loopline.kpi.queries import Report, effect_of
from loopline.kpi.rules import ArmCounts, Measured, Terms, measure

__all__ = ["ArmCounts", "Measured", "Report", "Terms", "effect_of", "measure"]
