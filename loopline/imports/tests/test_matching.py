"""Columns find their fields, by hand or by name, and never two of them the same one."""

import string
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopline.imports.api import (
    Field,
    Mapping,
    MappingRefused,
    RowParser,
    infer_columns,
    mapping_toml,
    match_columns,
    open_table,
    parse_mapping,
    read_mapping,
)
from loopline.imports.reading import named

FIELDS = [
    Field("customer_number", "客户编号", ["customerID", "customer id", "用户编号"], required=True),
    Field("name", "客户姓名", ["姓名", "full name", "customer name"]),
    Field("mobile", "手机号码", ["phone", "mobile number", "电话"], kind="phone"),
    Field("opened_on", "开户日期", ["activation date"], kind="date"),
    Field("closed_on", "销户日期", ["termination date"], kind="date"),
    Field("monthly_fee", "月租", ["MonthlyCharges"], kind="decimal", places=2),
    Field("churned", "离网", ["Churn"], kind="boolean"),
]


def targets(*columns: str, chosen: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(match.target, match.why) for match in match_columns(columns, FIELDS, chosen).matches]


def test_from_certain_to_similar() -> None:
    assert targets("客户编号", "Ｎame", "mobile-number", "charges monthly", "churnd", "City") == [
        ("customer_number", "exact"),
        ("name", "name"),
        ("mobile", "synonym"),
        ("monthly_fee", "similar"),
        ("churned", "similar"),
        ("characteristic:City", "none"),
    ]
    assert targets("Customer_Id", "OPENED ON", "Terminaton Date", "activation dates") == [
        ("customer_number", "synonym"),
        ("opened_on", "name"),
        ("closed_on", "similar"),
        ("characteristic:activation dates", "none"),
    ]


def test_chinese_opposites_are_not_similar() -> None:
    assert targets("入户日期", "开户 日期") == [("characteristic:入户日期", "none"), ("opened_on", "name")]


def test_two_columns_for_one_field_the_dearer_name_wins() -> None:
    assert targets("电话", "Phone", "mobile") == [
        ("characteristic:电话", "none"),
        ("characteristic:Phone", "none"),
        ("mobile", "exact"),
    ]
    assert [target for target, _ in targets("电话", "Phone")] == ["characteristic:电话", "mobile"]


def test_a_person_decides() -> None:
    chosen = {"Phone": "-", "fee": "monthly_fee", "City": "characteristic:Home city"}
    assert targets("Phone", "fee", "MonthlyCharges", "City", chosen=chosen) == [
        ("-", "chosen"),
        ("monthly_fee", "chosen"),
        ("characteristic:MonthlyCharges", "none"),
        ("characteristic:Home city", "chosen"),
    ]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"nothing": "name"}, "mapping_unknown_column"),
        ({"a": "nobody"}, "mapping_unknown_field"),
        ({"a": "name", "b": "name"}, "mapping_doubled"),
        ({"a": "characteristic:x", "b": "characteristic:x"}, "mapping_doubled"),
        ({"a": "characteristic:b"}, "mapping_doubled"),
    ],
)
def test_choices_that_cannot_be_followed(chosen: dict[str, str], code: str) -> None:
    with pytest.raises(MappingRefused) as caught:
        match_columns(["a", "b"], FIELDS, chosen)
    assert caught.value.code == code


def test_a_required_field_without_a_column() -> None:
    with pytest.raises(MappingRefused) as caught:
        match_columns(["a"], FIELDS).require(FIELDS)
    assert caught.value.code == "mapping_fields_missing"
    assert "客户编号" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[columns", "", "[columns]\na = 1", "[other]\na = 'b'", "[columns]\na = ''"]
)
def test_unreadable_mappings(text: str) -> None:
    with pytest.raises(MappingRefused) as caught:
        parse_mapping(text)
    assert caught.value.code == "mapping_unreadable"


