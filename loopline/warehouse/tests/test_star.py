"""Orders, tickets, tasks, the till, groups and stock in the lake, each figure known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from loopline.cases.models import Category, Ticket
from loopline.customers.models import Customer
from loopline.identity.models import Role, Staff
from loopline.keyaccounts.models import Group, GroupContract
from loopline.orders.models import Order, OrderItem
from loopline.stock.models import Device, Number
from loopline.subscriptions.models import AddOn
from loopline.till.models import Entry, Movement
from loopline.warehouse import api
from loopline.warehouse.tests.books import NAME, Books
from loopline.worklist.models import Task

LATE = datetime(2026, 1, 31, 17, tzinfo=UTC)  # the first of February in Shanghai


@pytest.fixture
def shop(books: Books) -> Books:
    """The books, and beside them an order of two items, a ticket, a task, two receipts, a group, some stock."""
    with books.operator.door():
        who = {"customer_id": books.customer, "branch_id": books.operator.units["north-1"]}
        clerk = books.operator.staff["clerk1"]
        order = Order.objects.create(
            **who, number="O1", channel="phone", staff_id=clerk, created_at=LATE,
            due_at=LATE + timedelta(hours=5), completed_at=LATE + timedelta(hours=6), state="completed",
        )  # fmt: skip
        for position, (kind, once, detail) in enumerate(
            (("port_in", "20.00", {"code": "123456", "donor": "West"}), ("add_service", "5.50", {}))
        ):
            OrderItem.objects.create(
                **who, order=order, position=position, kind=kind, once=Decimal(once), detail=detail,
                state="completed", subscription_id=books.mobile,
            )  # fmt: skip
        root = Category.objects.create(kind="complaint", code="NET", name="网络", name_en="Network")
        Ticket.objects.create(
            **who, number="T1", kind="complaint", category=root, ticket_type="x", title=NAME, state="closed",
            state_at=LATE, is_open=False, channel="call", assignee_id=clerk, opened_at=LATE, answer_minutes=60,
            answer_due_at=LATE + timedelta(hours=1), answered_at=LATE + timedelta(hours=2), solution_minutes=600,
            solution_due_at=LATE + timedelta(hours=9), solved_at=LATE + timedelta(hours=3), due_at=LATE,
            closed_at=LATE + timedelta(days=1), first_contact=True, reopened=1, confirmed=True,
        )  # fmt: skip
        Task.objects.create(
            **who, kind="campaigns.contact", title=NAME, source="campaigns.campaign:77", assignee_id=clerk,
            status="done", created_at=LATE, due_at=LATE, closed_at=LATE + timedelta(minutes=1), closed_by_id=clerk,
        )  # fmt: skip
        _receipts(who, clerk)
        group = Group.objects.create(**who, number="G1", grade="A")
        GroupContract.objects.create(
            **who, group=group, number="V1", name="x", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
            value=Decimal("120000.00"),
        )  # fmt: skip
        AddOn.objects.create(
            **who, subscription_id=books.mobile, offering_id=_offering(books), started_on=date(2026, 1, 9)
        )
        Device.objects.create(imei="990001001234560", model="星河 X1", price=Decimal("2999.00"))
        Number.objects.create(number="16005180001", segment="1600518", grade=2, fee=Decimal("88.00"))
    return books


def _receipts(who: dict[str, int], clerk: int) -> None:
    for number, amount, parts in (
        ("R1", "92.33", {"cash": "50.00", "wechat": "42.33"}),
        ("R2", "-10.00", {}),
    ):
        moved = Movement.objects.create(
            **who, unit_id=who["branch_id"], kind="payment" if parts else "refund", number=number, by_id=clerk,
            amount=Decimal(amount), at=LATE,
        )  # fmt: skip
        for method, part in parts.items():
            Entry.objects.create(movement=moved, debit=method, credit="receivable", amount=Decimal(part))
        if not parts:
            Entry.objects.create(movement=moved, debit="receivable", credit="cash", amount=Decimal("10.00"))


def _offering(books: Books) -> int:
    from loopline.catalogue.models import Offering

    return Offering.objects.get(code="P59").pk


def test_order_items_say_what_their_order_says(shop: Books) -> None:
    api.refresh(shop.tenant)
    assert shop.read(
        "SELECT channel, kind, once, created_on, hours_to_completion, completed_in_time, other_operator "
        "FROM fact_order_item ORDER BY item_id"
    ) == [
        ("phone", "port_in", Decimal("20.00"), date(2026, 2, 1), 6.0, False, "West"),
        ("phone", "add_service", Decimal("5.50"), date(2026, 2, 1), 6.0, False, ""),
    ]
    assert shop.read("SELECT direction, ported_on, month, other_operator FROM fact_porting") == [
        ("in", date(2026, 2, 1), date(2026, 2, 1), "West")
    ]
    with shop.operator.door():
        Order.objects.update(channel="web")  # the items themselves stay as they are
    again = api.refresh(shop.tenant)
    facts = {name: rows for name, rows in again.rows.items() if rows and name.startswith("fact_")}
    assert facts == {"fact_order_item": 2}
    assert shop.read(
        "SELECT DISTINCT f.channel, c.conformed, c.kind FROM fact_order_item f JOIN dim_channel c USING (channel)"
    ) == [("web", "web", "digital")]
    assert api.check(shop.tenant).agrees


def test_tickets_tasks_and_receipts(shop: Books) -> None:
    api.refresh(shop.tenant)
    clerk = shop.operator.staff["clerk1"]
    assert shop.read(
        "SELECT c.code, t.staff_id, opened_on, closed_on, answered_in_time, solved_in_time, hours_to_solution, "
        "first_contact, confirmed, reopened FROM fact_ticket t JOIN dim_ticket_category c USING (category_id)"
    ) == [("NET", clerk, date(2026, 2, 1), date(2026, 2, 2), False, True, 3.0, True, True, 1)]
    assert shop.read("SELECT origin, campaign_id, created_on, closed_late, closed_by FROM fact_task") == [
        ("campaigns.campaign", 77, date(2026, 2, 1), True, clerk)
    ]
    assert shop.read(
        "SELECT kind, on_day, amount, in_cash, in_wechat FROM fact_receipt ORDER BY receipt_id"
    ) == [
        ("payment", date(2026, 2, 1), Decimal("92.33"), Decimal("50.00"), Decimal("42.33")),
        ("refund", date(2026, 2, 1), Decimal("-10.00"), Decimal("-10.00"), Decimal("0.00")),
    ]
    check = api.check(shop.tenant)
    assert check.agrees
    assert {
        table.table: table.money["amount"] for table in check.tables if table.table == "fact_receipt"
    } == {"fact_receipt": "82.33"}


def test_bill_lines_add_up_to_the_bills(books: Books) -> None:
    api.refresh(books.tenant)
    assert books.read("SELECT line, count(*), sum(amount) FROM fact_bill_line GROUP BY 1 ORDER BY 1") == [
        ("monthly_fee", 4, Decimal("178.00")),
        ("usage_charge", 2, Decimal("6.66")),
    ]


def test_groups_add_ons_and_stock(shop: Books) -> None:
    api.refresh(shop.tenant)
    assert shop.read("SELECT grade, value FROM fact_contract JOIN dim_group USING (group_id)") == [
        ("A", Decimal("120000.00"))
    ]
    assert shop.read("SELECT code, started_on FROM fact_add_on JOIN dim_offering USING (offering_id)") == [
        ("P59", date(2026, 1, 9))
    ]
    assert shop.read(
        "SELECT h.maker_en, h.generation, price FROM fact_device_stock JOIN dim_handset h USING (tac)"
    ) == [("Xinghe", "5G", Decimal("2999.00"))]
    assert shop.read("SELECT segment, grade, state, fee FROM fact_number_stock") == [
        ("1600518", 2, "available", Decimal("88.00"))
    ]


def test_staff_are_keys_units_and_roles(books: Books) -> None:
    api.refresh(books.tenant)
    clerk = books.operator.staff["clerk1"]
    with books.operator.door():
        Staff.objects.get(pk=clerk).roles.add(Role.objects.get(code="analyst"))
    assert api.refresh(books.tenant).rows["dim_staff"] == 1
    assert books.read(
        f"SELECT roles, is_current FROM dim_staff WHERE staff_id = {clerk} ORDER BY valid_from"
    ) == [
        ("clerk", False),
        ("analyst,clerk", True),
    ]
    assert "钱一" not in str(books.read("SELECT * FROM dim_staff"))
    assert api.check(books.tenant).agrees


def test_nothing_personal_comes_along(shop: Books) -> None:
    with shop.operator.door():
        Customer.objects.update(name=NAME)
    api.refresh(shop.tenant)
    told = [NAME, "990001001234560", "16005180001", "O1", "T1", "123456"]
    with api.reader(shop.tenant) as con:
        for name in api.table_names():
            text = str(con.execute(f"SELECT * FROM {name}").fetchall())
            assert not [secret for secret in told if f"'{secret}'" in text], name


def test_the_calendar_knows_the_chinese_year(books: Books) -> None:
    api.refresh(books.tenant)
    columns = (
        "day, iso_week, is_workday, holiday, holiday_en, lunar_name, ganzhi, zodiac_en, festival, solar_term"
    )
    assert books.read(
        f"SELECT {columns} FROM dim_calendar WHERE day IN ('2026-02-14', '2026-02-16', '2026-02-17', '2025-07-25', "
        "'2026-02-04') ORDER BY day"
    ) == [
        (date(2025, 7, 25), 30, True, "", "", "闰六月初一", "乙巳", "Snake", "", ""),
        (date(2026, 2, 4), 6, True, "", "", "腊月十七", "乙巳", "Snake", "", "立春"),
        (date(2026, 2, 14), 7, True, "调休上班", "Working day, swapped", "腊月廿七", "乙巳", "Snake", "", ""),
        (date(2026, 2, 16), 8, False, "农历除夕", "Chinese New Year's Eve", "腊月廿九", "乙巳", "Snake", "除夕", ""),
        (
            date(2026, 2, 17), 8, False, "春节", "Chinese New Year (Spring Festival)", "正月初一", "丙午", "Horse",
            "春节", "",
        ),
    ]  # fmt: skip
    assert books.read("SELECT count(*), min(day), max(day) FROM dim_calendar") == [
        (9497, date(2015, 1, 1), date(2040, 12, 31))
    ]
