"""What mining does in the background. Asking for it brings in none of the libraries that doing it needs."""

from importlib import import_module

from loopline.kernel.jobs import job


@job(name="mining.train", long=True, one_at_a_time=True)
def train_model(tenant: int, run: int) -> None:
    """Train a run that was asked for. Does nothing when that is done already."""
    import_module("loopline.mining.training").train_now(tenant, run)


@job(name="mining.score", long=True, one_at_a_time=True)
def score_everybody(tenant: int, run: int) -> None:
    """Score with a run for which that was asked. Does nothing when that is done already."""
    import_module("loopline.mining.scoring").score_now(tenant, run)


@job(name="mining.evaluate", long=True)
def evaluate_table(tenant: int, run: int) -> None:
    """Judge a table. Does nothing when that is done; a killed one is done again."""
    import_module("loopline.mining.trying").evaluate_now(tenant, run)
