"""The indicators that every operator starts with, all of them his to change."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import batched

from loopline.kernel.permission import Actor, require
from loopline.kpi.models import Indicator, Influence, Threshold

STANDARD = """
arpu|户均收入|ARPU|revenue.arpu||¤2|up|after|finance|
  当月收入 ÷ 月初月末平均用户数；不由平均数再平均
  Revenue of the month ÷ mean of the subscribers at its start and end; never averaged from averages.
profit|客户平均赢利|Average profit per customer|revenue.margin_per_line||¤2|up|after|finance|
  （收入 − 成本）÷ 月初月末平均用户数
  Revenue less the cost of offers ÷ mean of the subscribers at start and end.
arrears_rate|欠费率|Arrears rate|arrears.arrears_rate||%2|down|after|finance|
  期末欠费 ÷ 当期到期应收
  Owed at the end ÷ fell due in the period.
recovery_rate|欠费回收率|Recovery rate|arrears.recovery_rate||%2|up|after|finance|arrears_rate
  当期实收 ÷ 当期到期应收
  Paid ÷ fell due in the period.
campaign_return|营销活动回报率|Campaign return|work.campaign_net|work.campaign_cost*100|%1|up||finance|
  观察期于当期结束的活动：扣除成本后的增量毛利 ÷ 成本（对照组口径）
  Of campaigns whose window ended in the period, against their control groups: incremental margin after cost ÷ cost.
net_additions|净增客户量|Net additions|customers.net_additions||0|up|adds|customer|
  新增 − 流失
  New less lost.
new_customers|新增客户量|New customers|customers.joined||0|up|adds|customer|net_additions
  当期开通的用户
  Lines activated in the period.
new_rate|新增客户率|New customer rate|customers.new_rate||%2|up|adds|customer|new_customers
  当期新增 ÷ 期初用户数
  New ÷ subscribers at the start.
lost_customers|流失客户量|Lost customers|customers.lost||0|down|adds|customer|net_additions
  当期离网的用户；仅更换号码的不计
  Lines ended in the period; whoever only changed his number is not lost.
lost_rate|客户流失率|Churn rate|customers.lost_rate||%2|down|adds|customer|lost_customers
  当期流失 ÷ 期初用户数
  Lost ÷ subscribers at the start.
upgraded_customers|升级客户量|Upgraded customers|customers.upgraded||0|up|after|customer|
  月租高于上月的用户
  Billed a dearer monthly fee than the month before.
upgrade_rate|客户升级率|Upgrade rate|customers.upgrade_rate||%2|up|after|customer|upgraded_customers
  当期升级 ÷ 两月均有账单的用户
  Upgraded ÷ lines billed in both months.
mou|户均通话分钟|MOU|usage.mou||min1|up|after|customer|
  计费通话分钟 ÷ 平均用户数
  Minutes of calls ÷ mean subscribers.
dou|户均流量|DOU|usage.dou||MB0|up|after|customer|
  数据流量 ÷ 平均用户数
  Data volume ÷ mean subscribers.
complaint_rate|万人投诉率|Complaint rate|service.complaint_rate||‱2|down|adds|customer|
  投诉量 ÷ 平均用户数 × 10,000
  Complaints ÷ 10,000 subscribers (mean of start and end).
open_complaints|未结投诉|Open complaints|work.complaints_open||0|down||process|complaint_rate
  已受理、尚未解决的投诉工单
  Complaints that came in and are not solved yet.
first_contact|首次解决率|First-contact resolution|work.tickets_at_once|work.tickets_solved*100|%1|up||process|
  首次接触即解决的工单 ÷ 已解决的工单
  Tickets solved in the first contact ÷ tickets solved.
service_level|工单及时率|Service level of tickets|work.tickets_in_time|work.tickets_to_solve*100|%1|up||process|
  时限内解决的工单 ÷（已解决 + 已超时未解决）
  Tickets solved within their promised time ÷ tickets solved or past it.
