"""Where columns come from, read from the definitions that do the work."""

from loopline.warehouse import lineage
from loopline.warehouse.lineage import Place


def _source(table: str, *columns: str) -> tuple[Place, ...]:
    return tuple(Place(table, column, source=True) for column in columns)


def test_a_column_of_a_fact_that_joins_its_order() -> None:
    assert lineage.origins("fact_order_item")["completed_in_time"] == _source(
        "orders_order", "completed_at", "due_at"
    )
    assert lineage.origins("fact_order_item")["created_on"] == _source("orders_order", "created_at")
    assert lineage.origins("fact_receipt")["in_cash"] == _source("till_entry", "debit", "amount", "credit")
    assert lineage.origins("dim_staff")["roles"] == _source("identity_role", "code")


def test_revenue_of_a_month_back_to_the_bill() -> None:
    steps = {step.place: step.made_of for step in lineage.ancestry("fact_subscription_month", "revenue")}
    assert steps == {
        Place("fact_subscription_month", "revenue"): (Place("fact_bill", "amount"),),
        Place("fact_bill", "amount"): _source("billing_bill", "amount"),
        Place("billing_bill", "amount", source=True): (),
    }


def test_a_discount_line_is_made_of_each_part_of_the_bill() -> None:
    assert lineage.origins("fact_bill_line")["amount"] == (
        Place("fact_bill", "discount"),
        Place("fact_bill", "monthly_fee"),
        Place("fact_bill", "usage_charge"),
    )
    assert Place("fact_bill_line", "amount") in lineage.descent("fact_bill", "usage_charge")


def test_a_cube_column_reaches_operations() -> None:
    places = {step.place for step in lineage.ancestry("cube_revenue", "revenue")}
    assert {Place("line_month", "amount"), *_source("billing_bill", "amount")} <= places


def test_every_column_that_follows_operations_has_an_origin() -> None:
    without = [
        (table.name, column.name)
        for table in lineage.TABLES
        for column in table.columns
        if not lineage.origins(table.name)[column.name]
    ]
    assert without == []
