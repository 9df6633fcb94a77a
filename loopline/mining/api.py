"""The door of this module. `train_now` and `score_now` open their own doors; all else is called inside one."""

from loopline.mining.actions import score, train
from loopline.mining.capacity import threads
from loopline.mining.models import HISTORY, Run, Status
from loopline.mining.queries import error_of, find_run, learnable_imports, runs
from loopline.mining.rules.evaluation import Evaluation
from loopline.mining.rules.protocol import evaluate
from loopline.mining.scoring import score_now
from loopline.mining.training import train_now
from loopline.mining.trying import bring_table, judge_table
from loopline.mining.usage.building import usage_table

__all__ = [
    "HISTORY",
    "Evaluation",
    "Run",
    "Status",
    "bring_table",
    "error_of",
    "evaluate",
    "find_run",
    "judge_table",
    "learnable_imports",
    "runs",
    "score",
    "score_now",
    "threads",
    "train",
    "train_now",
    "usage_table",
]
