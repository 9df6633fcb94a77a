"""The statistics of a campaign against published figures and against a planted truth."""

from decimal import Decimal

import numpy as np
import pytest

from loopline.campaigns.rules import effect


@pytest.mark.parametrize(
    ("treated", "control", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_is_newcombes_method_10(treated, control, low, high):
    """Table II of the paper, columns of method 10."""
    found = effect.estimate(
        treated=treated[1],
        treated_successes=treated[0],
        control=control[1],
        control_successes=control[0],
        enough=1,
    )
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_in_400_simulated_campaigns_the_interval_covers_the_planted_uplift():
    random = np.random.default_rng(20260301)
    covered = 0
    for _ in range(400):
        base, uplift = random.uniform(0.02, 0.9), random.uniform(0.0, 0.09)
        members = int(random.integers(500, 6000))
        control = int(members * random.uniform(0.1, 0.5))
        treated = members - control
        found = effect.estimate(
            treated=treated,
            treated_successes=int(random.binomial(treated, base + uplift)),
            control=control,
            control_successes=int(random.binomial(control, base)),
        )
        assert isinstance(found, effect.Effect)
        covered += found.low <= uplift <= found.high
    assert 0.925 <= covered / 400 <= 0.975


def test_with_too_few_finished_windows_there_is_no_number():
    found = effect.estimate(treated=400, treated_successes=380, control=49, control_successes=40)
    assert found == effect.TooEarly(needed=50, treated=400, control=49)
    assert effect.estimate(treated=0, treated_successes=0, control=0, control_successes=0) == effect.TooEarly(
        50, 0, 0
    )


def test_impossible_counts_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="3 successes of 2"):
        effect.estimate(treated=2, treated_successes=3, control=50, control_successes=0)


def test_a_one_sided_bound_is_above_the_two_sided_one():
    counts = {"treated": 300, "treated_successes": 270, "control": 100, "control_successes": 80}
    two, one = effect.estimate(**counts), effect.estimate(**counts, one_sided=True)
    assert (round(two.low, 4), round(two.high, 4)) == (0.0227, 0.1935)
    assert (round(one.low, 4), one.high) == (0.0341, 1.0)
    assert two.is_certain


def test_the_size_needed_is_the_textbook_one():
    """The example of R's power.prop.test: 50 % against 75 % with power .9 needs 76.7 in each group."""
    assert effect.size_needed(base=0.5, smallest=0.25, power=0.9) == 2 * 77
    assert effect.size_needed(base=0.6, smallest=0.1) == 2 * 356


def test_what_can_be_detected_is_the_inverse_of_the_size_needed():
    smallest = effect.smallest_detectable(base=0.9, members=2000, control_share=0.2)
    assert smallest is not None
    assert round(smallest, 3) == 0.041
    assert effect.size_needed(base=0.9, smallest=smallest, control_share=0.2) <= 2000
    assert effect.smallest_detectable(base=0.9, members=10, control_share=0.2) is None


def test_worth_and_cost_add_up_to_the_fen():
    found = effect.estimate(treated=800, treated_successes=720, control=200, control_successes=160)
    costs = effect.cost(
        contacts=750,
        contact_cost=Decimal("3.20"),
        accepted=240,
        offer_monthly_cost=Decimal("15.00"),
        term_months=12,
    )
    assert costs == Decimal("45600.00")
    worth = effect.worth(found, value=Decimal("600"), costs=costs)
    assert worth.incremental.amount == Decimal("48000.00")
    assert worth.net.amount == Decimal("2400.00")
    assert worth.net.low == worth.incremental.low - costs
    assert worth.incremental.low < worth.incremental.amount < worth.incremental.high