def test_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        '[columns]\n"MonthlyCharges" = "monthly_fee"\nChurn = "churned"\n"x" = "-"\n', encoding="utf-8-sig"
    )
    assert read_mapping(path) == {"MonthlyCharges": "monthly_fee", "Churn": "churned", "x": "-"}
    with pytest.raises(MappingRefused):
        read_mapping(tmp_path / "none.toml")


NAMES = [name for field in FIELDS for name in (field.name, field.label, *field.synonyms)]
COLUMN = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES).map(str.upper),
    st.sampled_from(NAMES).map(lambda name: name.replace(" ", "_")),
    st.sampled_from(NAMES).map(lambda name: name[:3] + name[4:] or name),
    st.text(min_size=1, max_size=12),
    st.text(string.ascii_letters + " _", min_size=1, max_size=12),
).map(lambda name: named([name])[0])


@given(st.lists(COLUMN, unique=True, max_size=30))
def test_no_field_is_filled_twice_and_no_column_lost(columns: list[str]) -> None:
    mapping = match_columns(columns, FIELDS)
    assert [match.column for match in mapping.matches] == columns
    filled = [match.field for match in mapping.matches if match.field]
    assert len(filled) == len(set(filled))
    assert len(mapping.fields) + len(mapping.characteristics) == len(columns)


@given(st.lists(COLUMN, unique=True, max_size=15))
def test_a_mapping_reads_back_as_it_was_written(columns: list[str]) -> None:
    def aims(mapping: Mapping) -> list[tuple[str, str]]:
        return [(match.column, match.target) for match in mapping.matches]

    mapping = match_columns(columns, FIELDS)
    assert aims(match_columns(columns, FIELDS, parse_mapping(mapping_toml(mapping)))) == aims(mapping)


def test_rows_into_values(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "客户编号,phone,MonthlyCharges,Churn,City,Score\n"
        "C1,13800138000,58.00,Yes,北京,1\n"
        "C2,138****8000,abc,No,,2\n"
        ",13800138001,1,No,上海,3\n"
        "C4,,,,,NA\n",
        encoding="utf-8",
    )
    table = open_table(path)
    mapping = match_columns(table.columns, FIELDS)
    parser = RowParser(table, mapping, FIELDS, infer_columns(table))
    assert parser.fields == ("customer_number", "mobile", "monthly_fee", "churned")
    assert parser.characteristics == {"City": "text", "Score": "integer"}
    (batch,) = (parser.parse(batch) for batch in table.rows())
    assert [(row.row, row.values[0], row.characteristics) for row in batch.rows] == [
        (2, "C1", ("北京", 1)),
        (5, "C4", (None, None)),
    ]
    assert batch.rows[0].values[1] == "+8613800138000"
    assert batch.rows[1].values == ("C4", None, None, None)
    assert [(each.row, each.column, each.value, each.reason.code) for each in batch.rejected] == [
        (3, "phone", "138****8000", "masked"),
        (3, "MonthlyCharges", "abc", "not_number"),
        (4, "客户编号", "", "required"),
    ]
    assert (batch.read, batch.rejected_rows) == (4, 2)


def test_wa_telco_row_by_row(shared: Path) -> None:
    table = open_table(shared / "wa_telco_churn.csv")
    fields = [*FIELDS, Field("total", synonyms=["TotalCharges"], kind="decimal", required=True)]
    parser = RowParser(table, match_columns(table.columns, fields), fields, infer_columns(table))
    batches = [parser.parse(batch) for batch in table.rows()]
    assert sum(len(batch.rows) for batch in batches) == 7032
    assert {(each.column, each.value, each.reason.code) for batch in batches for each in batch.rejected} == {
        ("TotalCharges", " ", "required")
    }
    assert parser.fields == ("customer_number", "monthly_fee", "total", "churned")
    assert batches[0].rows[0].values == ("7590-VHVEG", Decimal("29.85"), Decimal("29.85"), False)
