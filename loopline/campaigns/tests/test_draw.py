"""The draw: exact, the same for the same seed, and never one person in both arms."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from loopline.campaigns.rules.draw import CONTROL, Candidate, draw, waves

AUDIENCES = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from(["high/high", "high/low", "low/high"])), max_size=120
).map(lambda rows: [Candidate(number, *row) for number, row in enumerate(rows, start=1)])
SHARES = st.sampled_from([0.0, 0.1, 0.2, 0.3333, 0.5, 1.0])


@settings(max_examples=150, deadline=None)
@given(AUDIENCES, SHARES, st.integers(0, 2**62), st.randoms())
def test_the_draw_keeps_its_promises(audience, share, seed, shuffler):
    arms = draw(audience, seed=seed, control_share=share)
    assert set(arms) == {candidate.subscription for candidate in audience}
    by_customer = defaultdict(set)
    for candidate in audience:
        by_customer[candidate.customer].add(arms[candidate.subscription])
    assert all(len(found) == 1 for found in by_customer.values())
    assert abs(sum(found == {CONTROL} for found in by_customer.values()) - share * len(by_customer)) <= 0.5
    shuffled = list(audience)
    shuffler.shuffle(shuffled)
    assert draw(shuffled, seed=seed, control_share=share) == arms


@settings(max_examples=50, deadline=None)
@given(AUDIENCES, SHARES, st.integers(0, 2**62))
def test_the_share_is_kept_within_each_stratum(audience, share, seed):
    single = [Candidate(row.subscription, row.subscription, row.stratum) for row in audience]
    arms = draw(single, seed=seed, control_share=share)
    for stratum in {row.stratum for row in single}:
        members = [arms[row.subscription] for row in single if row.stratum == stratum]
        assert abs(members.count(CONTROL) - share * len(members)) <= 1


def test_the_draw_of_a_seed_never_changes():
    """A campaign that was started last year must be drawn again as it was."""
    audience = [Candidate(number, number) for number in range(1, 21)]
    arms = draw(audience, seed=7, control_share=0.2)
    assert [number for number, arm in arms.items() if arm == CONTROL] == PINNED


PINNED = [9, 11, 16, 20]


def test_the_draw_is_even_over_customers():
    """Over many seeds each customer is in the control group about as often as any other."""
    audience = [Candidate(number, number) for number in range(1, 11)]
    counts = defaultdict(int)
    for seed in range(2000):
        for number, arm in draw(audience, seed=seed, control_share=0.2).items():
            counts[number] += arm == CONTROL
    assert sum(counts.values()) == 4000
    assert all(320 <= counts[number] <= 480 for number in range(1, 11))


def test_waves_are_equal_and_repeatable():
    placed = waves(range(10), seed=3, count=3)
    assert sorted(list(placed.values()).count(wave) for wave in (1, 2, 3)) == [3, 3, 4]
    assert waves(reversed(range(10)), seed=3, count=3) == placed
    assert waves([], seed=3, count=3) == {}
