"""What the people of the demo operator tell one another: notices, messages, appointments. Written once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loopline.cases import api as cases
from loopline.desk import api as desk
from loopline.identity import api as identity
from loopline.identity.api import Staff, Unit
from loopline.kernel.permission import Actor
from loopline.kernel.scope import change
from loopline.messaging import api as messaging


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread: who begins, to whom, and what the two say in turn."""

    sender: str
    to: str
    subject: str
    said: tuple[str, ...]
    about_ticket: bool = False


@dataclass(frozen=True, slots=True)
class Date:
    """An appointment: days from today, hour and minute of the operator's day."""

    owner: str
    title: str
    day: int
    hour: int
    minute: int
    minutes: int
    place: str = ""
    guests: tuple[str, ...] = ()
    is_private: bool = False


NOTICES = (
    # author, unit, roles, must be read, title, text, who has read it
    (
        "liqun.chen", "DJ", (), True, "实名制入网：证件核验口径统一",
        "自本周起，过户、补卡一律现场核验证件原件并留存人像比对结果，代办须双方证件齐全。抽查不合格的网点暂停受理权限。",
        ("ruolan.du", "siyuan.xie", "haiyan.cui", "xiaoyan.lin", "guiying.liu"),
    ),
    (
        "xiaoyan.lin", "P39", ("clerk", "account_manager", "supervisor"), False, "校园季套餐话术更新",
        "“畅享套餐”合约期与提前解约违约金请在办理前向客户说明并请客户签字确认。话术见知识库。",
        ("ruolan.du",),
    ),
    (
        "jianping.guo", "P39", ("agent",), True, "光缆中断应答口径",
        "锦湖区宽带批量故障：先致歉，告知预计修复时间，已报障的不重复建单，挂到群障工单下。",
        ("haiyan.cui", "yuhang.tan"),
    ),
)  # fmt: skip
TALKS = (
    Talk(
        "ruolan.du",
        "guiying.liu",
        "周五换班",
        ("刘店长，周五下午想和叶成林换个班，孩子家长会。", "可以，记得把交接本写清楚。"),
    ),
    Talk(
        "haiyan.cui",
        "jianping.guo",
        "这张工单需要升级",
        ("客户第三次来电，情绪比较激动，麻烦您看一下。",),
        True,
    ),
    Talk(
        "siyuan.xie",
        "xiaoyan.lin",
        "大客户续约优惠权限",
        ("人民路有两位金卡客户月底到期，能否申请折扣权限？", "材料发我，明天上会。"),
    ),
    Talk("wenjing.xu", "liqun.chen", "上月流失分析已出", ("高风险客户名单已推送到各网点工作台，请您过目。",)),
)
DATES = (
    Date("guiying.liu", "晨会：昨日差错与今日目标", 0, 8, 40, 20, "铁路新村营业厅", ("ruolan.du",)),
    Date("guiying.liu", "库存盘点：SIM卡与终端", 2, 18, 0, 90, "铁路新村营业厅", ("ruolan.du",)),
    Date("siyuan.xie", "拜访金卡客户：续约面谈", 1, 10, 0, 60, "人民路", ("guoqiang.zhang",)),
    Date("siyuan.xie", "体检", 3, 8, 0, 120, "", (), True),
    Date("xiaoyan.lin", "挽留活动效果复盘", 1, 14, 30, 60, "省公司三楼", ("wenjing.xu", "liqun.chen", "shufen.he")),
    Date("liqun.chen", "月度经营分析会", 4, 9, 0, 120, "省公司一会议室", ("xiaoyan.lin", "wenjing.xu")),
    Date("jianping.guo", "话务质检例会", 0, 16, 0, 45, "热线现场", ("haiyan.cui", "yuhang.tan")),
)  # fmt: skip


def write_desks(*, actor: Actor, now: datetime) -> int:
    """Fill the desks, once; returns how many notices there are new."""
    if messaging.Notice.objects.exists():
        return 0
    people = {one.user_name: one for one in Staff.objects.select_related("unit__parent")}
    try:
        for author, unit, roles, must_read, title, body, readers in NOTICES:
            by = _as(people[author], now)
            wanted = messaging.NoticeInput(title, body, Unit.objects.get(code=unit), roles, must_read)
            notice = messaging.publish_notice(actor=by, wanted=wanted)
            for reader in readers:
                messaging.read_notice(actor=_as(people[reader], now), public_id=str(notice.public_id))
        for talk in TALKS:
            _talk(talk, people, now)
        for date in DATES:
            _date(date, people, now)
    finally:
        change(actor.scope)
    return len(NOTICES)


def _as(staff: Staff, now: datetime) -> Actor:
    """Step into somebody's place: what he writes is his, and the database shows what he sees."""
    actor = identity.actor_of(staff, now)
    change(actor.scope)
    return actor


def _talk(talk: Talk, people: dict[str, Staff], now: datetime) -> None:
    first, *answers = talk.said
    pair = [people[talk.sender], people[talk.to]]
    actor = _as(pair[0], now)
    ticket = (
        cases.Ticket.objects.filter(is_open=True).order_by("due_at").first() if talk.about_ticket else None
    )
    messaging.send_message(
        actor=actor,
        recipient=pair[1],
        subject=talk.subject,
        body=first,
        link=f"/tickets/{ticket.public_id}" if ticket else "",
        link_label=f"{ticket.number} {ticket.title}" if ticket else "",
    )
    thread = messaging.threads(actor, limit=1)[0].key
    for number, answer in enumerate(answers):
        by = _as(pair[(number + 1) % 2], now)
        messaging.read_thread(actor=by, thread=thread, now=now)
        messaging.answer_message(actor=by, thread=thread, body=answer)


def _date(date: Date, people: dict[str, Staff], now: datetime) -> None:
    actor = _as(people[date.owner], now)
    day = now.astimezone(actor.zone) + timedelta(days=date.day)
    starts = day.replace(hour=date.hour, minute=date.minute, second=0, microsecond=0)
    desk.make_appointment(
        actor=actor,
        wanted=desk.AppointmentInput(
            title=date.title,
            starts_at=starts,
            minutes=date.minutes,
            place=date.place,
            is_private=date.is_private,
            attendees=[people[guest].public_id for guest in date.guests],
        ),
    )
