"""The key account desk of the demo operator: the chain of four levels, who is in whose charge, care and visits.

It adds to what the world tells and changes nothing of it; draws come from a stream of their own.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import connection

from loopline.demo.draws import Stream, stream
from loopline.demo.groups import write_groups
from loopline.demo.keys import SOURCE
from loopline.identity import api as identity
from loopline.interactions import api as interactions
from loopline.kernel.copying import copy_rows
from loopline.kernel.permission import Actor
from loopline.keyaccounts import api as keyaccounts

EACH = 90
"""So many key accounts has every account manager, where his hall has them."""
LEADERS = [
    # login, 姓名, name, unit, level, unit of the one above
    ("zhiqiang.fang", "方志强", "Fang Zhiqiang", "P39", "director", ""),
    ("meihua.jin", "金美华", "Jin Meihua", "C01", "department", "P39"),
    ("jianhui.lei", "雷建辉", "Lei Jianhui", "C02", "department", "P39"),
    ("lanying.bai", "白兰英", "Bai Lanying", "C03", "department", "P39"),
    ("wenbin.zou", "邹文斌", "Zou Wenbin", "D01", "district", "C01"),
    ("xiuzhen.kong", "孔秀珍", "Kong Xiuzhen", "D02", "district", "C01"),
    ("haifeng.qin", "秦海峰", "Qin Haifeng", "D03", "district", "C02"),
    ("yanping.jiang", "江艳萍", "Jiang Yanping", "D04", "district", "C02"),
    ("dawei.shi", "史大伟", "Shi Dawei", "D05", "district", "C03"),
    ("liping.gu", "顾丽萍", "Gu Liping", "D06", "district", "C03"),
]
BEFORE = date(2024, 3, 1)
PURPOSES = ["季度走访", "套餐回访", "续约沟通", "网络感知回访", "生日关怀", "新业务介绍"]
MET = ["本人", "本人及家属", "行政主管", "财务负责人", "办公室主任", "信息科科长"]
RESULTS = [
    "对网络满意，愿意继续使用，介绍了家庭融合套餐。",
    "反映地下车库信号弱，已登记并答应三天内回复。",
    "合约下月到期，倾向续约两年，要求保留原优惠。",
    "孩子上大学需要副卡，约定开学前办理。",
    "账单有疑问，已逐项说明，客户认可。",
    "考虑携号转网，主要嫌流量不够，已申请专属流量包。",
]
NEXT = ["发送续约方案", "回复信号处理结果", "办理副卡", "申请专属流量包", "介绍云办公产品"]
_CHOSEN = """
SELECT c.id, c.branch_id, c.tier FROM identity_unit u CROSS JOIN LATERAL (
    SELECT id, branch_id, tier FROM customers_customer
    WHERE branch_id = u.id AND source = %s AND left_on IS NULL AND survivor_id IS NULL
      AND tier IN ('diamond', 'gold') AND id %% 11 <> 0
    ORDER BY tier, id LIMIT %s
) c WHERE u.level = 'branch' ORDER BY c.id
"""


def write_key_accounts(*, actor: Actor, seed: int, now: datetime) -> int:
    """Give the operator its desk, once; returns how many customers came into somebody's charge."""
    today = now.astimezone(actor.zone).date()
    if keyaccounts.Post.objects.exists():
        return 0
    rng = stream(seed, Stream.KEY_ACCOUNTS, 0)
    managers = _appoint(actor, today)
    chosen = _chosen()
    _put_in_charge(rng, managers, chosen, today)
    _plan_care(rng, chosen, today)
    _visit(rng, actor, managers, chosen, now)
    write_groups(actor=actor, rng=rng, managers=managers, today=today)
    _rules(actor, managers)
    return len(chosen)


def _appoint(actor: Actor, today: date) -> dict[int, keyaccounts.Post]:
    """The chain; returns the managers' posts by the hall whose customers are theirs."""
    units = {unit.code: unit for unit in identity.Unit.objects.all()}
    password = identity.Staff.objects.exclude(password="!").values_list("password", flat=True)[0]
    supervisor = identity.Role.objects.get(code="supervisor")
    posts: dict[str, keyaccounts.Post] = {}
    since = min(BEFORE, today)
    for login, name, name_en, unit, level, above in LEADERS:
        surname, given = name_en.split(" ")
        person = identity.Staff.objects.create(
            user_name=login, name=name, name_en=f"{given} {surname}", unit=units[unit], password=password
        )
        person.roles.add(supervisor)
        posts[unit] = keyaccounts.appoint(
            actor=actor, staff=person, level=level, unit=units[unit], above=posts.get(above), today=since
        )
    managers: dict[int, keyaccounts.Post] = {}
    people = identity.Staff.objects.filter(roles__code="account_manager").select_related(
        "unit__parent__parent"
    )
    for person in people.order_by("unit__code"):
        hall = person.unit.parent
        if hall is None or hall.parent is None or hall.pk in managers:
            continue
        managers[hall.pk] = keyaccounts.appoint(
            actor=actor, staff=person, level="manager", unit=person.unit, above=posts[hall.parent.code],
            today=since, load_limit=120,
        )  # fmt: skip
    return managers


