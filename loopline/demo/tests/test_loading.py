"""The simulated world arrives in the product whole, once, and without its truth."""

from datetime import date

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection

from loopline.demo import api as demo
from loopline.demo import crew
from loopline.demo.facts import SCHEMA, TRUTH
from loopline.demo.jobs import grow
from loopline.demo.loading import part_of, worlds_of
from loopline.demo.models import Simulation
from loopline.demo.tests.operators import (
    MORNING,
    SUMS,
    a_code,
    in_product,
    in_world,
    killed,
    lived,
    loaded,
)
from loopline.identity import api as identity
from loopline.identity.api import Staff
from loopline.kernel import clock
from loopline.kernel.scope import NOBODY, Scope, enter
from loopline.testing import Operator

SIZE = 400


@pytest.fixture(scope="module")
def operator(database):
    return loaded(SIZE)


@pytest.fixture(scope="module")
def facts():
    return lived(SIZE)


def test_what_is_in_the_product_adds_up_to_the_world_to_the_fen(operator, facts):
    assert in_product(operator.tenant) == in_world(facts)
    assert demo.today(operator.tenant) == date(2026, 7, 10)


def test_a_second_load_adds_nothing(operator, facts):
    with clock.frozen(MORNING):
        again = demo.load(size=SIZE, code=operator.code)
    assert (again.customers, again.new, again.today) == (SIZE, 0, date(2026, 7, 10))
    assert in_product(operator.tenant) == in_world(facts)


def test_a_load_that_is_killed_and_called_again_ends_as_if_nothing_had_happened(database, facts):
    code = a_code()
    killed(
        f"""
from datetime import datetime
from loopline.demo import api as demo
from loopline.kernel import clock
with clock.frozen(datetime.fromisoformat("{MORNING.isoformat()}")):
    demo.load(size={SIZE}, code="{code}", progress=lambda done, of: done >= 320 and os.kill(os.getpid(), 9))
"""
    )
    halfway = demo.status(code)
    assert (halfway.customers, halfway.target, halfway.complete, halfway.today) == (320, SIZE, False, None)
    with pytest.raises(demo.StillLoading):
        demo.tick(days=1, code=code)
    operator = Operator(halfway_tenant(code), code, password=demo.PASSWORD)
    desk = operator.client("liqun.chen").get("/").content.decode()
    assert "The demo operator is growing" in desk and "320 of 400 customers are here" in desk
    with clock.frozen(MORNING):
        grow.func(tenant=operator.tenant, size=SIZE)
    assert in_product(operator.tenant) == in_world(facts)
    assert "The demo operator is growing" not in operator.client("liqun.chen").get("/").content.decode()


ORPHANS = """
SELECT con.conrelid::regclass::text, child.attname, con.confrelid::regclass::text, parent.attname
FROM pg_constraint con
JOIN pg_attribute child ON child.attrelid = con.conrelid AND child.attnum = con.conkey[1]
JOIN pg_attribute parent ON parent.attrelid = con.confrelid AND parent.attnum = con.confkey[1]
WHERE con.contype = 'f' AND con.conrelid::regclass::text ~ '^(customers|subscriptions|billing|interactions)_'
"""


def test_a_crew_writes_the_same_world_and_nothing_hangs_in_the_air(database, facts, monkeypatch):
    monkeypatch.setattr(crew, "LARGE", SIZE)
    operator = loaded(SIZE)
    assert in_product(operator.tenant) == in_world(facts)
    assert demo.status(operator.code).customers == SIZE
    with operator.door(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_bill WHERE changed_xid = 0")
        assert cursor.fetchone() == (0,)
        cursor.execute(ORPHANS)
        for table, column, parents, key in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} c WHERE {column} IS NOT NULL "
                f"AND NOT EXISTS (SELECT FROM {parents} p WHERE p.{key} = c.{column})"
            )
            assert cursor.fetchone() == (0,), (table, column)


def halfway_tenant(code):
    with enter(NOBODY):
        return identity.find_tenant(code)


