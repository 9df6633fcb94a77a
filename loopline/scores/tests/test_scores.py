"""Scores come in for thousands at once and are read as a matrix, an audience and a customer's own."""

from datetime import date
from decimal import Decimal

import pytest

from loopline.customers import api as customers
from loopline.kernel.errors import NotAllowed
from loopline.scores import api as scores
from loopline.scores.models import Score
from loopline.subscriptions import api as subscriptions

REASONS = '[{"topic": "contract", "text": {"en": "The contract ends soon.", "zh-hans": "合约即将到期。"}}]'


def _lines(operator, count: int = 4, state: list[str] | None = None) -> list[int]:
    branches = [operator.units["north-1"], operator.units["north-2"]] * (count // 2)
    who = customers.write_customers({"branch_id": branches, "name": ["王伟"] * count}, source="t")
    lines = {"customer_id": who.customer_ids, "account_id": who.account_ids, "branch_id": branches}
    return subscriptions.write_subscriptions(lines | {"state": state or ["active"] * count}, source="t").ids


def _write(ids: list[int], run: int = 1) -> int:
    columns = {
        "subscription_id": ids,
        "risk": [0.9, 0.8, 0.2, 0.1],
        "risk_class": ["high", "high", "low", "low"],
        "value": [Decimal("100.00"), Decimal("10.50"), Decimal("80.00"), Decimal("5.00")],
        "value_class": ["high", "low", "high", "low"],
        "reasons": [REASONS, "[]", "[]", "[]"],
    }
    return scores.write_scores(columns, model_run_id=run, as_of=date(2026, 3, 31))


def test_a_second_run_replaces_the_scores_of_the_first(operator):
    with operator.door():
        ids = _lines(operator)
        assert (_write(ids), _write(ids, run=2)) == (4, 4)
        assert list(Score.objects.values_list("model_run_id", flat=True)) == [2, 2, 2, 2]
        assert Score.objects.get(subscription=ids[0]).reasons[0]["text"]["zh-hans"] == "合约即将到期。"


def test_the_matrix_counts_what_one_may_see_and_leaves_out_who_has_left(operator):
    with operator.door():
        _write(_lines(operator, state=["active", "active", "active", "terminated"]))
    with operator.door("marketer") as marketer:
        assert [
            (c.value_class, c.risk_class, c.subscriptions, c.value, c.value_at_risk)
            for c in scores.cells(marketer)
        ] == [
            ("high", "high", 1, Decimal("100.00"), Decimal("90.0")),
            ("high", "low", 1, Decimal("80.00"), Decimal("16.0")),
            ("low", "high", 1, Decimal("10.50"), Decimal("8.4")),
            ("low", "low", 0, Decimal(0), Decimal(0)),
        ]
    with operator.door("southerner") as elsewhere:
        assert sum(cell.subscriptions for cell in scores.cells(elsewhere)) == 0


def test_an_audience_is_the_cell_riskiest_first(operator):
    with operator.door():
        ids = _lines(operator)
        _write(ids)
    with operator.door("marketer") as marketer:
        high = scores.audience_of_cell(marketer, risk_class="high")
        assert list(high.values_list("subscription_id", flat=True)) == ids[:2]
    with operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        scores.audience_of_cell(clerk)
