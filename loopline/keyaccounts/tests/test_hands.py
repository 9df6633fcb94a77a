"""Customers come into hands by rule and by hand, pass to successors, and every step can be taken back."""

from datetime import timedelta

import pytest

from loopline.customers import api as customers
from loopline.identity.models import Assignment
from loopline.kernel.errors import NotAllowed
from loopline.kernel.scope import Scope, enter
from loopline.keyaccounts import api, running
from loopline.keyaccounts.models import Charge, Run, Visit
from loopline.keyaccounts.queries import accounts
from loopline.keyaccounts.queries import rules as rule_queries
from loopline.keyaccounts.refusals import NoRoom, NotTheLast, OutOfReach, PostIsOver, RunUnderWay
from loopline.keyaccounts.rules.allotting import Seat, allot, shares
from loopline.keyaccounts.tests.ground import NOW, TODAY, Desk, account, found_desk
from loopline.messaging.models import Message
from loopline.worklist import api as worklist


@pytest.fixture
def desk(operator) -> Desk:
    return found_desk(operator, load_limit=4)


def holders(desk: Desk) -> dict[str, str]:
    with desk.operator.door():
        rows = Charge.objects.filter(until=None).select_related("staff", "customer")
        return {row.customer.name: row.staff.user_name for row in rows}


def run_to_the_end(desk: Desk, run: api.Run, batch: int = 2) -> int:
    batches, more = 0, True
    while more:
        with enter(Scope(desk.operator.tenant)):
            more = running.next_batch(run.pk, NOW, batch)
        batches += 1
    return batches


def test_the_fullest_gets_nobody_and_shares_are_even():
    seats = [Seat(1, 3, 4), Seat(2, 0, 2), Seat(3, 0, 0)]
    assert allot([10, 11, 12, 13], seats) == {10: 2, 11: 2, 12: 1}
    assert shares(7, 3) == [3, 2, 2]


