"""Group customers of the demo operator: organisations with lines of their own, members, key persons, contracts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.db import connection
from django.db.models import Sum

from loopline.billing import api as billing
from loopline.customers import api as customers
from loopline.demo.draws import Stream, stream
from loopline.demo.keys import SOURCE
from loopline.identity import api as identity
from loopline.kernel.copying import copy_rows
from loopline.kernel.permission import Actor
from loopline.keyaccounts import api as keyaccounts
from loopline.subscriptions import api as subscriptions

GROUPS = "demo-groups"
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation: its hall, grade, how many members, and the name of its head office."""

    name: str
    hall: str
    grade: str
    industry: str
    staff: int
    members: int
    above: str = ""


ORGANISATIONS = (
    Organisation("东江重型机械集团", "B01", "A", "制造", 4200, 36),
    Organisation("东江重机锦湖铸造厂", "B02", "B", "制造", 860, 18, "东江重型机械集团"),
    Organisation("东江重机桐山物流公司", "B03", "C", "物流", 210, 9, "东江重型机械集团"),
    Organisation("望川市第一人民医院", "B02", "A", "医疗", 2300, 30),
    Organisation("望川市第一人民医院桐山分院", "B04", "B", "医疗", 540, 14, "望川市第一人民医院"),
    Organisation("桐山区教育局", "B03", "B", "政务", 320, 16),
    Organisation("云泽大学", "B06", "A", "教育", 3100, 40),
    Organisation("白鹭洲科技园管理公司", "B05", "B", "园区", 150, 15),
    Organisation("松屏食品股份公司", "B07", "B", "食品", 980, 17),
    Organisation("云泽工业园电子厂", "B08", "C", "制造", 430, 12),
    Organisation("港西港务集团", "B09", "A", "港口", 2700, 34),
    Organisation("港西港务集装箱码头", "B10", "B", "港口", 640, 15, "港西港务集团"),
    Organisation("梅岭文旅公司", "B11", "C", "旅游", 120, 8),
    Organisation("青岚高铁站商业管理公司", "B12", "C", "商业", 90, 8),
)
PEOPLE = (
    ("何启明", "decides", "总经理", "1968-04-12"),
    ("苗素琴", "finance", "财务总监", "1974-11-30"),
    ("龚立新", "technical", "信息科科长", "1982-07-08"),
    ("尹晓芳", "uses", "办公室主任", "1979-01-21"),
    ("章国华", "influences", "工会主席", "1966-09-02"),
)
PRODUCTS = (
    ("互联网专线 500M", 1, 3800), ("集团V网", 200, 1000), ("物联网卡", 120, 960), ("云视频会议", 50, 2500),
    ("企业宽带", 4, 1196), ("总机服务", 1, 300),
)  # fmt: skip
_MEMBERS = """
SELECT id FROM customers_customer
WHERE branch_id = %s AND source = %s AND kind = 'person' AND left_on IS NULL AND survivor_id IS NULL
ORDER BY id OFFSET %s LIMIT %s
"""


def write_groups(
    *, actor: Actor, rng: np.random.Generator, managers: dict[int, keyaccounts.Post], today: date
) -> None:
    """Make the groups; those whose hall has no account manager are left out."""
    units = dict(identity.Unit.objects.values_list("code", "pk"))
    made: dict[str, keyaccounts.Group] = {}
    taken: dict[str, int] = {}
    for place, wanted in enumerate(ORGANISATIONS):
        post = managers.get(units.get(wanted.hall, 0))
        if post is None:
            continue
        customer = _organisation(wanted, units[wanted.hall], place, rng, today)
        group = keyaccounts.make_group(
            actor=actor, customer=customer, grade=wanted.grade, industry=wanted.industry,
            staff_count=wanted.staff, parent=made.get(wanted.above),
        )  # fmt: skip
        made[wanted.name] = group
        start = taken.get(wanted.hall, 0)
        taken[wanted.hall] = start + wanted.members
        _members(group, wanted.members, start, rng, today)
        _people(actor, group, place)
        _contracts(actor, group, place, today)
        columns = ["customer_id", "branch_id", "post_id", "staff_id", "since", "reason"]
        row = (
            customer.pk,
            customer.branch_id,
            post.pk,
            post.staff_id,
            max(post.since, date(2025, 1, 6)),
            "hand",
        )
        copy_rows(keyaccounts.Charge, columns, [row])


