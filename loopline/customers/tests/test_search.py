"""Search by parts, by pinyin and forgivingly; the index is used under row security."""

import random

import pytest
from django.db import connection

from loopline.customers import api as customers
from loopline.customers.rules.tokens import name_tokens, number_tokens, plain_number, search_words
from loopline.kernel.permission import Actor

NAMES = ["张三丰", "张三", "王三丰", "欧阳雨晴", "单田芳", "John Smith", "东江贸易有限公司", "Joan Smithers"]
TELEPHONES = ["+8613800138000", "+8613900001111", "+8618612345678", "", "", "+442079460958", "", ""]


@pytest.fixture
def clerk(operator):
    branches = [operator.units["north-1"]] * len(NAMES)
    with operator.door():
        customers.write_customers(
            {
                "branch_id": branches,
                "name": NAMES,
                "telephone": TELEPHONES,
                "kind": ["person"] * 6 + ["organisation", "person"],
                "document_kind": ["identity_card"] + [""] * 7,
                "document": ["11010519491231002X"] + [""] * 7,
            },
            source="test",
        )
    with operator.door("clerk1") as actor:
        yield actor


def _names(actor: Actor, text: str) -> list[str]:
    found = customers.search(actor, text)
    names = customers.Customer.objects.in_bulk(found.ids)
    return [names[key].name for key in found.ids]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("张三", ["张三", "张三丰"]),
        ("三丰", ["张三丰", "王三丰"]),
        ("zhangsf", ["张三丰"]),
        ("zhang", ["张三丰", "张三"]),
        ("ZSF", ["张三丰"]),
        ("ouyangyq", ["欧阳雨晴"]),
        ("shantian", ["单田芳"]),
        ("smith", ["John Smith", "Joan Smithers"]),
        ("joan smi", ["Joan Smithers"]),
        ("ohn", ["John Smith"]),
        ("贸易", ["东江贸易有限公司"]),
        ("138 0013 8000", ["张三丰"]),
        ("+86 138-0013-8000", ["张三丰"]),
        ("１３８００１３８０００", ["张三丰"]),
        ("0086 13800138000", ["张三丰"]),
        ("001380", ["张三丰"]),
        ("5678", ["王三丰"]),
        ("00000003", ["王三丰"]),
        ("c00000001", ["张三丰"]),
        ("张 8000", ["张三丰"]),
        ("11010519491231002x", ["张三丰"]),
        ("1101 0519 4912 3100 2X", ["张三丰"]),
        ("1949", []),
        ("", []),
        ("  ", []),
        ("%", []),
        ("张%", []),
        ("\0", []),
    ],
)
def test_what_is_typed_finds(clerk, typed, found):
    assert sorted(_names(clerk, typed)) == sorted(found)


def test_exact_fits_come_first(clerk):
    assert _names(clerk, "张三") == ["张三", "张三丰"]
    assert _names(clerk, "john smith")[0] == "John Smith"


def test_tokens_and_words_are_plain():
    assert name_tokens("Ann Lee") == {"ann", "nn", "lee", "ee"}
    assert name_tokens("李四") == {"李四", "四", "lisi", "lis", "si", "ls"}
    assert plain_number("+86 138-0013-8000") == "13800138000"
    assert number_tokens("C00012345") == {"c00012345", "12345", "2345"}
    assert number_tokens("+8613800138000") >= {"13800138000", "00138000", "8000"}
    assert search_words("０１０-８８８８") == ["108888"]
    assert search_words("张 00012345 0001") == ["张", "12345", "0001"]


def test_the_index_of_tokens_is_used_under_row_security(operator):
    rng = random.Random(7)
    count = 3000
    names = ["".join(rng.choices("王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗", k=3)) for _ in range(count)]
    with operator.door():
        customers.write_customers(
            {
                "branch_id": [operator.units["north-1"]] * count,
                "name": names,
                "telephone": [f"+86138{rng.randrange(10**8):08d}" for _ in range(count)],
            },
            source="test",
        )
    with operator.door("clerk1"), connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT t.customer_id FROM customers_searchtoken t "
            "WHERE t.tenant_id = current_setting('app.tenant')::int AND t.token >= '1380' AND t.token < '1381' "
            "ORDER BY t.tenant_id, t.token, t.customer_id LIMIT 1001"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using customers_searchtoken_pkey" in plan
    assert "token >= '1380'" in plan.split("Index Cond:")[1].splitlines()[0]
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