def test_rules_are_previewed_then_run_batch_by_batch_then_taken_back(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door():
        for number in range(6):
            account(operator, "north-1", f"金{number}", tier="gold")
        account(operator, "south-1", "钻一", tier="diamond", risk=0.2, value=90)
        account(operator, "south-1", "普一")
    with operator.door("director") as actor:
        api.set_rule(actor=actor, name="钻石卡", post=posts["dept_south"], tier="diamond")
        north = posts["dept_north"]
        api.set_rule(actor=actor, name="北城金卡", post=north, tier="gold", unit=north.unit)
        api.set_rule(actor=actor, name="高价值", post=posts["director"], value_class="high")
        placed = api.preview(actor, api.rules(actor))
        assert [(one.rule.name, one.fit, one.given) for one in placed] == [
            ("钻石卡", 1, 1), ("北城金卡", 6, 6), ("高价值", 0, 0),
        ]  # fmt: skip
        run = running.start_run(actor=actor)
        assert (run.total, run.state) == (7, "waiting")
    with operator.door("director") as actor, pytest.raises(RunUnderWay):
        running.start_run(actor=actor)
    with enter(Scope(operator.tenant)):
        assert running.next_batch(run.pk, NOW, 2)
    # A worker that was killed here is followed by one that goes on where the row says.
    run_to_the_end(desk, run)
    found = holders(desk)
    assert found == {
        "钻一": "am3",
        "金0": "am1", "金1": "am2", "金2": "am1", "金3": "am2", "金4": "am1", "金5": "am2",
    }  # fmt: skip
    with operator.door("director") as actor:
        done = Run.objects.get(pk=run.pk)
        assert (done.state, done.given, [rule["given"] for rule in done.rules]) == ("done", 7, [1, 6, 0])
        assert api.undo_run(actor=actor, run=done, now=NOW).state == "undone"
        with pytest.raises(NotTheLast):
            api.undo_run(actor=actor, run=done, now=NOW)
    assert holders(desk) == {}


def test_a_full_house_leaves_customers_over_and_says_so(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door():
        for number in range(11):
            account(operator, "north-1", f"金{number:02d}", tier="gold")
    with operator.door("director") as actor:
        api.set_rule(actor=actor, name="金卡", post=posts["dept_north"], tier="gold")
        (placed,) = api.preview(actor, api.rules(actor))
        assert (placed.fit, placed.given, placed.left) == (11, 8, 3)
        run = running.start_run(actor=actor)
    run_to_the_end(desk, run, batch=3)
    with operator.door():
        assert accounts.loads([posts["am1"].pk, posts["am2"].pk]) == {posts["am1"].pk: 4, posts["am2"].pk: 4}
        assert Run.objects.get(pk=run.pk).given == 8


def test_a_stopped_run_keeps_what_is_done(desk):
    operator = desk.operator
    with operator.door():
        for number in range(4):
            account(operator, "north-1", f"金{number}", tier="gold")
    with operator.door("director") as actor:
        api.set_rule(actor=actor, name="金卡", post=desk.posts["dept_north"], tier="gold")
        run = running.start_run(actor=actor)
    with enter(Scope(operator.tenant)):
        running.next_batch(run.pk, NOW, 2)
    with operator.door("director") as actor:
        api.stop_run(actor=actor, run=run)
    assert run_to_the_end(desk, run) == 1
    assert len(holders(desk)) == 2


def test_a_member_of_a_group_follows_the_rule_of_the_group(desk):
    operator = desk.operator
    with operator.door() as system:
        house = account(operator, "north-1", "东江机械厂", kind="organisation")
        member, other = account(operator, "north-1", "工一"), account(operator, "north-1", "路人")
        group = api.make_group(actor=system, customer=house, grade="A")
        api.add_members(actor=system, group=group, chosen=[member], since=TODAY)
    with operator.door("director") as actor:
        api.set_rule(actor=actor, name="机械厂", post=desk.posts["am2"], group=group)
        run = running.start_run(actor=actor)
    run_to_the_end(desk, run)
    assert holders(desk) == {"东江机械厂": "am2", "工一": "am2"}
    assert other.name not in holders(desk)


def test_by_hand_within_reach_and_within_the_limit(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door():
        found = [account(operator, "north-1", f"王{number}") for number in range(5)]
    with operator.door("dept_north") as actor:
        with pytest.raises(NoRoom, match="客一 may have 4 customers and would have 5"):
            api.put_in_charge(actor=actor, post=posts["am1"], chosen=found, now=NOW)
        with pytest.raises(OutOfReach):
            api.put_in_charge(actor=actor, post=posts["am3"], chosen=found[:1], now=NOW)
        api.put_in_charge(actor=actor, post=posts["am1"], chosen=found[:2], now=NOW)
    with operator.door("am1") as actor, pytest.raises(NotAllowed):
        api.put_in_charge(actor=actor, post=posts["am1"], chosen=found[:1], now=NOW)
    with operator.door("dept_north") as actor:
        later = NOW + timedelta(days=5)
        run = api.put_in_charge(actor=actor, post=posts["am2"], chosen=found[:1], now=later)
        story = [
            (charge.staff.user_name, charge.since, charge.until)
            for charge in accounts.story_of([found[0].pk])
        ]
        assert story == [("am2", later.date(), None), ("am1", TODAY, later.date())]
        api.undo_run(actor=actor, run=run, now=later)
        assert [charge.until for charge in accounts.story_of([found[0].pk])] == [None]
    assert holders(desk) == {"王0": "am1", "王1": "am1"}


def test_a_customer_of_another_branch_is_seen_by_whom_he_is_given_to(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door():
        far = account(operator, "north-1", "远客")
    with operator.door("am3"):
        assert not customers.Customer.objects.filter(pk=far.pk).exists()
    with operator.door("director") as actor:
        run = api.put_in_charge(actor=actor, post=posts["am3"], chosen=[far], now=NOW)
    with operator.door("am3") as actor:
        assert customers.Customer.objects.filter(pk=far.pk).exists()
        found, _after = accounts.page(actor, accounts.Wanted((posts["am3"].pk,)), NOW, TODAY, 25)
        assert [row.name for row in found] == ["远客"]
    with operator.door("director") as actor:
        api.undo_run(actor=actor, run=run, now=NOW)
        assert not Assignment.objects.exists()


def test_when_a_manager_leaves_everything_goes_along_and_comes_back_in_one_step(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door() as system:
        found = [account(operator, "north-1", f"李{number}") for number in range(3)]
        api.put_in_charge(actor=system, post=posts["am1"], chosen=found, now=NOW)
        for customer in found:
            api.plan_visit(actor=system, customer=customer, at=NOW, purpose="走访", staff=posts["am1"].staff)
        worklist.create_tasks(
            worklist.NewTask(
                kind="other", title=f"回电{customer.pk}", branch=customer.branch_id, customer=customer.pk,
                assignee=posts["am1"].staff_id,
            )
            for customer in found
        )  # fmt: skip
    heirs = [posts["am2"], posts["dept_north"]]
    with operator.door("director") as actor:
        run = api.hand_over(
            actor=actor, post=posts["am1"], successors=heirs, note="李0 喜欢早上接电话", now=NOW
        )
    assert holders(desk) == {"李0": "am2", "李1": "dept_north", "李2": "am2"}

    def goods() -> list[tuple[str, str]]:
        with operator.door():
            tasks = worklist.Task.objects.exclude(assignee=None).order_by("id")
            visits = Visit.objects.order_by("id")
            return [
                (task.assignee.user_name, visit.staff.user_name)
                for task, visit in zip(tasks, visits, strict=True)
            ]

    assert goods() == [("am2", "am2"), ("dept_north", "dept_north"), ("am2", "am2")]
    with enter(Scope(operator.tenant, staff=operator.staff["am2"])):
        (letter,) = Message.objects.filter(recipient_id=operator.staff["am2"])
        assert (letter.subject, letter.body) == ("客一 hands 2 customers over to you", "李0 喜欢早上接电话")
    with operator.door("director") as actor:
        assert Charge.objects.filter(ended_by=run).count() == 3
        api.undo_run(actor=actor, run=run, now=NOW)
    assert set(holders(desk).values()) == {"am1"}
    assert goods() == [("am1", "am1")] * 3
    with operator.door("director") as actor:
        again = api.hand_over(actor=actor, post=posts["am1"], successors=heirs[:1], note="", now=NOW)
        api.end_post(actor=actor, post=posts["am1"], today=TODAY)
    with operator.door("director") as actor, pytest.raises(PostIsOver, match="客一 has no post any more"):
        api.undo_run(actor=actor, run=again, now=NOW)


def test_only_who_appoints_sets_rules(desk):
    with desk.operator.door("dept_north") as actor:
        with pytest.raises(NotAllowed):
            api.set_rule(actor=actor, name="x", post=desk.posts["am1"])
        assert rule_queries.rules(actor) == []