order_hours|订单办理时长|Order lead time|work.order_hours|work.orders_completed|h1|down||process|
  当期完成订单从受理到竣工的平均小时数
  Mean hours from acceptance to completion of orders completed in the period.
tasks_overdue|超时任务数|Overdue tasks|work.tasks_overdue||0|down||process|
  已过期限仍未办结的任务
  Open tasks past their due time.
plan_progress|计划完成度|Plan progress|plan.on_plan|plan.judged*100|%0|up||process|
  预计达标的指标 ÷ 已设目标的指标
  Indicators whose forecast reaches their target ÷ indicators with a target.
tasks_in_time|任务及时率|Tasks done in time|work.tasks_in_time|work.tasks_done*100|%1|up||learning|
  期限内办结的任务 ÷ 办结的任务
  Tasks done in time ÷ tasks done.
use_of_system|系统使用率|Use of the system|work.people_active|work.people*100|%0|up||learning|
  当期有工作记录的员工 ÷ 在岗员工
  People with recorded work in the period ÷ people employed.
"""
"""Three lines each. Code, names, numerator, denominator*factor, unit with decimals, what is better, whether it adds up
or is told after the period,
perspective, parent; then the formula in words, Chinese and English."""

ARROWS = (
    ("use_of_system", "tasks_in_time"),
    ("tasks_in_time", "service_level"),
    ("tasks_in_time", "order_hours"),
    ("service_level", "complaint_rate"),
    ("first_contact", "complaint_rate"),
    ("order_hours", "net_additions"),
    ("complaint_rate", "lost_customers"),
    ("net_additions", "profit"),
    ("upgraded_customers", "arpu"),
    ("arpu", "profit"),
)
"""The strategy map: what moves what."""

EARLY, LATE = (Decimal("0.95"), Decimal("1.05")), (Decimal("0.85"), Decimal("1.15"))
"""Shares of the target at which a warning and a breach begin: where more is better, and where less is."""


def set_up(*, actor: Actor) -> bool:
    """Give an operator the standard indicators that it does not have yet. Returns whether any was missing."""
    require(actor, "kpi.manage")
    known = set(Indicator.objects.values_list("code", flat=True))
    missing = [entry for entry in standard() if entry.row.code not in known]
    if not missing:
        return False
    Indicator.objects.bulk_create(entry.row for entry in missing)
    every = {row.code: row for row in Indicator.objects.all()}
    made = [every[entry.row.code] for entry in missing]
    for entry in missing:
        every[entry.row.code].parent = every.get(entry.parent)
    Indicator.objects.bulk_update(made, ["parent"])
    Threshold.objects.bulk_create(
        Threshold(indicator=row, warn=EARLY[not row.higher_is_better], breach=LATE[not row.higher_is_better])
        for row in made
    )
    arrows = [(every[mover], every[moved]) for mover, moved in ARROWS if every[mover] in made]
    Influence.objects.bulk_create([Influence(indicator=mover, on=moved) for mover, moved in arrows])
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A standard indicator, not saved, and the code of the one above it."""

    row: Indicator
    parent: str


def standard() -> list[Entry]:
    """The standard indicators."""
    lines = STANDARD.strip().splitlines()
    return [_entry(place, *texts) for place, texts in enumerate(batched(lines, 3), start=1)]


def _entry(place: int, line: str, about: str, about_en: str) -> Entry:
    code, name, name_en, numerator, below, shown, better, told, perspective, parent = line.split("|")
    denominator, _times, factor = below.partition("*")
    row = Indicator(
        code=code,
        name=name,
        name_en=name_en,
        about=about.strip(),
        about_en=about_en.strip(),
        numerator=numerator,
        denominator=denominator,
        factor=Decimal(factor or 1),
        unit=shown[:-1],
        decimals=int(shown[-1]),
        higher_is_better=better == "up",
        adds_up=told == "adds",
        lag=int(told == "after"),
        perspective=perspective,
        place=10 * place,
    )
    return Entry(row, parent)
