"""What cells mean by the kind of their field, and in which words they are refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from loopline.imports.api import Cell, Field, ValueRefused, infer_type
from loopline.imports.kinds import typed
from loopline.imports.values import FieldKind

GENDER = {"male": ["男", "M"], "female": ["女", "F"]}

TAKEN: list[tuple[FieldKind, Cell, object]] = [
    ("text", "  =1+1 ", "=1+1"),
    ("text", "NA", "NA"),
    ("text", 42, "42"),
    ("text", " N/A ", None),
    ("digits", "0086 10-23", "00861023"),
    ("digits", "８９８６", "8986"),
    ("decimal", "1,234.50", Decimal("1234.50")),
    ("decimal", "-¥ 3", Decimal("-3")),
    ("decimal", "￥1,234,567", Decimal("1234567")),
    ("decimal", "$12.5", Decimal("12.5")),
    ("decimal", "１２．５元", Decimal("12.5")),
    ("decimal", "1e3", Decimal("1000")),
    ("decimal", 0.1, Decimal("0.1")),
    ("decimal", "-", None),
    ("decimal", "NaN", None),
    ("integer", "12.0", 12),
    ("integer", "-7", -7),
    ("boolean", "是", True),
    ("boolean", "No", False),
    ("boolean", 1, True),
    ("boolean", "0", False),
    ("date", "2024-01-05", date(2024, 1, 5)),
    ("date", "2024/1/5 00:00:00", date(2024, 1, 5)),
    ("date", "2024-01-05T10:20:30+08:00", date(2024, 1, 5)),
    ("date", "20240105", date(2024, 1, 5)),
    ("date", "2024 年 1 月 5 日", date(2024, 1, 5)),
    ("date", datetime(2024, 1, 5, 23, 59), date(2024, 1, 5)),
    ("phone", "138 0013-8000", "+8613800138000"),
    ("phone", 13800138000, "+8613800138000"),
    ("phone", "8613800138000", "+8613800138000"),
    ("phone", "＋８６ １３８００１３８０００", "+8613800138000"),
    ("phone", "0086-010-65529988", "+861065529988"),
    ("phone", "(0755) 8655 1234", "+8675586551234"),
    ("phone", "400-810-8888", "+864008108888"),
    ("phone", "+1 (415) 555-2671", "+14155552671"),
    ("document", "11010519491231002x", "11010519491231002X"),
    ("document", "130503670401001", "130503670401001"),
    ("document", "91350100M000100Y43", "91350100M000100Y43"),
    ("document", "E 1234 5678", "E12345678"),
    ("choice", "男", "male"),
    ("choice", "Female", "female"),
    ("choice", "ｆ", "female"),
]

REFUSED: list[tuple[FieldKind, Cell, str]] = [
    ("digits", "12a", "not_digits"),
    ("digits", 8986012345678901234, "rounded"),
    ("text", 1.2345678901234568e17, "rounded"),
    ("decimal", "inf", "not_finite"),
    ("decimal", "-Infinity", "not_finite"),
    ("decimal", float("inf"), "not_finite"),
    ("decimal", "1e999", "too_large"),
    ("decimal", "1e99999", "not_number"),
    ("decimal", "1,23", "not_number"),
    ("decimal", "12.3.4", "not_number"),
    ("decimal", "abc", "not_number"),
    ("decimal", True, "not_number"),
    ("integer", "12.5", "not_whole"),
    ("boolean", "maybe", "not_boolean"),
    ("date", "2023-02-29", "no_such_day"),
    ("date", "1/5/2024", "date_ambiguous"),
    ("date", "45296", "not_date"),
    ("date", 45296, "not_date"),
    ("date", "0001-01-01", "date_out_of_range"),
    ("phone", "138****8000", "masked"),
    ("phone", "10086", "not_phone"),
    ("phone", "12345678901", "not_phone"),
    ("phone", "no phone", "not_phone"),
    ("phone", "+0123456789", "not_phone"),
    ("document", "110105194912310021", "check_digit"),
    ("document", "91350100M000100Y44", "check_digit"),
    ("document", "11010519490231002X", "no_such_day"),
    ("document", "110105********002X", "masked"),
    ("document", "???", "not_document"),
    ("choice", "unknown", "not_choice"),
]


@pytest.mark.parametrize(("kind", "cell", "value"), TAKEN)
def test_taken(kind: FieldKind, cell: Cell, value: object) -> None:
    parsed = Field("f", kind=kind, choices=GENDER).parser()(cell)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(("kind", "cell", "code"), REFUSED)
def test_refused(kind: FieldKind, cell: Cell, code: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        Field("f", kind=kind, choices=GENDER).parser()(cell)
    assert caught.value.reason.code == code
    assert "%(" not in caught.value.reason.text


def test_required_places_and_length() -> None:
    for field, cell, code in (
        (Field("f", required=True), " ", "required"),
        (Field("f", kind="decimal", places=2), "1.005", "too_precise"),
        (Field("f", longest=3), "abcd", "too_long"),
    ):
        with pytest.raises(ValueRefused) as caught:
            field.parser()(cell)
        assert caught.value.reason.code == code
    assert Field("f", kind="decimal", places=2).parser()("1.500") == Decimal("1.5")
    assert Field("f", kind="phone", country="44").parser()("020 7946 0018") == "+442079460018"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", " ", "NA", None, "null"], "integer"),
        (["0", "1"], "integer"),
        (["007", "12"], "text"),
        (["8986001234567890123"], "text"),
        (["1", "2.5", "-"], "decimal"),
        (["1,234.5", "1e-05"], "decimal"),
        (["inf", "1"], "text"),
        (["Yes", "no", ""], "boolean"),
        (["是", "否", "N/A"], "boolean"),
        (["Yes", "No", "No internet service"], "text"),
        (["2024-01-05", "2024/1/5", "2024年1月5日"], "date"),
        (["20240105", "20231231"], "date"),
        (["20240105", "12345678"], "integer"),
        (["2024-01-05", "2023-02-29"], "text"),
        (["2024-01-05 10:00:00"], "text"),
        (["", "  ", None], "text"),
        ([True, "yes"], "boolean"),
        ([1, 2.5], "decimal"),
        (["１２"], "text"),
    ],
)
def test_inferred_type(cells: list[Cell], kind: str) -> None:
    assert infer_type(cells) == kind


def test_values_take_the_inferred_type() -> None:
    assert [typed(cell, "decimal") for cell in ("1,234.5", " ", "NA", "-3")] == [
        Decimal("1234.5"),
        None,
        None,
        Decimal(-3),
    ]
    assert [typed(cell, "text") for cell in ("NA", " a ", "", 7)] == ["NA", " a ", None, "7"]
    assert [typed(cell, "boolean") for cell in ("是", "No", True)] == [True, False, True]
    assert typed("2024年1月5日", "date") == date(2024, 1, 5)
