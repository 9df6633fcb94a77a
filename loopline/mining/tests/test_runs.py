"""A model from the history of a simulated operator: trained, carded, scored; killed and taken up again."""

from decimal import Decimal

import numpy as np
import pytest

from loopline.kernel.models import Event
from loopline.kernel.scope import Scope, enter
from loopline.mining import api as mining
from loopline.mining import scoring
from loopline.mining.refusals import AtWork, NotTrained
from loopline.mining.tests.ground import Past, killed, simulated
from loopline.subscriptions.models import LEFT


@pytest.fixture(scope="module")
def past(database: object) -> Past:
    """One simulated operator for the module."""
    return simulated(1200)


@pytest.fixture(scope="module")
def trained(past: Past) -> int:
    """A model whose training was killed in the middle and done again."""
    run = past.asked()
    broken = killed("train", past.tenant, run, when=lambda row: row.progress.get("done", 0) >= 4)
    assert (broken.status, broken.figures, broken.model) == ("training", {}, None)
    mining.train_now(past.tenant, run)
    again = past.run(run)
    assert again.snapshot == broken.snapshot
    return run


def test_a_killed_training_is_done_again_on_the_same_data(past: Past, trained: int) -> None:
    run = past.run(trained)
    assert run.status == "trained"
    assert run.cutoffs["learn"] == sorted(run.cutoffs["learn"])
    assert max(run.cutoffs["learn"]) < run.cutoffs["judge"] < run.cutoffs["last"]
    assert run.figures["auc_low"] < run.figures["auc"] < run.figures["auc_high"]
    assert run.figures["lift10_low"] < run.figures["lift10"] < run.figures["lift10_high"]
    assert set(run.figures["candidates"]) == {"logistic", "lightgbm_shallow", "lightgbm_deep", "average"}
    assert run.code_version.startswith("0.1")
    with enter(Scope(past.tenant)):
        events = Event.objects.filter(name="mining.model_trained", about_id=trained)
        assert [event.payload["auc"] for event in events] == [round(run.figures["auc"], 4)]


def test_training_twice_gives_the_same_model(past: Past, trained: int) -> None:
    first, other = past.run(trained), past.asked()
    with enter(Scope(past.tenant)):
        mining.Run.objects.filter(pk=other).update(snapshot=first.snapshot)
    mining.train_now(past.tenant, other)
    second = past.run(other)
    assert second.figures == first.figures
    assert bytes(second.model or b"") == bytes(first.model or b"")
    mining.train_now(past.tenant, other)
    with enter(Scope(past.tenant)):
        assert Event.objects.filter(name="mining.model_trained", about_id=other).count() == 1


def test_a_killed_scoring_goes_on_where_it_was(
    past: Past, trained: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "BATCH", 100)
    past.to_score(trained)
    broken = killed("score", past.tenant, trained, when=lambda row: row.progress.get("next", 0) >= 1)
    assert broken.status == "scoring"
    half = past.scores()
    assert 0 < len(half) < broken.progress["total"]
    assert broken.scored == len(half)
    moments = {key: row.scored_at for key, row in half.items()}

    mining.score_now(past.tenant, trained)
    run, scores = past.run(trained), past.scores()
    assert (run.status, run.scored, run.progress) == ("scored", broken.progress["total"], {})
    assert len(scores) == run.scored
    assert {key: scores[key].scored_at for key in moments} == moments, "a batch was written twice"
    mining.score_now(past.tenant, trained)
    with enter(Scope(past.tenant)):
        events = Event.objects.filter(name="mining.scores_written", about_id=trained)
        assert [event.payload["scored"] for event in events] == [run.scored]


def test_scores_have_classes_values_and_reasons(past: Past, trained: int) -> None:
    if past.run(trained).status != "scored":
        past.to_score(trained)
        mining.score_now(past.tenant, trained)
    run, scores = past.run(trained), past.scores()
    assert not any(row.subscription.state in LEFT for row in scores.values())
    high = [row for row in scores.values() if row.risk_class == "high"]
    assert 0.08 <= len(high) / len(scores) <= 0.12
    assert min(row.risk for row in high) == pytest.approx(run.parameters["risk_threshold"])
    assert (
        max(row.risk for row in scores.values() if row.risk_class == "low") < run.parameters["risk_threshold"]
    )
    # Equal values stay together: many pay the same fee, so the fifth is met as nearly as they allow.
    dear = [float(row.value) for row in scores.values() if row.value_class == "high"]
    border = scoring.threshold(np.array([float(row.value) for row in scores.values()]), scoring.VALUE_SHARE)
    assert min(dear) == border == run.parameters["value_threshold"]
    assert 0.1 <= len(dear) / len(scores) <= 0.3
    assert all(row.value == row.value.quantize(Decimal("0.01")) for row in high)
    assert all(len(row.reasons) <= 3 for row in scores.values())
    assert all(row.reasons for row in high)
    texts = [reason["text"] for row in high for reason in row.reasons]
    assert all(text["en"] != text["zh-hans"] for text in texts)


def test_what_cannot_be_is_refused(past: Past, trained: int) -> None:
    waiting = past.asked()
    with enter(Scope(past.tenant)):
        actor = past.actor()
        with pytest.raises(AtWork):
            mining.score(actor, mining.Run.objects.get(pk=waiting))
        failed = mining.Run.objects.create(status="failed", population="history")
        with pytest.raises(NotTrained):
            mining.score(actor, failed)
