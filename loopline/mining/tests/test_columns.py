"""What is read from the columns of a file that a person brings."""

import numpy as np
import pandas as pd
import pytest

from loopline.mining.rules.columns import as_days, as_number, kind_of, read_kinds, tidy, without_blanks
from loopline.mining.rules.refusals import TargetNotTwoValued
from loopline.mining.rules.target import read_target


def column(*values: object, name: str = "c") -> "pd.Series[str]":
    return pd.Series(list(values), name=name, dtype="object")


def test_blank_strings_are_missing() -> None:
    assert without_blanks(column("", "  ", "N/A", "?", "no", None)).isna().tolist() == [True] * 4 + [
        False,
        True,
    ]


def test_numbers_hidden_in_text_are_found() -> None:
    written = column(" 29.85", "1,234.5", "¥12", "45%", "１２", "-3", "1e3", "twelve", "")
    read = as_number(without_blanks(written)).tolist()
    assert read[:7] == [29.85, 1234.5, 12.0, 45.0, 12.0, -3.0, 1000.0]
    assert np.isnan(read[7]) and np.isnan(read[8])


def test_dates_are_found_in_text_and_in_numbers() -> None:
    assert as_days(column("1970-01-02", "1970/1/3", "1970年1月4日", "197001", "19700102")).tolist() == [
        1,
        2,
        3,
        0,
        1,
    ]
    assert kind_of(column("2024-01-31", "2024-02-29")) == "date"
    assert kind_of(pd.Series([202401, 202402], name="账期")) == "date"
    assert kind_of(pd.Series([202401, 202402], name="bytes")) == "number"
    assert kind_of(without_blanks(column("12", "13.5", ""))) == "number"
    assert kind_of(column("DSL", "Fibre", "12")) == "category"


def test_identifiers_and_constants_are_left_out_and_said() -> None:
    rows = 400
    chance = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "customerID": [f"{i:04d}-VHVEG" for i in range(rows)],
            "row": np.arange(rows),
            "手机号码": chance.permutation(np.arange(13_800_000_000, 13_800_000_000 + 7 * rows, 7)),
            "country": ["CN"] * rows,
            "bytes": np.exp(chance.normal(20, 2, rows)).astype(np.int64),
            "tenure": chance.integers(0, 72, rows),
            "minutes": chance.normal(200, 50, rows),
            "Churn": ["Yes", "No"] * (rows // 2),
        }
    )
    kinds, left_out = read_kinds(frame, {"Churn": "target"})
    assert list(kinds) == ["bytes", "tenure", "minutes"]
    assert [(one.column, one.why) for one in left_out] == [
        ("customerID", "identifier"),
        ("row", "identifier"),
        ("手机号码", "identifier"),
        ("country", "constant"),
        ("Churn", "target"),
    ]


def test_a_column_that_is_not_there_is_missing() -> None:
    table = tidy(pd.DataFrame({"plan": ["A", None]}), {"plan": "category", "fee": "number"})
    assert table["plan"].tolist() == ["A", ""]
    assert table["fee"].isna().tolist() == [True, True]


@pytest.mark.parametrize(
    ("values", "positive", "guessed"),
    [
        (["Yes", "No", "No"], "Yes", False),
        (["yes ", "no", "no"], "yes", False),
        ([1, 0, 0], "1", False),
        ([1.0, 0.0, None], "1", False),
        (["是", "否", "否"], "是", False),
        ([True, False, False], "True", False),
        (["Churned", "Stayed", "Stayed"], "Churned", False),
        (["离网", "在网", "在网"], "离网", False),
        (["Existing Customer", "Churned", "Churned"], "Churned", False),
        ([2, 1, 1], "2", True),
        (["gold", "grey", "grey"], "gold", True),
    ],
)
def test_targets_are_recognised(values: list[object], positive: str, guessed: bool) -> None:
    read = read_target(pd.Series(values, name="Churn"))
    assert (read.positive, read.guessed) == (positive, guessed)
    assert read.labels[0] == (1 if str(values[0]).strip().removesuffix(".0") == positive else 0)


def test_a_missing_target_is_minus_one() -> None:
    assert read_target(column("Yes", "", "No")).labels.tolist() == [1, -1, 0]


def test_a_target_without_two_values_is_refused() -> None:
    with pytest.raises(TargetNotTwoValued) as refusal:
        read_target(column("Yes", "No", "Maybe"))
    assert refusal.value.values["count"] == 3
    with pytest.raises(TargetNotTwoValued):
        read_target(column("No", "No", ""))
