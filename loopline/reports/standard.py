"""The reports that every operator starts with: what the trade looks at daily and monthly, in both languages."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Standard:
    """A report of the standard set; `sections` as `models.Report` keeps them."""

    code: str
    name: str
    name_en: str
    about: str
    about_en: str
    sections: tuple[dict[str, Any], ...]


def _section(
    titles: tuple[str, str],
    cube: str,
    question: str,
    *,
    months: int = 1,
    show: str = "both",
    chart: str = "bar",
) -> dict[str, Any]:
    title, title_en = titles
    return {
        "title": title,
        "title_en": title_en,
        "text": "",
        "text_en": "",
        "cube": cube,
        "question": question,
        "show": show,
        "chart": chart,
        "months": months,
    }


YEAR = 13
"""Thirteen months: the report's own beside the same one a year before."""

STANDARD: tuple[Standard, ...] = (
    Standard(
        "daily_operations",
        "每日经营快报",
        "Daily operations",
        "本月发展、收入与服务的最新情况，按营业部门。",
        "New and lost lines, revenue and service of the month, by branch.",
        (
            _section(
                ("用户发展", "Growth"), "customers", "rows=branch&measures=joined,lost,net_additions,at_end"
            ),
            _section(("收入", "Revenue"), "revenue", "rows=branch&measures=revenue,discount,arpu"),
            _section(
                ("客户接触与投诉", "Contacts and complaints"),
                "service",
                "rows=branch&measures=contacts,complaints,fault_reports,complaint_rate",
            ),
            _section(
                ("欠费", "Arrears"),
                "arrears",
                "rows=branch&measures=billed,paid,owed,arrears_rate",
                show="table",
            ),
        ),
    ),
    Standard(
        "monthly_management",
        "月度经营分析",
        "Monthly management",
        "收入、用户、流失与欠费的主要指标及同比、环比。",
        "Revenue, subscriptions, loss and arrears with year-on-year and period-on-period.",
        (
            _section(
                ("收入趋势", "Revenue by month"),
                "revenue",
                "rows=month&measures=revenue,revenue:year_on_year,revenue:period_on_period,arpu",
                months=YEAR,
                chart="line",
            ),
            _section(
                ("用户规模", "Subscriptions by month"),
                "customers",
                "rows=month&measures=at_end,joined,lost,net_additions",
                months=YEAR,
                chart="line",
            ),
            _section(
                ("各地市收入", "Revenue by city"),
                "revenue",
                "rows=city&measures=revenue,revenue:share,arpu,discount_rate",
            ),
            _section(
                ("各业务收入", "Revenue by service"),
                "revenue",
                "rows=service&measures=revenue,revenue:share,revenue:period_on_period",
                chart="pie",
            ),
            _section(
                ("欠费与回收", "Arrears and recovery"),
                "arrears",
                "rows=month&measures=billed,paid,owed,arrears_rate,recovery_rate",
                months=6,
                show="table",
            ),
        ),
    ),
    Standard(
        "growth_and_loss",
        "用户发展与流失",
        "Growth and loss",
        "新增、流失、净增及升降档，按时间、机构、套餐与等级。",
        "New, lost and net lines, up- and downgrades by time, unit, plan and tier.",
        (
            _section(
                ("按月", "By month"),
                "customers",
                "rows=month&measures=joined,new_rate,lost,lost_rate,net_additions",
                months=YEAR,
                chart="line",
            ),
            _section(
                ("按机构", "By unit"),
                "customers",
                "rows=city,branch&measures=at_start,joined,lost,lost_rate,net_additions,at_end",
            ),
            _section(
                ("按套餐", "By plan"),
                "customers",
                "rows=plan&measures=at_end,joined,lost,lost_rate&top=plan:10:at_end&sort=-1",
            ),
            _section(
                ("流失原因", "How lines were lost"),
                "customers",
                "rows=tier&measures=lost_willing,lost_forced,ported_out,renumbered",
            ),
            _section(
                ("升级与降级", "Upgrades and downgrades"),
                "customers",
                "rows=month&measures=upgraded,upgrade_rate,downgraded,downgrade_rate",
                months=6,
                show="table",
            ),
        ),
    ),
    Standard(
        "revenue_by_product_and_region",
        "产品与区域收入",
        "Revenue by product and region",
        "各业务、套餐在各地市的收入与毛利。",
        "Revenue and margin of services and plans in each city.",
        (
            _section(
                ("业务 × 地市", "Service by city"), "revenue", "rows=service&columns=city&measures=revenue"
            ),
            _section(
                ("收入前十的套餐", "Ten plans with most revenue"),
                "revenue",
                "rows=plan&measures=revenue,revenue:share,margin,margin_per_line&top=plan:10:revenue&sort=-1",
            ),
            _section(
                ("优惠", "Discounts"),
                "revenue",
                "rows=service&measures=revenue,discount,discount_rate",
                show="table",
            ),
        ),
    ),
    Standard(
        "arrears",
        "欠费分析",
        "Arrears",
        "欠费余额、欠费率与回收率，按月、机构与客户等级。",
        "Arrears, their rate and recovery by month, unit and tier.",
        (
            _section(
                ("按账期", "By month billed"),
                "arrears",
                "rows=month&measures=billed,due,paid,owed,arrears_rate,recovery_rate",
                months=12,
                chart="line",
            ),
            _section(
                ("按机构", "By unit"), "arrears", "rows=city,branch&measures=billed,owed,arrears_rate,debtors"
            ),
            _section(
                ("按客户等级", "By tier"),
                "arrears",
                "rows=tier&measures=owed,debtors,mean_debt,arrears_rate",
                show="table",
            ),
        ),
    ),
    Standard(
        "campaign_effects",
        "营销活动效果",
        "Campaign effects",
        "各活动的接触、响应、接受与成本，接触组与对照组并列。",
        "Reach, response, acceptance and cost of each campaign, with its control group beside it.",
        (
            _section(
                ("各活动", "Campaigns"),
                "marketing",
                "rows=campaign&measures=members,reached,reach_rate,response_rate,acceptance_rate,cost_per_acceptance",
                months=12,
            ),
            _section(
                ("接触组与对照组", "Treatment and control"),
                "marketing",
                "rows=campaign&columns=arm&measures=members",
                months=12,
                show="table",
            ),
            _section(
                ("渠道", "Channels"),
                "marketing",
                "rows=channel&measures=reached,reach_rate,acceptance_rate,contact_cost",
                months=12,
            ),
        ),
    ),
    Standard(
        "service_quality",
        "服务质量",
        "Service quality",
        "接触量、投诉率、解决率与处理时长。",
        "Contacts, complaint rate, settled share and days to settle.",
        (
            _section(
                ("按月", "By month"),
                "service",
                "rows=month&measures=contacts,complaints,complaint_rate,settled_rate,mean_days",
                months=YEAR,
                chart="line",
            ),
            _section(
                ("投诉主题", "Topics"), "service", "rows=topic&measures=contacts,complaints,mean_days&sort=-2"
            ),
            _section(
                ("渠道", "Channels"),
                "service",
                "rows=channel&measures=contacts,settled_rate,mean_days",
                chart="pie",
            ),
            _section(
                ("各机构投诉率", "Complaint rate by unit"),
                "service",
                "rows=city,branch&measures=complaints,complaint_rate",
                show="table",
            ),
        ),
    ),
    Standard(
        "shop_performance",
        "营业厅业绩",
        "Shop performance",
        "各营业部门的发展、收入与服务。",
        "Growth, revenue and service of each branch side by side.",
        (
            _section(
                ("发展", "Growth"),
                "customers",
                "rows=branch&measures=joined,lost,net_additions,upgraded&sort=-1",
            ),
            _section(
                ("收入", "Revenue"),
                "revenue",
                "rows=branch&measures=revenue,revenue:period_on_period,arpu,margin&sort=-1",
            ),
            _section(
                ("服务", "Service"),
                "service",
                "rows=branch&measures=contacts,complaint_rate,settled_rate&sort=-1",
                show="table",
            ),
        ),
    ),
    Standard(
        "key_accounts",
        "大客户经营",
        "Key accounts",
        "各等级大客户的收入、流失与欠费。",
        "Revenue, loss and arrears of customers by tier.",
        (
            _section(
                ("收入", "Revenue"),
                "revenue",
                "rows=tier&measures=revenue,revenue:share,arpu,margin_per_line",
                chart="pie",
            ),
            _section(
                ("保有", "Keeping"),
                "customers",
                "rows=tier&measures=at_start,lost,lost_rate,upgraded,downgraded",
            ),
            _section(
                ("单位与个人", "Organisations and persons"),
                "revenue",
                "rows=kind,tier&measures=revenue,arpu",
                show="table",
            ),
            _section(
                ("欠费", "Arrears"), "arrears", "rows=tier&measures=owed,arrears_rate,debtors", show="table"
            ),
        ),
    ),
)
