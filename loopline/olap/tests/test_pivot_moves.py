"""One step on the pivot makes another question of a question."""

from datetime import date

from loopline.olap.pivot import moves
from loopline.olap.question import Filter, Measured, Op, Question, Top, Way

ABOVE = {
    "year": "", "quarter": "year", "month": "quarter",
    "company": "", "city": "company", "branch": "city",
    "tier": "", "service": "", "plan": "service",
}  # fmt: skip
ASKED = Question(
    "revenue",
    rows=("year", "tier"),
    columns=("city",),
    measures=(Measured("revenue"), Measured("arpu")),
    top=Top("city", 5, "revenue"),
    sort=-2,
)


def test_the_levels_of_a_hierarchy_are_found_from_any_of_them():
    assert moves.hierarchy("quarter", ABOVE) == ("year", "quarter", "month")
    assert moves.hierarchy("plan", ABOVE) == ("service", "plan")
    assert moves.hierarchy("tier", ABOVE) == ("tier",)


def test_down_into_a_year_and_up_again_is_where_one_was():
    inside = moves.into(ASKED, "year", 2026, ABOVE)
    assert inside.rows == ("quarter", "tier")
    assert inside.filters == (Filter("year", Op.IN, (2026,)),)
    deeper = moves.into(inside, "quarter", date(2026, 7, 1), ABOVE)
    assert deeper.rows == ("month", "tier")
    assert [each.level for each in deeper.filters] == ["year", "quarter"]
    assert moves.out_of(deeper, "quarter", ABOVE) == inside
    assert moves.out_of(deeper, "year", ABOVE) == ASKED


def test_into_a_member_of_a_column_its_next_level_takes_the_column():
    inside = moves.into(ASKED, "city", "north", ABOVE)
    assert inside.columns == ("branch",)
    assert inside.top is None


def test_into_a_member_without_anything_finer_only_filters():
    inside = moves.into(ASKED, "tier", "gold", ABOVE)
    assert inside.rows == ("year", "tier")
    assert inside.filters == (Filter("tier", Op.IN, ("gold",)),)


def test_into_a_member_whose_finer_level_is_there_already_takes_its_own_away():
    asked = Question("revenue", rows=("year", "quarter"), measures=ASKED.measures)
    assert moves.into(asked, "year", 2026, ABOVE).rows == ("quarter",)


def test_a_way_of_looking_stands_beside_its_measure_and_the_sort_follows_its_own():
    shown = moves.toggled(ASKED, Measured("revenue", Way.SHARE))
    assert [str(each) for each in shown.measures] == ["revenue", "revenue:share", "arpu"]
    assert shown.sort == -3
    assert [str(each) for each in moves.toggled(shown, Measured("revenue")).measures] == [
        "revenue:share",
        "arpu",
    ]


def test_the_last_measure_stays():
    one = Question("revenue", measures=(Measured("revenue"),))
    assert moves.toggled(one, Measured("revenue")) == one


def test_sorting_goes_from_the_largest_to_the_smallest_to_the_members():
    first = moves.sorted_by(ASKED, 0)
    second = moves.sorted_by(first, 0)
    assert [first.sort, second.sort, moves.sorted_by(second, 0).sort] == [-1, 1, 0]


def test_swapping_twice_changes_nothing():
    assert moves.swapped(ASKED).rows == ("city",)
    assert moves.swapped(moves.swapped(ASKED)) == ASKED


def test_filters_of_a_level_are_replaced_together():
    first = moves.filtered(ASKED, "month", Filter("month", Op.FROM, (date(2026, 1, 1),)))
    second = moves.filtered(first, "month", Filter("month", Op.TO, (date(2026, 5, 1),)))
    assert second.filters == (Filter("month", Op.TO, (date(2026, 5, 1),)),)
    assert moves.without_filter(second, second.filters[0]).filters == ()
