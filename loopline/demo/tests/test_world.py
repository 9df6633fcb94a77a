"""The world is believable, its books balance, and it lives the same life however it is cut into days."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from loopline.demo.archive import read_truth, write_truth
from loopline.demo.catalogue import OFFERS, PLANS
from loopline.demo.facts import SCHEMA, Facts
from loopline.demo.organisation import staff, units
from loopline.demo.tests.conftest import END, merged
from loopline.demo.world import Treatments, World


def same(left: Facts, right: Facts, but: tuple[str, ...] = ()) -> None:
    for name, table in left.items():
        for column, values in table.items():
            if name not in but:
                np.testing.assert_array_equal(values, right[name][column], err_msg=f"{name}.{column}")


def test_organisation_staff_and_catalogue() -> None:
    tree = units()
    codes = [unit.code for unit in tree]
    assert len(tree) == 40 == len(set(codes))
    assert all(unit.parent is None or unit.parent in codes[:place] for place, unit in enumerate(tree))
    people = staff()
    assert len(people) == 60 == len({one.login for one in people})
    assert {one.unit for one in people} <= set(codes)
    assert len(PLANS) == 12 and len(OFFERS) == 5


def test_size_and_schema(small: tuple[World, Facts]) -> None:
    world, facts = small
    assert np.array_equal(np.sort(facts["customers"]["customer"]), np.arange(1, 2001))
    assert {name: set(table) for name, table in facts.items()} == {n: set(c) for n, c in SCHEMA.items()}
    assert world.today == date(2026, 7, 1)
    assert set(np.unique(facts["bills"]["month"]).astype(str)) == {
        *(f"2025-{month:02d}-01" for month in range(7, 13)),
        *(f"2026-{month:02d}-01" for month in range(1, 7)),
    }


def test_keys_are_unique(demo: tuple[World, Facts]) -> None:
    facts = demo[1]
    keys = [
        ("customers", "document"),
        ("customers", "number"),
        ("customers", "phone"),
        ("accounts", "number"),
        ("subscriptions", "subscription"),
        ("subscriptions", "service_number"),
        ("bills", "bill"),
        ("payments", "payment"),
        ("interactions", "interaction"),
    ]
    for table, column in keys:
        values = facts[table][column]
        assert len(np.unique(values)) == len(values), (table, column)


def test_documents_have_right_check_signs(small: tuple[World, Facts]) -> None:
    people = small[1]["customers"]
    person = people["kind"] == "person"
    assert 0.94 <= person.mean() <= 0.98
    for number, born, sex in zip(
        people["document"][person], people["birth_date"][person], people["sex"][person], strict=True
    ):
        total = sum(int(sign) * (2 ** (17 - place) % 11) for place, sign in enumerate(number[:17]))
        assert number[17] == "10X98765432"[total % 11]
        assert number[6:14] == str(born).replace("-", "")
        assert (int(number[16]) % 2 == 1) == (sex == "M")
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for code in people["document"][~person]:
        total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
        assert (total + signs.index(code[17])) % 31 == 0
        body = sum(int(sign) * w for sign, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        assert code[16] == {10: "X", 11: "0"}.get(11 - body % 11, str(11 - body % 11))


def test_numbers_and_ages(small: tuple[World, Facts]) -> None:
    people = small[1]["customers"]
    assert all(len(phone) == 14 and phone[:6] in {"+86163", "+86164", "+86168"} for phone in people["phone"])
    person = people["kind"] == "person"
    age = (people["joined_on"] - people["birth_date"])[person].astype(np.int64) / 365.25
    assert age.min() >= 16
    tenure = (np.datetime64(END) - people["joined_on"]).astype(np.int64) / 365.25
    assert tenure.max() <= 13


def test_books_balance(demo: tuple[World, Facts]) -> None:
    world, facts = demo
    bills, payments = facts["bills"], facts["payments"]
    lines = ("fee_fen", "voice_fen", "data_fen", "roaming_fen", "vas_fen", "discount_fen")
    assert np.array_equal(bills["total_fen"], sum(bills[line] for line in lines))
    billed = np.bincount(bills["account"], weights=bills["total_fen"], minlength=20_001)[1:]
    paid = np.bincount(payments["account"], weights=payments["amount_fen"], minlength=20_001)[1:]
    assert np.array_equal(billed - paid, world.column("balance"))
    assert payments["amount_fen"].min() > 0
    prepaid = world.column("prepaid")
    assert world.column("balance")[prepaid].max() <= 0
    top_ups = payments["occasion"] == "top_up"
    assert payments["amount_fen"][top_ups].sum() == facts["usage"]["top_up_fen"].sum()


def test_nothing_happens_after_leaving_or_before_joining(demo: tuple[World, Facts]) -> None:
    facts = demo[1]
    lines, usage = facts["subscriptions"], facts["usage"]
    order = np.argsort(lines["subscription"])
    place = order[np.searchsorted(lines["subscription"][order], usage["subscription"])]
    month = usage["month"].astype("datetime64[M]")
    ended = lines["terminated_on"][place].astype("datetime64[M]")
    assert not np.any(month > ended)
    assert not np.any(month < lines["started_on"][place].astype("datetime64[M]"))
    left = np.full(20_001, np.datetime64("NaT", "D"))
    left[facts["truth_leavers"]["customer"]] = facts["truth_leavers"]["on"]
    contacts = facts["interactions"]
    assert not np.any(contacts["on"] >= left[contacts["customer"]])
    assert not np.any(facts["payments"]["paid_on"] > left[facts["payments"]["account"]])
    internal = facts["terminations"]["kind"] == "internal"
    assert 100 < internal.sum() < 500


def test_same_seed_same_world_whatever_the_month(small: tuple[World, Facts]) -> None:
    same(small[1], merged(World.new(size="small", end_month=END).history()))
    other = merged(World.new(size="small", end_month=date(2027, 6, 1)).history())
    assert np.array_equal(small[1]["customers"]["name"], other["customers"]["name"])
    assert np.array_equal(small[1]["bills"]["total_fen"], other["bills"]["total_fen"])
    assert np.array_equal(small[1]["truth_leavers"]["cause"], other["truth_leavers"]["cause"])
    assert other["bills"]["month"].max() == np.datetime64("2027-06-01")
    with pytest.raises(ValueError, match="2024"):
        World.new(end_month=date(2023, 1, 1))


def test_days_make_months(small: tuple[World, Facts]) -> None:
    by_month, by_days = small[0].clone(), small[0].clone()
    who = by_month.staying()[:300]
    offers = Treatments(who, np.repeat("DISC12", len(who)))
    whole = merged([by_month.step(12, offers), by_month.step(13)])
    pieces = [by_days.advance(days, offers if first else None) for first, days in ((True, 5), (False, 1))]
    pieces += [by_days.advance(days) for days in (20, 9, 0, 27)]
    assert by_days.today == by_month.today == date(2026, 9, 1)
    same(whole, merged(pieces))


def test_a_saved_world_lives_on_and_a_killed_tick_is_repeated(
    small: tuple[World, Facts], tmp_path: Path
) -> None:
    world = small[0].clone()
    who = world.staying()[:200]
    world.advance(4, Treatments(who, np.repeat("CARE", len(who))))
    world.save(tmp_path)
    first = world.advance(40)
    world.save(tmp_path)
    again = World.load(tmp_path, day=world.day - 40)
    second = again.advance(40)
    same(first, second)
    assert World.load(tmp_path).today == world.today
    write_truth(tmp_path, first, world.day - 40)
    write_truth(tmp_path, second, world.day - 40)
    assert read_truth(tmp_path, "truth").num_rows == len(first["truth"]["customer"])
    with pytest.raises(FileNotFoundError):
        World.load(tmp_path, day=1)


def test_the_operator_stays_in_business(small: tuple[World, Facts]) -> None:
    world = small[0].clone()
    before = len(world.staying())
    facts = world.advance(365)
    after = len(world.staying())
    assert len(facts["customers"]["customer"]) == 12 * 40
    assert facts["customers"]["customer"].min() == 2001
    assert 0.85 < after / before < 1.15
    leavers = len(facts["truth_leavers"]["customer"])
    assert before + 480 - leavers == after