def _chosen() -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, [SOURCE, EACH])
        return list(cursor.fetchall())


def _put_in_charge(
    rng: np.random.Generator,
    managers: dict[int, keyaccounts.Post],
    chosen: list[tuple[int, int, str]],
    today: date,
) -> None:
    days = rng.integers(20, 600, len(chosen)).tolist()
    columns = ["customer_id", "branch_id", "post_id", "staff_id", "since", "reason"]
    copy_rows(
        keyaccounts.Charge,
        columns,
        [
            (key, branch, post.pk, post.staff_id, max(post.since, today - timedelta(days=back)), "rules")
            for (key, branch, _tier), back in zip(chosen, days, strict=True)
            if (post := managers.get(branch))
        ],
    )


def _plan_care(rng: np.random.Generator, chosen: list[tuple[int, int, str]], today: date) -> None:
    """Every fourth key account has a plan; one step in three is done."""
    rows: list[tuple[Any, ...]] = []
    for key, branch, tier in chosen[::4]:
        steps = [("call", "call", 2), ("festival", "gift", 12)]
        steps.append(
            ("quarterly_visit", "visit", 3) if tier == "diamond" else ("half_yearly_visit", "visit", 6)
        )
        for what, way, months in steps:
            due = today + timedelta(days=int(rng.integers(2, 70)))
            rows.append((key, branch, what, way, due, months, None, ""))
            if rng.random() < 0.35:
                done = today - timedelta(days=int(rng.integers(5, 60)))
                rows.append((key, branch, what, way, done, months, done, "客户表示满意"))
    columns = ["customer_id", "branch_id", "what", "way", "due_on", "every_months", "done_on", "result"]
    copy_rows(keyaccounts.CareStep, columns, rows)


def _visit(
    rng: np.random.Generator,
    actor: Actor,
    managers: dict[int, keyaccounts.Post],
    chosen: list[tuple[int, int, str]],
    now: datetime,
) -> None:
    """Of every seven key accounts two were visited, one is to be, and now and then a visit is overdue."""
    today = now.astimezone(actor.zone).date()
    visits: list[tuple[Any, ...]] = []
    touches: list[tuple[Any, ...]] = []
    for place, (key, branch, _tier) in enumerate(chosen):
        post = managers.get(branch)
        turn = place % 7
        if post is None or turn > 3:
            continue
        back = int(rng.integers(3, 110))
        purpose, result = PURPOSES[int(rng.integers(len(PURPOSES)))], RESULTS[int(rng.integers(len(RESULTS)))]
        if turn < 2:
            on = today - timedelta(days=back)
            at = _at(rng, on, actor)
            after = (NEXT[int(rng.integers(len(NEXT)))], on + timedelta(days=14)) if turn else ("", None)
            met = MET[int(rng.integers(2))]
            visits.append((key, branch, post.staff_id, "done", at, purpose, at, met, result, *after))
            touches.append((key, branch, at, on, purpose, result, post))
        elif turn == 2:
            at = _at(rng, today + timedelta(days=1 + back % 20), actor)
            visits.append((key, branch, post.staff_id, "planned", at, purpose, None, "", "", "", None))
        elif place % 21 == 3:
            at = _at(rng, today - timedelta(days=1 + back % 9), actor)
            visits.append((key, branch, post.staff_id, "planned", at, purpose, None, "", "", "", None))
    columns = ["customer_id", "branch_id", "staff_id", "state", "planned_at", "purpose", "done_at", "met", "result",
               "next_step", "next_on"]  # fmt: skip
    copy_rows(keyaccounts.Visit, columns, visits)
    _touch(touches)


def _touch(touches: list[tuple[Any, ...]]) -> None:
    """A visit is a contact too."""
    if not touches:
        return
    who, branch, at, on, topic, summary, posts = map(list, zip(*touches, strict=True))
    interactions.write_interactions(
        {
            "customer_id": who, "branch_id": branch, "at": at, "on": on, "topic": topic, "summary": summary,
            "kind": ["visit"] * len(who), "channel": ["visit"] * len(who), "inbound": [False] * len(who),
            "staff_id": [post.staff_id for post in posts], "staff_name": [post.staff.name for post in posts],
            "source_key": [f"{SOURCE}-visit-{key}" for key in who],
        }
    )  # fmt: skip


def _at(rng: np.random.Generator, on: date, actor: Actor) -> datetime:
    local = datetime.combine(on, time(9 + int(rng.integers(8)), 30 * int(rng.integers(2))), tzinfo=actor.zone)
    return local.astimezone(UTC)


def _rules(actor: Actor, managers: dict[int, keyaccounts.Post]) -> None:
    """The rules by which new ones are given out; nobody has run them yet."""
    for name, tier in (("钻石卡按营业厅分配", "diamond"), ("金卡按营业厅分配", "gold")):
        for branch, post in list(managers.items())[:3]:
            hall = identity.Unit.objects.get(pk=branch)
            keyaccounts.set_rule(
                actor=actor, name=f"{name}·{hall.name}", post=post, tier=tier, unit=hall, kind="person"
            )