def _organisation(
    wanted: Organisation, branch: int, place: int, rng: np.random.Generator, today: date
) -> customers.Customer:
    """The organisation with two lines, and their bills of the last twelve complete months, all but the last paid."""
    made = customers.write_customers(
        {
            "branch_id": [branch], "name": [wanted.name], "kind": ["organisation"], "source_key": [str(place)],
            "telephone": [f"+8657188{place:02d}0{place:03d}"], "joined_on": [date(2019, 3, 1)],
        },
        source=GROUPS,
    )  # fmt: skip
    customer, account = made.customer_ids[0], made.account_ids[0]
    who = {"customer_id": [customer] * 2, "branch_id": [branch] * 2, "account_id": [account] * 2}
    fees = [Decimal(3800), Decimal(1196)] if wanted.grade == "A" else [Decimal(1280), Decimal(299)]
    lines = subscriptions.write_subscriptions(
        who
        | {
            "source_key": [f"{place}-1", f"{place}-2"], "service": ["data_line", "broadband"],
            "number": [f"DL{place:05d}", f"JT{place:05d}"], "monthly_fee": fees,
            "started_on": [date(2021, 5, 1)] * 2, "contract_ends_on": [today + timedelta(days=40 + 30 * place)] * 2,
        },
        source=GROUPS,
    ).ids  # fmt: skip
    first = today.replace(day=1)
    for back in range(MONTHS, 0, -1):
        month = _months_before(first, back)
        extra = [Decimal(int(rng.integers(0, 40)) * 10) for _line in lines]
        _bill(who | {"subscription_id": lines}, fees, extra, month)
        if back > 1:
            paid = sum(fees, Decimal(0)) + sum(extra, Decimal(0))
            _pay((customer, branch, account), place, paid, month)
    return customers.Customer.objects.get(pk=customer)


def bill_groups(*, seed: int, month: date) -> int:
    """A month is over: the groups' lines are billed, and the bills of the month before are paid. Returns how many."""
    lines = subscriptions.Subscription.objects.filter(source=GROUPS, ended_on=None).order_by("id")
    by_place: dict[int, list[subscriptions.Subscription]] = defaultdict(list)
    for line in lines:
        by_place[int(line.source_key.partition("-")[0])].append(line)
    former = _months_before(month, 1)
    for place, own in by_place.items():
        rng = stream(seed, Stream.GROUP_BILLS, place, month.year * 12 + month.month)
        columns = ("customer_id", "branch_id", "account_id")
        who: dict[str, list[int]] = {name: [getattr(line, name) for line in own] for name in columns}
        extra = [Decimal(int(rng.integers(0, 40)) * 10) for _line in own]
        fees = [line.monthly_fee or Decimal(0) for line in own]
        _bill(who | {"subscription_id": [line.pk for line in own]}, fees, extra, month)
        account = own[0].customer_id, own[0].branch_id, own[0].account_id
        billed = billing.Bill.objects.filter(account_id=account[2], month=former)
        _pay(account, place, billed.aggregate(sum=Sum("amount"))["sum"] or Decimal(0), former)
    return sum(len(own) for own in by_place.values())


def _bill(who: dict[str, list[int]], fees: list[Decimal], extra: list[Decimal], month: date) -> None:
    count = len(fees)
    billing.write_bills(
        who
        | {
            "month": [month] * count, "due_on": [_months_before(month, -1).replace(day=20)] * count,
            "monthly_fee": fees, "usage_charge": extra, "discount": [Decimal(0)] * count,
            "amount": [fee + more for fee, more in zip(fees, extra, strict=True)],
        }
    )  # fmt: skip


def _pay(who: tuple[int, int, int], place: int, amount: Decimal, month: date) -> None:
    """The bills of a month are paid in the middle of the next."""
    if amount > 0:
        customer, branch, account = who
        billing.write_payments(
            {
                "customer_id": [customer], "branch_id": [branch], "account_id": [account],
                "reference": [f"{GROUPS}-{place}-{month:%Y%m}"], "amount": [amount], "method": ["transfer"],
                "paid_on": [_months_before(month, -1).replace(day=15)],
            }
        )  # fmt: skip


def _months_before(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _members(group: keyaccounts.Group, count: int, start: int, rng: np.random.Generator, today: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [group.branch_id, SOURCE, start, count])
        keys = [key for (key,) in cursor.fetchall()]
    days = rng.integers(60, 900, len(keys)).tolist()
    copy_rows(
        keyaccounts.Member,
        ["group_id", "customer_id", "branch_id", "since"],
        [
            (group.pk, key, group.branch_id, today - timedelta(days=back))
            for key, back in zip(keys, days, strict=True)
        ],
    )


def _people(actor: Actor, group: keyaccounts.Group, place: int) -> None:
    for turn in range(2 + place % 3):
        name, role, position, born = PEOPLE[(place + turn) % len(PEOPLE)]
        person = keyaccounts.Person(
            name=name, role=role, position=position, telephone=f"1390571{place:02d}{turn:02d}",
            birth_date=date.fromisoformat(born),
        )  # fmt: skip
        keyaccounts.set_key_person(actor=actor, group=group, person=person)


def _contracts(actor: Actor, group: keyaccounts.Group, place: int, today: date) -> None:
    """The frame contract ends at another time for each, some within their notice; products hang on it."""
    ends = today + timedelta(days=25 + 37 * place)
    starts = ends - timedelta(days=729)
    offered = [PRODUCTS[(place + turn) % len(PRODUCTS)] for turn in range(2 + place % 2)]
    value = Decimal(sum(fee for _name, _quantity, fee in offered) * 24)
    contract = keyaccounts.sign_contract(
        actor=actor, group=group, name="集团通信服务框架合同", starts_on=starts, ends_on=ends, value=value,
        number=f"DJ-JT-{starts:%Y}-{place + 1:03d}", notice_days=60,
    )  # fmt: skip
    for name, quantity, fee in offered:
        keyaccounts.add_product(
            actor=actor, group=group, name=name, quantity=quantity, monthly_fee=Decimal(fee), since=starts,
            contract=contract,
        )  # fmt: skip
