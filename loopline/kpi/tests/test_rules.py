"""What decides: periods, limits and pace, forecasts, targets down the tree, marks."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loopline.kpi.rules import judging, periods, scorecard, targets, work
from loopline.kpi.rules.forecast import CannotTell, Forecast, day_weights, forecast
from loopline.kpi.rules.judging import Case, Limits, Status, judge

D = Decimal


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(["day", "month", "quarter"]),
    st.integers(-30, 30),
)
def test_periods_follow_one_another(day, kind, by):
    first = periods.first_day(kind, day)
    assert first <= day <= periods.last_day(kind, first)
    assert periods.shifted(kind, periods.shifted(kind, first, by), -by) == first
    assert periods.elapsed(kind, first, periods.last_day(kind, first), lambda _day: 1.0) == 1


def test_what_adds_up_is_judged_by_pace():
    limits = Limits(D(95), D(85))
    half = Case(D(45), higher_is_better=True, adds_up=True, share=0.5, target=D(100))
    assert judge(half, limits) == (Status.WARN, Limits(D("47.5"), D("42.5")))
    assert judge(Case(D(42), True, True, 0.5, D(100)), limits)[0] is Status.BREACH
    assert judge(Case(D(0), True, True, 0.05, D(100)), limits)[0] is Status.OPEN
    assert judge(Case(D(50), True, True, 0.5, D(100), forecast=D(99)), limits)[0] is Status.WARN
    assert judge(Case(D(50), True, True, 0.5, D(100), forecast=D(101)), limits)[0] is Status.GOOD


def test_too_many_is_a_breach_at_once():
    limits = Limits(D(105), D(115))
    assert judge(Case(D(116), False, True, 0.05, D(100)), limits)[0] is Status.BREACH
    assert judge(Case(D(60), False, True, 0.5, D(100), forecast=D(120)), limits)[0] is Status.WARN


def test_limits_by_basis():
    assert judging.limits_of("absolute", D(9), D(8), None, None) == Limits(D(9), D(8))
    assert judging.limits_of("of_target", D("0.95"), D("0.85"), D(200), None) == Limits(D(190), D(170))
    assert judging.limits_of("change", D("-0.1"), D("-0.2"), None, D(50)) == Limits(D(45), D(40))
    assert judging.limits_of("change", D("-0.1"), D("-0.2"), None, None) is None


def test_forecast_says_when_it_cannot_tell():
    assert forecast(D(5), [D(100)] * 8, 0.05, adds_up=True) == CannotTell("too_soon")
    assert forecast(D(50), [D(100)] * 3, 0.5, adds_up=True) == CannotTell("too_little_history", 3)
    assert forecast(D(50), [D(100)] * 8, 0.5, adds_up=True) == Forecast(D(100), D(100), D(100), "run_rate")
    told = forecast(D(50), [D(100), D(110), D(95), D(105)], 0.5, adds_up=True)
    assert D(50) <= told.low < told.value == D(100) < told.high
    assert forecast(D(50), [], 1, adds_up=True).value == 50


def test_days_off_weigh_what_they_brought():
    days = [date(2026, 9, 1 + n) for n in range(30)]
    off = {day for day in days if day.weekday() > 4}
    weight = day_weights({day: D(2 if day in off else 8) for day in days}, lambda day: day.weekday() > 4)
    assert (weight(date(2026, 9, 5)), weight(date(2026, 9, 7))) == (0.25, 1.0)
    assert day_weights({}, lambda _day: True)(days[0]) == 1


def test_targets_down_the_tree():
    goals = [
        targets.Goal(1, date(2026, 1, 1), D(100), "share"),
        targets.Goal(1, date(2026, 6, 1), D(200), "share"),
        targets.Goal(2, date(2026, 1, 1), D(30), "none", owner=7),
    ]
    before = {1: D(50), 2: D(20), 3: D(10)}.get
    assert targets.held(goals, [1], date(2026, 5, 1), before) == targets.Held(D(100), 1, 0)
    assert targets.held(goals, [1, 2], date(2026, 7, 1), before) == targets.Held(D(30), 2, 7)
    assert targets.held(goals, [1, 2, 3], date(2026, 7, 1), before) == targets.Held(D(40), 1, 0)
    assert targets.held(goals, [1, 4], date(2026, 7, 1), before) is None


def test_marks_and_scores():
    weights = {"tasks_done": work.Weight(D(3), D(20)), "tasks_in_time": work.Weight(D(1), D(100))}
    shares = frozenset({"tasks_in_time"})
    assert work.judge({"tasks_done": D(10), "tasks_in_time": D(100)}, weights, shares, D(1)).score == D(
        "62.5"
    )
    assert work.judge({"tasks_done": D(80), "tasks_in_time": None}, weights, shares, D(1)).score == D(120)
    assert work.judge({"tasks_done": D(0), "tasks_in_time": None}, weights, shares, D(1)).score is None
    assert scorecard.score([scorecard.Reached(D(1), D(3)), scorecard.Reached(None, D(9))]) == 100
    assert scorecard.total({"finance": D(80), "customer": D(100), "process": None}, {"finance": D(3)}) == 85
