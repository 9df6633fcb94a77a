"""Background work of mining, where the worker looks for it."""

from loopline.mining.scoring import score_everybody
from loopline.mining.training import train_model

__all__ = ["score_everybody", "train_model"]
