"""Questions in a sentence, in both languages, understood by vocabulary; what is not understood is told."""

from datetime import date

import pytest

from loopline.olap import api as olap
from loopline.olap.pivot.sentence import Understanding, understand
from loopline.olap.question import Member

TODAY = date(2026, 11, 22)
MEMBERS: list[tuple[str, Member, str]] = [
    ("city", "C1", "东城"), ("city", "C1", "East City"),
    ("branch", "B1", "人民路营业厅"), ("branch", "B1", "People's Road Shop"),
    ("service", "mobile", "移动"), ("service", "mobile", "Mobile"),
    ("plan", "P59", "畅享套餐59"), ("plan", "P59", "Smooth 59"),
    ("tier", "gold", "金卡"), ("tier", "gold", "Gold"),
]  # fmt: skip


def asked(text: str, preferred: str = "") -> Understanding:
    cubes = {name: olap.cubes[name] for name in olap.cubes.names()}
    return understand(
        text, cubes, lambda cube: [one for one in MEMBERS if one[0] in cubes[cube].levels], TODAY, preferred
    )


ENGLISH = {
    "revenue by month": "revenue?rows=month&measures=revenue",
    "new customers by month and city top 5 year on year":
        "customers?rows=month,city&measures=joined,joined:year_on_year&top=city:5:joined",
    "ARPU by tier in 2026": "revenue?rows=tier&measures=arpu&filter=year=2026",
    "revenue share by service": "revenue?rows=service&measures=revenue,revenue:share",
    "complaints by reason, highest first": "service?rows=reason&measures=complaints&sort=-1",
    "top 10 plans by revenue last month": "revenue?rows=plan&measures=revenue&filter=month=2026-10&top=plan:10:revenue",
    "churn rate of Gold by branch since 2026-01":
        "customers?rows=branch&measures=lost_rate&filter=tier=gold&filter=month>=2026-01",
    "revenue from 2026-01 to 2026-06 by month":
        "revenue?rows=month&measures=revenue&filter=month>=2026-01&filter=month<=2026-06",
    "Revenue without Gold by city": "revenue?rows=city&measures=revenue&filter=tier!=gold",
    "how many complaints did People's Road Shop have last quarter":
        "service?rows=month&measures=complaints&filter=branch=B1&filter=quarter=2026-Q3",
    "revenue by month across tier": "revenue?rows=month&columns=tier&measures=revenue",
    "May 2026 new subscribers by branch": "customers?rows=branch&measures=joined&filter=month=2026-05",
    "net adds this year by quarter": "customers?rows=quarter&measures=net_additions&filter=year=2026",
    "subscribers by branch": "customers?rows=branch&measures=at_end",
    "mobile customers by tier 2025":
        "customers?rows=tier&measures=customers&filter=service=mobile&filter=year=2025",
    "profit per customer by tier": "revenue?rows=tier&measures=margin_per_line",
    "debt by city, cumulative": "arrears?rows=city&measures=owed,owed:cumulative",
    "MOU and DOU by month": "usage?rows=month&measures=mou,dou",
    "conversion rate by campaign": "marketing?rows=campaign&measures=acceptance_rate",
    "Q3 2026 income by month and tier":
        "revenue?rows=month&columns=tier&measures=revenue&filter=quarter=2026-Q3",
    "port outs by city, month on month": "customers?rows=city&measures=ported_out,ported_out:period_on_period",
    "discounts of Smooth 59 in the last 6 months":
        "revenue?rows=month&measures=discount&filter=plan=P59&filter=month>=2026-06",
}  # fmt: skip
CHINESE = {
    "收入 按 月 和 城市 2026年 前5 套餐":
        "revenue?rows=month,city,plan&measures=revenue&filter=year=2026&top=plan:5:revenue",
    "新增客户按月和城市同比": "customers?rows=month,city&measures=joined,joined:year_on_year",
    "各营业厅投诉率": "service?rows=branch&measures=complaint_rate",
    "2026年第三季度各城市的流失用户": "customers?rows=city&measures=lost&filter=quarter=2026-Q3",
    "欠费率 按季度 环比": "arrears?rows=quarter&measures=arrears_rate,arrears_rate:period_on_period",
    "金卡客户的收入按月": "revenue?rows=month&measures=revenue&filter=tier=gold",
    "近6个月流量按业务": "usage?rows=service&measures=data_mb&filter=month>=2026-06",
    "收入 除了金卡 按城市": "revenue?rows=city&measures=revenue&filter=tier!=gold",
    "累计收入按月": "revenue?rows=month&measures=revenue,revenue:cumulative",
    "上月同期收入": "revenue?rows=month&measures=revenue,revenue:month_ago",
    "上月同日收入": "revenue?rows=month&measures=revenue,revenue:month_ago",
    "上月同日新增": "daily?rows=month&measures=joined,joined:same_day_last_month",
    "每日 缴费 较上月同日 2026年5月": "daily?rows=day&measures=paid,paid:same_day_change&filter=month=2026-05",
    "去年同期的收入按月": "revenue?rows=month&measures=revenue,revenue:year_ago",
    "人民路营业厅畅享套餐59的用户数": "customers?rows=month&measures=at_end&filter=branch=B1&filter=plan=P59",
    "接受率 按 活动": "marketing?rows=campaign&measures=acceptance_rate",
    "户均利润 按 客户等级": "revenue?rows=tier&measures=margin_per_line",
    "近12个月净增用户": "customers?rows=month&measures=net_additions&filter=month>=2025-12",
    "各区县客户": "customers?rows=district&measures=customers",
    "今年各营业厅收入占比 从高到低": "revenue?rows=branch&measures=revenue,revenue:share&filter=year=2026&sort=-1",
    "上个月离网率按套餐": "customers?rows=plan&measures=lost_rate&filter=month=2026-10",
    "自2026年3月以来各城市的投诉量": "service?rows=city&measures=complaints&filter=month>=2026-03",
    "请看一下移动业务的ARPU": "revenue?rows=service&measures=arpu&filter=service=mobile",
    "２０２６年５月 最大的３个套餐的收入":
        "revenue?rows=plan&measures=revenue&filter=month=2026-05&top=plan:3:revenue",
    "携出用户 今年 按区县": "customers?rows=district&measures=ported_out&filter=year=2026",
}  # fmt: skip


@pytest.mark.parametrize("text", [*ENGLISH, *CHINESE])
def test_a_sentence_is_understood_whole(text):
    found = asked(text)
    assert f"{found.question.cube}?{olap.address(found.question)}" == (ENGLISH | CHINESE)[text]
    assert found.unknown == []


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("purple revenue by month", ["purple"]),
        ("弗洛格收入按月", ["弗洛格"]),
        ("revenue by month with mustard and tier", ["mustard"]),
        ("nonsense altogether", ["nonsense altogether"]),
    ],
)
def test_what_is_not_understood_is_told(text, unknown):
    assert asked(text).unknown == unknown


def test_the_open_cube_answers_where_several_could():
    assert asked("revenue by plan", "products").question.cube == "products"
    assert asked("revenue by plan").question.cube == "revenue"


@pytest.mark.parametrize("text", ["", "   ", "，。？", "5", "top", "前5", "2026", "x" * 5000, "' OR 1=1 --"])
def test_whatever_is_typed_is_a_question_that_can_be_asked(text):
    question = asked(text).question
    assert olap.check(question).name == question.cube
