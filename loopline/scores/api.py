"""The door of this module for other modules."""

from loopline.scores.actions import write_scores
from loopline.scores.queries import (
    HIGH,
    LOW,
    Cell,
    audience_of_cell,
    cells,
    scores_of,
    top_scores,
)

__all__ = ["HIGH", "LOW", "Cell", "audience_of_cell", "cells", "scores_of", "top_scores", "write_scores"]
