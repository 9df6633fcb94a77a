"""Believable tickets for the demo operator, made of the contacts that its customers had.

They add to what the world tells and change nothing of it: draws come from a stream of their own, keyed by the
contact, and the contacts keep their days of solution. Complaints of the last weeks get a ticket; those that the
world has solved are closed, the others wait at every stage of the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from loopline.cases import api as cases
from loopline.customers import api as customers
from loopline.demo.draws import Stream, stream
from loopline.demo.keys import SOURCE
from loopline.identity import api as identity
from loopline.kernel.permission import Actor

WEEKS = 6
MOST = 60
OPEN = 24
MASS_PARTS = 4
AT_ONCE = 600
"""Of 1,200 solved tickets so many are solved in the first contact."""

_CONTACTS = """
SELECT i.id, c.id, i.at, i.channel, i.topic, i.resolved_on
FROM interactions_interaction i
JOIN customers_customer c ON c.id = i.customer_id AND c.source = %s AND c.left_on IS NULL
WHERE i.kind = 'complaint' AND i.at > %s AND i.at <= %s AND (i.resolved_on IS NULL) = %s
ORDER BY i.at DESC, i.id LIMIT %s
"""

MATTERS = {
    "账单": [
        ("billing.dispute", "本月账单比平时多一截", "套餐外流量费用不明，要求逐项说明。", "已逐项说明并核减。"),
        ("billing.unordered", "多了一项没订过的增值业务", "不认可订购记录，要求退订退费。", "已退订并退还两个月费用。"),
        ("billing.refund", "销户后的余额还没退", "余额未退回银行卡。", "已原路退回。"),
    ],
    "网络质量": [
        ("network.speed", "晚上看视频总卡", "二十点以后速度明显下降，已重启手机。", "所在小区已扩容，回访确认正常。"),
        ("network.call", "通话经常断", "小区内通话一两分钟就断。", "调整了基站参数，连测三天正常。"),
        ("network.coverage", "地下车库没有信号", "地下二层完全没有信号。", "已加装室内分布。"),
    ],
    "服务": [
        ("service.hall", "营业厅排队一个多小时", "只开了一个窗口。", "已增开窗口并致歉。"),
        ("service.hotline", "热线说了三次都没回电", "每次都答应回电，没有人回。", "组长已回电致歉并办结。"),
        ("marketing.harassment", "一天接到三个推销电话", "要求不再拨打营销电话。", "已登记谢绝营销。"),
    ],
}  # fmt: skip
REGULATOR = ("regulator", "经12300转办：套餐降档被拒", "客户反映营业厅不受理降档，要求书面答复。", "")
MASS = ("fault.broadband", "锦湖区光缆中断，宽带批量掉线", "施工挖断主干光缆，抢修队已到现场。")
PARTS = ("家里宽带突然断了", "宽带红灯闪，上不了网", "光猫丢信号", "整栋楼都没有网")
SKILLS = {"yuhang.tan": "network", "siqi.lu": "billing", "haiyan.cui": "service", "zeyu.jin": "fault"}


@dataclass(frozen=True, slots=True)
class Contact:
    """A complaint in the history of a customer."""

    id: int
    customer: int
    at: datetime
    channel: str
    topic: str
    solved: bool


@dataclass(frozen=True, slots=True)
class Life:
    """A ticket, opened at `at`, and what decides how it goes on up to `now`."""

    actor: Actor
    ticket: cases.Ticket
    at: datetime
    now: datetime
    rng: np.random.Generator


def write_tickets(*, actor: Actor, seed: int, now: datetime) -> int:
    """Give the operator its standards and tickets, once; returns how many tickets there are new."""
    if not cases.set_up(actor=actor) or cases.Ticket.objects.exists():
        return 0
    _arrange(actor)
    agents = _agents()
    done = _contacts(now, solved=True, most=MOST - OPEN)
    waiting = _contacts(now, solved=False, most=OPEN)
    for contact in [*done, *waiting]:
        _live(actor, contact, agents, stream(seed, Stream.TICKETS, contact.id % 2**31), now)
    if waiting:
        _regulator(actor, waiting[0], now)
    return len(done) + len(waiting) + bool(waiting) + _mass(actor, waiting[1 : 1 + MASS_PARTS], now)


def _arrange(actor: Actor) -> None:
    """Who works on what: the hotline on complaints by load and skill, faults in the second team."""
    units = dict(identity.Unit.objects.values_list("code", "pk"))
    for code, name, name_en, unit in [
        ("network", "网络质量", "Network quality", "T-CC1"),
        ("billing", "资费账单", "Charges and bills", "T-CC1"),
        ("fault", "故障", "Fault", "T-CC2"),
    ]:
        found = cases.Category.objects.get(code=code)
        cases.set_category(
            actor=actor, code=code, name=name, name_en=name_en, kind=found.kind, priority=found.priority,
            unit=units[unit], calendar=found.calendar_id, to_person=True,
        )  # fmt: skip
    for person, category in SKILLS.items():
        cases.set_skills(actor=actor, staff=person, categories=[category])


def _agents() -> list[identity.Staff]:
    rows = identity.Staff.objects.filter(unit__code__in=("T-CC1", "T-CC2"), roles__code="agent")
    return list(rows.order_by("user_name"))


def _contacts(now: datetime, *, solved: bool, most: int) -> Sequence[Contact]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [SOURCE, now - timedelta(weeks=WEEKS), now, not solved, most])
        rows = cursor.fetchall()
    return [Contact(key, who, at, channel, topic, solved) for key, who, at, channel, topic, _day in rows]


def _live(
    actor: Actor, contact: Contact, agents: list[identity.Staff], rng: np.random.Generator, now: datetime
) -> None:
    matters = MATTERS.get(contact.topic, MATTERS["服务"])
    category, title, description, solution = matters[int(rng.integers(len(matters)))]
    # What waits came in again lately: a matter that lies for weeks would not be believed.
    hours = 40 if rng.random() < 0.2 else 8
    at = contact.at if contact.solved else now - timedelta(minutes=int(rng.integers(10, hours * 60)))
    agent = agents[int(rng.integers(len(agents)))]
    new = cases.NewTicket(
        title=title, description=description, category=category, channel=contact.channel,
        customer=_customer(contact.customer), interaction=contact.id,
        assignee=agent.pk if contact.solved else None,
    )  # fmt: skip
    actor = replace(actor, name=agent.name)
    ticket = cases.open_ticket(actor=actor, new=new, now=at)
    if contact.solved:
        _finish(Life(actor, ticket, at, now, rng), solution)
    else:
        _leave_open(Life(actor, ticket, at, now, rng))


def _finish(life: Life, solution: str) -> None:
    rng, at = life.rng, life.at
    begun, solved = 10 + int(rng.integers(90)), int(rng.integers(1200))
    if solved < AT_ONCE:  # while the customer is still there
        begun, solved = begun // 5, begun // 5 + 20 - 120
    steps = [
        (cases.State.IN_PROGRESS, "", begun),
        (cases.State.RESOLVED, solution, 120 + solved),
        (cases.State.CLOSED, "", 1500 + int(rng.integers(1200))),
    ]
    for to, reason, minutes in steps:
        when = at + timedelta(minutes=minutes)
        if when > life.now:
            return
        agreed = to == cases.State.CLOSED and rng.random() < 0.8
        cases.take_step(
            actor=life.actor, ticket=life.ticket.pk, to=to, reason=reason, now=when, confirmed=agreed or None
        )


def _leave_open(life: Life) -> None:
    """Somewhere on its way. Never solved: the world has not solved the contact yet."""
    stage = int(life.rng.integers(5))
    actor, ticket, passed = life.actor, life.ticket, life.now - life.at
    moment = life.at + passed * 0.5
    if stage >= 1:
        cases.take_step(actor=actor, ticket=ticket.pk, to=cases.State.IN_PROGRESS, now=life.at + passed * 0.2)
    if stage >= 2:
        said = "您好，您反映的问题我们已在处理，请保持电话畅通。"
        # A note that the customer reads, not a reply: replies are contacts, and those are the world's to tell.
        cases.add_note(actor=actor, ticket=ticket.pk, text=said, now=moment, public=True)
    if stage == 3:
        cases.take_step(
            actor=actor, ticket=ticket.pk, to=cases.State.PENDING, now=moment,
            reason="请客户提供故障时间和截图", pending_for=cases.PendingFor.CUSTOMER,
        )  # fmt: skip
    if stage == 4:
        cases.add_note(actor=actor, ticket=ticket.pk, text="已派网络中心核查，待回单。", now=moment)


def _regulator(actor: Actor, contact: Contact, now: datetime) -> None:
    category, title, description, _solution = REGULATOR
    leader = identity.Staff.objects.get(user_name="jianping.guo")
    at = now - timedelta(days=6, hours=3)
    new = cases.NewTicket(
        title=title, description=description, category=category, channel="email", interaction=contact.id,
        customer=_customer(contact.customer), regulator=True, regulator_number=f"12300-{at:%Y%m%d}-017",
        assignee=leader.pk,
    )  # fmt: skip
    made = cases.open_ticket(actor=actor, new=new, now=at)
    cases.add_note(
        actor=actor, ticket=made.pk, text="已调取受理录像，拟书面答复。", now=now - timedelta(days=1)
    )


def _mass(actor: Actor, contacts: Sequence[Contact], now: datetime) -> int:
    """A cut cable in one district, and those who have reported it."""
    category, title, description = MASS
    at = now - timedelta(hours=2)
    new = cases.NewTicket(
        title=title, description=description, category=category, channel="web", mass=True, place="锦湖区"
    )
    mass = cases.open_ticket(actor=actor, new=new, now=at)
    parts = [
        cases.open_ticket(
            actor=actor,
            new=cases.NewTicket(
                title=PARTS[index % len(PARTS)], category=category, channel="call", place="锦湖区",
                customer=_customer(contact.customer), interaction=contact.id,
            ),
            now=at + timedelta(minutes=9 * index + 4),
        )
        for index, contact in enumerate(contacts)
    ]  # fmt: skip
    keys = [part.public_id for part in parts]
    cases.link_children(actor=actor, parent=mass.public_id, children=keys, now=at + timedelta(minutes=50))
    notice = "锦湖区光缆中断，正在抢修，预计三小时内恢复，给您带来不便敬请谅解。"
    cases.give_notice(actor=actor, parent=mass.public_id, text=notice, now=at + timedelta(minutes=55))
    return 1 + len(parts)


def _customer(key: int) -> customers.Customer:
    return customers.Customer.objects.get(pk=key)
