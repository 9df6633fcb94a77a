"""Background work of mining, where the worker looks for it."""

from loopline.mining.scoring import score_everybody
from loopline.mining.training import train_model
from loopline.mining.trying import evaluate_table

__all__ = ["evaluate_table", "score_everybody", "train_model"]
