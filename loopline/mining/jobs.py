"""Background work of mining, where the worker looks for it."""

from loopline.mining.asking import evaluate_table, score_everybody, train_model

__all__ = ["evaluate_table", "score_everybody", "train_model"]
