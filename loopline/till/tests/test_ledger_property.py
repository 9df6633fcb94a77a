"""Whatever is done at a till, in whatever order: the ledger adds up to nothing and agrees with one kept in mind."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopline.billing.models import Payment
from loopline.kernel.errors import Refusal
from loopline.orders.tests.shop import NOW, found_shop
from loopline.testing import found_operator
from loopline.till import api
from loopline.till.models import Movement, Session
from loopline.till.rules import instalments, money, termination
from loopline.till.tests.conftest import Counter

D = Decimal
fen = st.integers(1, 200_000).map(lambda amount: D(amount) / 100)
acts = st.one_of(
    st.tuples(st.just("pay"), fen, st.sampled_from(money.METHODS)),
    st.tuples(st.just("refund"), fen, st.sampled_from(money.METHODS)),
    st.tuples(st.just("correct"), st.integers(0, 99), st.just("")),
    st.tuples(st.just("close"), st.integers(-300, 300), st.just("")),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(did=st.lists(acts, min_size=3, max_size=14))
def test_every_fen_is_accounted_for(database, did):
    counter = Counter(found_shop(found_operator()))
    session, held, bills, safe, lost = counter.open("300"), {"cash": D(300)}, D(0), D(-300), D(0)
    with counter.operator.door():
        account = counter.account()
    made: list[tuple[Movement, str, D]] = []
    for act, first, method in did:
        try:
            if act == "pay":
                made.append((counter.pay_bill(session, first, method), method, first))
                held[method], bills = held.get(method, D(0)) + first, bills + first
            elif act == "refund":
                back = counter.act(
                    "north", api.refund_bill, session=session, customer=counter.shop.customer.public_id,
                    account=account, amount=first, method=method, reason="x", now=NOW,
                )  # fmt: skip
                made.append((back, method, -first))
                held[method], bills = held.get(method, D(0)) - first, bills - first
            elif act == "correct" and made:
                wrong, means, amount = made[first % len(made)]
                counter.act(
                    "north", api.correct, session=session, movement=wrong.public_id, reason="x", now=NOW
                )
                held[means], bills = held.get(means, D(0)) - amount, bills - amount
            elif act == "close":
                cash = max(held["cash"] + D(first) / 100, D(0))
                counted = {name: amount for name, amount in held.items() if amount > 0} | {"cash": cash}
                counter.act("clerk1", api.count_till, session=session, counted=counted, reason="x", now=NOW)
                with counter.operator.door():
                    waits = Session.objects.get(public_id=session).state == "counted"
                if waits:
                    counter.act("north", api.confirm_count, session=session, now=NOW)
                total = sum(counted.values(), D(0))
                safe, lost = safe + total, lost + sum(held.values(), D(0)) - total
                session, held, safe = counter.open("300"), {"cash": D(300)}, safe - 300
        except Refusal:
            continue
        balances = counter.balances()
        assert sum(balances.values(), D(0)) == 0
        expected = held | {"bill": -bills, "safe": safe, "difference": lost}
        assert balances == {name: amount for name, amount in expected.items() if amount}
    with counter.operator.door():
        assert sum(Payment.objects.values_list("amount", flat=True), D(0)) == bills


@given(
    tenders=st.lists(st.tuples(st.sampled_from(money.METHODS), fen), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 1000), max_size=4),
)
def test_means_of_payment_are_shared_out_to_the_fen(tenders, cuts):
    total = sum((amount for _, amount in tenders), D(0))
    edges = [D(0), *sorted((total * cut / 1000).quantize(D("0.01")) for cut in cuts), total]
    charges = [("bill", place, after - before) for place, (before, after) in enumerate(pairwise(edges))]
    postings = money.share_out(tenders, charges)
    for place, (_, _, owed) in enumerate(charges):
        assert sum((each.amount for each in postings if each.about == place), D(0)) == owed
    for method in money.METHODS:
        paid = sum((amount for name, amount in tenders if name == method), D(0))
        assert sum((each.amount for each in postings if each.debit == method), D(0)) == paid
    assert all(each.amount > 0 for each in postings)


@given(price=fen, first=fen, months=st.sampled_from([6, 12, 18, 24, 36]), day=st.integers(0, 2000))
def test_instalments_add_up_to_the_fen_and_run_out(price, first, months, day):
    start = (NOW + timedelta(days=day)).date()
    parts = instalments.schedule(price, min(first, price), months, start)
    assert sum((part.amount for part in parts), D(0)) == price - min(first, price)
    assert instalments.remaining(parts, start) == price - min(first, price)
    if parts:
        assert instalments.remaining(parts, parts[-1].due_on) == 0
        assert max(part.amount for part in parts) - min(part.amount for part in parts) < D("0.01") * months


@given(months=st.integers(-3, 40), monthly=fen, rate=st.integers(0, 100), most=st.integers(0, 24))
def test_the_fee_never_exceeds_its_cap_and_never_falls_with_the_months(months, monthly, rate, most):
    def fee(of):
        return termination.fee(months=of, monthly=monthly, rate=D(rate) / 100, most_months=most)

    assert 0 <= fee(months) <= most * monthly
    assert fee(months) <= fee(months + 1)
