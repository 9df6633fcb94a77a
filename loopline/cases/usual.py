"""The standards that an operator starts with, all of them his to change: a tree of categories, levels, calendars."""

from loopline.cases.actions import standards
from loopline.cases.models import Category, WorkCalendar
from loopline.cases.rules.levels import ANSWER, SOLUTION, Step
from loopline.kernel.permission import Actor, require

WEEKDAY = "09:00-18:00"

CATEGORIES = """
network|complaint|网络质量|Network quality|high
network.coverage||信号覆盖|Coverage|
network.speed||上网慢|Slow data|
network.call||通话断线、听不清|Dropped or unclear calls|
billing|complaint|资费账单|Charges and bills|normal
billing.dispute||费用争议|Disputed charge|
billing.unordered||不知情定制|Service never ordered|high
billing.refund||退费|Refund|
service|complaint|服务态度|Service and staff|normal
service.hall||营业厅服务|Service in a hall|
service.hotline||热线服务|Service on the hotline|
marketing|complaint|营销宣传|Marketing|normal
marketing.harassment||营销骚扰|Unwanted marketing|
marketing.misled||宣传与实际不符|Not as advertised|
regulator|complaint|工信部/12300申诉|Complaint through the regulator|urgent
fault|fault|故障|Fault|high
fault.broadband||宽带故障|Broadband fault|
fault.mobile||手机无服务|No mobile service|
fault.iptv||电视故障|IPTV fault|normal
fault.line||专线故障|Data line fault|urgent
ask|enquiry|咨询|Enquiry|low
ask.plan||套餐咨询|Plans|
ask.bill||账单咨询|Bills|
ask.business||业务办理|How to order|
suggest|suggestion|建议|Suggestion|low
"""

DAYS = """
2025-01-01 off 元旦
2025-01-26 work 春节调休
2025-01-28 off 春节
2025-01-29 off 春节
2025-01-30 off 春节
2025-01-31 off 春节
2025-02-01 off 春节
2025-02-02 off 春节
2025-02-03 off 春节
2025-02-04 off 春节
2025-02-08 work 春节调休
2025-04-04 off 清明节
2025-04-27 work 劳动节调休
2025-05-01 off 劳动节
2025-05-02 off 劳动节
2025-05-05 off 劳动节
2025-06-02 off 端午节
2025-09-28 work 国庆节调休
2025-10-01 off 国庆节
2025-10-02 off 国庆节
2025-10-03 off 国庆节
2025-10-06 off 中秋节
2025-10-07 off 国庆节
2025-10-08 off 国庆节
2025-10-11 work 国庆节调休
2026-01-01 off 元旦
2026-01-02 off 元旦
2026-01-04 work 元旦调休
2026-02-14 work 春节调休
2026-02-16 off 春节
2026-02-17 off 春节
2026-02-18 off 春节
2026-02-19 off 春节
2026-02-20 off 春节
2026-02-23 off 春节
2026-02-28 work 春节调休
2026-04-06 off 清明节
2026-05-01 off 劳动节
2026-05-04 off 劳动节
2026-05-05 off 劳动节
2026-05-09 work 劳动节调休
2026-06-19 off 端午节
2026-09-20 work 国庆节调休
2026-09-25 off 中秋节
2026-10-01 off 国庆节
2026-10-02 off 国庆节
2026-10-05 off 国庆节
2026-10-06 off 国庆节
2026-10-07 off 国庆节
2026-10-10 work 国庆节调休
"""
"""Holidays and make-up days as the State Council announced them. Weekends are free without being named."""

TARGETS = (
    ("", "urgent", "", 30, 240),
    ("", "high", "", 60, 540),
    ("", "normal", "", 240, 1620),
    ("", "low", "", 540, 2700),
    ("", "normal", "diamond", 60, 540),
    ("", "normal", "gold", 120, 1080),
    ("fault.broadband", "", "", 60, 1440),
    ("fault.line", "", "", 15, 240),
    ("fault.line", "", "diamond", 10, 120),
)

STEPS = (
    Step(ANSWER, 80, "person"),
    Step(ANSWER, 100, "unit"),
    Step(SOLUTION, 50, "person"),
    Step(SOLUTION, 80, "unit"),
    Step(SOLUTION, 100, "above"),
)


def set_up(*, actor: Actor) -> bool:
    """Give an operator that has no categories yet the usual standards. Returns whether it did."""
    require(actor, standards.CONFIGURES)
    if Category.objects.exists():
        return False
    standards.set_calendar(
        actor=actor, code="office", name="工作日", name_en="Office hours", hours=[WEEKDAY] * 5 + ["", ""],
        is_default=True,
    )  # fmt: skip
    standards.set_calendar(
        actor=actor, code="hotline", name="全天候", name_en="Round the clock", hours=["00:00-24:00"] * 7,
        observes=False,
    )  # fmt: skip
    round_the_clock = WorkCalendar.objects.get(code="hotline").pk
    for line in CATEGORIES.strip().splitlines():
        code, kind, name, name_en, priority = line.split("|")
        standards.set_category(
            actor=actor, code=code, kind=kind, name=name, name_en=name_en, priority=priority,
            parent=code.rpartition(".")[0], calendar=round_the_clock if code == "fault" else None,
        )  # fmt: skip
    for category, priority, tier, answer, solution in TARGETS:
        standards.set_target(
            actor=actor, category=category, priority=priority, tier=tier,
            answer_minutes=answer, solution_minutes=solution,
        )  # fmt: skip
    standards.set_steps(actor=actor, steps=STEPS)
    standards.set_special_days(actor=actor, text=DAYS)
    standards.set_terms(
        actor=actor, regulator_days=10, reopen_days=7, confirm_days=3, first_contact_minutes=60
    )
    return True
