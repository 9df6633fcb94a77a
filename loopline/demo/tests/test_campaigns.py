"""Offers work as the truth says, in rehearsal and in the world."""

import numpy as np
import pytest

from loopline.demo import truth
from loopline.demo.facts import Facts
from loopline.demo.truth import CAUSE_NAMES
from loopline.demo.world import Treatments, World


def at_risk(world: World, cause: str, least: float = 0.03) -> np.ndarray:
    """Customers who stay and whose main cause it is."""
    wanted = (world.column("chance") >= least) & (CAUSE_NAMES[world.column("cause")] == cause)
    return np.intersect1d(world.column("customer")[wanted], world.staying())


def test_interval_of_a_randomised_campaign_covers_the_true_uplift(demo: tuple[World, Facts]) -> None:
    world, _ = demo
    who = np.concatenate([at_risk(world, "poor_network"), at_risk(world, "contract_ended")])
    of = world.disposition(Treatments(who, np.repeat("CARE", len(who))))
    alone, contacted = truth.expected_to_leave(of, 60)
    true_uplift = float(np.mean(alone - contacted))
    assert true_uplift > 0.01
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        treated = rng.random(len(who)) < 0.5
        left, _ = truth.rehearse(rng, of, treated, 60)
        rates = [left[~treated].mean(), left[treated].mean()]
        counts = [np.sum(~treated), np.sum(treated)]
        error = np.sqrt(sum(rate * (1 - rate) / count for rate, count in zip(rates, counts, strict=True)))
        covered += abs(rates[0] - rates[1] - true_uplift) <= 1.96 * error
    assert 0.925 <= covered / 400 <= 0.975


@pytest.mark.parametrize(("cause", "offer"), [("poor_network", "SPEED"), ("competitor_pull", "DISC12")])
def test_world_answers_offers_as_the_truth_says(demo: tuple[World, Facts], cause: str, offer: str) -> None:
    world, _ = demo
    who = at_risk(world, cause)
    treatments = Treatments(who, np.repeat(offer, len(who)))
    of = world.disposition(treatments)
    days = world.calendar.length(12)
    alone, contacted = truth.expected_to_leave(of, days, days)
    treated, untreated = world.clone(), world.clone()
    facts = treated.advance(days, treatments)
    untreated.advance(days)

    accepted = facts["answers"]["answer"] == "accepted"
    assert np.sum(accepted) == pytest.approx(
        (of.accepts * truth.REACHED).sum(), abs=4 * np.sqrt(len(who) * 0.25)
    )
    for lived, expected in ((untreated, alone), (treated, contacted)):
        left = int(np.sum(~np.isin(who, lived.staying())))
        spread = np.sqrt((expected * (1 - expected)).sum())
        assert abs(left - expected.sum()) <= 3.5 * spread + 5  # a few are thrown out for arrears
    assert len(treated.staying()) > len(untreated.staying())


def test_a_sleeping_dog_is_woken_by_contact(demo: tuple[World, Facts]) -> None:
    world, _ = demo
    dogs = world.column("touchy") & (world.column("chance") < truth.DOG_SLEEPS_BELOW)
    who = np.intersect1d(world.column("customer")[dogs], world.staying())
    of = world.disposition(Treatments(who, np.repeat("SPEED", len(who))))
    alone, contacted = truth.expected_to_leave(of, 30)
    assert np.all(of.irritation == truth.IRRITATION)
    assert np.mean(contacted) > np.mean(alone)


def test_accepted_discount_shows_on_bills_and_contract(demo: tuple[World, Facts]) -> None:
    world = demo[0].clone()
    who = at_risk(world, "bill_shock")
    first = world.advance(world.calendar.length(12), Treatments(who, np.repeat("DISC12", len(who))))
    accepted = first["answers"]["customer"][first["answers"]["answer"] == "accepted"]
    signed = first["contracts"]["subscription"][first["contracts"]["occasion"] == "DISC12"]
    assert np.array_equal(np.sort(signed // 16), np.sort(accepted))
    bills = first["bills"]
    discounted = bills["account"][bills["discount_fen"] < 0]
    assert np.array_equal(np.sort(discounted), np.sort(accepted))


def test_impossible_treatments_are_refused(small: tuple[World, Facts]) -> None:
    world = small[0].clone()
    with pytest.raises(ValueError, match="no such offer"):
        Treatments(np.array([1]), np.array(["FREE"]))
    with pytest.raises(ValueError, match="each customer once"):
        Treatments(np.array([1, 1]), np.array(["CARE", "CARE"]))
    with pytest.raises(KeyError):
        world.advance(1, Treatments(np.array([9_999_999]), np.array(["CARE"])))