def test_a_small_operator_grows_and_keeps_whom_it_has(database, facts):
    operator = loaded(SIZE)
    with enter(Scope(operator.tenant)):
        Simulation.objects.update(target=SIZE + 100)  # it has been asked to grow, and was stopped
    with clock.frozen(MORNING):
        assert demo.load(size=SIZE, code=operator.code).new == 0  # what starts with it need not wait
        grown = demo.load(size=SIZE + 100, code=operator.code)
    assert (grown.customers, grown.new) == (SIZE + 100, 100)
    assert [world.customers for world in demo.worlds(operator.tenant)] == [SIZE, 100]
    with enter(Scope(operator.tenant)), connection.cursor() as cursor:
        cursor.execute(
            SUMS.replace("customers_customer)", "customers_customer WHERE source_key::int <= 400)", 1)
        )
        assert cursor.fetchone()[0] == SIZE
        cursor.execute("SELECT count(*), count(DISTINCT number) FROM customers_customer")
        count, numbers = cursor.fetchone()
    later = sum(sum(c.size for c in w.cohorts) - w.customers for w in demo.worlds(operator.tenant))
    joined = sum(int((w.column("joined") < w.day).sum()) for w in demo.worlds(operator.tenant))
    assert count == numbers == joined
    assert joined <= SIZE + 100 + later


def test_worlds_end_at_the_usual_sizes():
    assert worlds_of([], 2_000) == [2_000]
    assert worlds_of([], 20_000) == worlds_of([2_000], 20_000) == [2_000, 18_000]
    assert worlds_of([400], 1_000_000) == [400, 1_600, 18_000, 980_000]
    assert worlds_of([2_000, 18_000], 20_000) == [2_000, 18_000]
    assert part_of(1, [2_000]).first == 2_001


@pytest.mark.parametrize("size", ["huge", "", 3, "-5", 10**7])
def test_a_size_that_is_none_is_refused_in_words(database, size):
    with pytest.raises(demo.NoSuchSize, match="small, demo, large"):
        demo.load(size=size, code=a_code())


def test_a_real_operator_is_never_filled(database, request):
    real = request.getfixturevalue("operator_of_test")
    with pytest.raises(demo.NotADemo):
        demo.load(size=SIZE, code=real.code)


@pytest.fixture
def operator_of_test(database):
    from loopline.testing import found_operator

    return found_operator(a_code())


def test_no_truth_is_in_the_database(operator):
    hidden = {column for table in TRUTH for column in SCHEMA[table]} - {
        "customer",
        "month",
        "on",
        "kind",
        "offer",
    }
    with enter(Scope(operator.tenant)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT column_name FROM information_schema.columns WHERE table_name NOT LIKE 'pg_%%'"
        )
        assert not hidden & {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT DISTINCT end_reason FROM subscriptions_subscription ORDER BY 1")
        assert [reason for (reason,) in cursor.fetchall()] == [
            "",
            "arrears",
            "customer_request",
            "number_change",
        ]


def test_every_member_of_staff_can_sign_in(operator):
    with operator.door():
        staff = list(Staff.objects.prefetch_related("roles"))
        assert len(staff) == 60
        assert all(
            one.is_active and not one.must_change_password and len(one.roles.all()) == 1 for one in staff
        )
        assert {check_password(demo.PASSWORD, text) for text in {one.password for one in staff}} == {True}
    for sign_in in demo.SIGN_INS:
        assert operator.client(sign_in.user_name).get("/healthz").status_code == 200
    assert "dongjiang / liqun.chen" in str(demo.SIGN_INS[0])


def test_the_truth_can_be_read_by_the_keys_of_the_product(operator):
    truth = demo.true_hazard(operator.tenant, date(2026, 6, 1))
    assert list(truth.columns) == ["chance", "cause", "customer_id"]
    gone = demo.leavers(operator.tenant)
    with operator.door(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer WHERE left_on IS NULL OR left_on >= '2026-07-01'")
        there = {key for (key,) in cursor.fetchall()}
        cursor.execute("SELECT id, left_on FROM customers_customer WHERE left_on IS NOT NULL")
        left = dict(cursor.fetchall())
    assert set(truth["customer_id"]) <= there
    assert dict(zip(gone["customer_id"], gone["on"], strict=True)) == left
