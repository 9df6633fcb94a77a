"""The whole way on the simulated operator of 20,000 customers: as good as the planted truth allows, for its causes."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from loopline.demo import api as demo
from loopline.kernel.period import add_months
from loopline.kernel.scope import Scope, enter
from loopline.mining import api as mining
from loopline.mining.catalogue import TOPIC_OF
from loopline.mining.features import Cutoff, labelled
from loopline.mining.rules.figures import auc
from loopline.mining.rules.fitting import FittedModel
from loopline.mining.rules.reasons import explain
from loopline.mining.tests.ground import Past, simulated
from loopline.mining.wording import history_reasons
from loopline.warehouse import api as warehouse

pytestmark = pytest.mark.slow

TOPIC_OF_CAUSE = {
    "bill_shock": "bill",
    "poor_network": "network",
    "unresolved_complaint": "complaint",
    "contract_ended": "contract",
    "competitor_pull": "competitor",
    "falling_usage": "usage",
}


@pytest.fixture(scope="module")
def past(database: object) -> Past:
    """20,000 customers, brought through PostgreSQL and the warehouse like any others."""
    return simulated(20_000)


@pytest.fixture(scope="module")
def run(past: Past) -> mining.Run:
    """The model, trained and with everybody scored."""
    key = past.asked()
    mining.train_now(past.tenant, key)
    past.to_score(key)
    mining.score_now(past.tenant, key)
    return past.run(key)


@pytest.fixture(scope="module")
def judged(past: Past, run: mining.Run) -> pd.DataFrame:
    """Everybody at the cut-off on which the model was judged: features, risk, reasons, and the truth."""
    month = date.fromisoformat(run.cutoffs["judge"])
    with warehouse.ibis_reader(past.tenant, snapshot=run.snapshot) as lake:
        rows = lake.to_pandas(labelled(lake, Cutoff(month, "Asia/Shanghai"), 0))
    model = FittedModel.from_bytes(bytes(run.model or b""))
    contributions = explain(model, rows)
    rows = rows.assign(risk=model.predict(rows), reasons=history_reasons(contributions))
    truth = demo.true_hazard(past.tenant, month)
    return rows.merge(truth, on="customer_id", how="inner")


def test_auc_is_what_the_truth_allows(judged: pd.DataFrame) -> None:
    """The truth ranks the same customers over the same window; nobody can rank them better but by luck."""
    people = judged.groupby("customer_id").agg(
        risk=("risk", "max"), left=("left", "max"), chance=("chance", "max")
    )
    left = people["left"].to_numpy(np.int8)
    allowed, reached = auc(left, people["chance"].to_numpy()), auc(left, people["risk"].to_numpy())
    assert 0.80 <= allowed <= 0.86
    assert reached >= allowed - 0.03


def test_named_causes_are_among_the_reasons(judged: pd.DataFrame) -> None:
    """Of those who left and had a planted cause, nineteen in twenty have its topic among their three reasons."""
    left = judged[(judged["left"] == 1) & judged["cause"].isin(TOPIC_OF_CAUSE)]
    assert len(left) > 500
    hit = [
        f'"topic": "{TOPIC_OF_CAUSE[cause]}"' in reasons
        for cause, reasons in zip(left["cause"], left["reasons"], strict=True)
    ]
    shares = pd.Series(hit, index=left["cause"]).groupby(level=0).mean()
    assert np.mean(hit) >= 0.92
    assert (shares >= 0.80).all(), shares.to_dict()
    assert set(TOPIC_OF_CAUSE.values()) <= set(TOPIC_OF.values())


def test_probabilities_are_calibrated(run: mining.Run) -> None:
    table = run.plots["calibration_table"]
    assert abs(np.mean([row["forecast"] - row["observed"] for row in table])) < 0.01
    assert sum(row["low"] <= row["forecast"] <= row["high"] for row in table) >= 7


def test_high_risk_leaves_more(past: Past, run: mining.Run) -> None:
    """Scores of today, laid beside the truth of the month that follows."""
    as_of = date.fromisoformat(run.parameters["as_of"]).replace(day=1)
    assert as_of == add_months(date.fromisoformat(run.cutoffs["judge"]), 2)
    truth = demo.true_hazard(past.tenant, as_of).set_index("customer_id")["chance"]
    scores = past.scores().values()
    classes = pd.DataFrame(
        {"risk": [row.risk_class for row in scores], "who": [row.customer_id for row in scores]}
    )
    chance = classes.assign(chance=classes["who"].map(truth)).groupby("risk")["chance"].mean()
    assert chance["high"] > 4 * chance["low"]
    with enter(Scope(past.tenant)):
        assert mining.Run.objects.get(pk=run.pk).scored == len(scores)
