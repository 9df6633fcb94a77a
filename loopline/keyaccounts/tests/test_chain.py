"""A director looks down his chain: figures by level, to the manager, to the customer; nobody sees beside his own."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loopline.kernel.errors import NotAllowed
from loopline.keyaccounts import api
from loopline.keyaccounts.queries import accounts
from loopline.keyaccounts.refusals import HasPost, NotAbove, StillAbove, StillInCharge
from loopline.keyaccounts.tests.ground import CHAIN, NOW, TODAY, Desk, account, found_desk


@pytest.fixture
def desk(operator) -> Desk:
    return found_desk(operator)


@pytest.fixture
def filled(desk) -> Desk:
    """Two customers with the first manager, one each with the others."""
    with desk.operator.door() as system:
        wang = account(
            desk.operator, "north-1", "王一", bills=(80, 100, 120), paid=50, risk=0.8, complaint=True
        )
        zhao = account(desk.operator, "north-1", "赵二", bills=(200, 200, 200), paid=600, risk=0.1)
        qian = account(desk.operator, "north-2", "钱三", bills=(0, 0, 70), paid=0)
        sun = account(desk.operator, "south-1", "孙四", bills=(500, 500, 500), paid=1000, risk=0.9)
        for user, chosen in (("am1", [wang, zhao]), ("am2", [qian]), ("am3", [sun])):
            api.put_in_charge(actor=system, post=desk.posts[user], chosen=chosen, now=NOW)
        for customer, days, user in ((wang, -3, "am1"), (zhao, 2, "am1"), (sun, -1, "am3")):
            at, staff = NOW + timedelta(days=days), desk.posts[user].staff
            api.plan_visit(actor=system, customer=customer, at=at, purpose="走访", staff=staff)
    return desk


def figures(desk: Desk, who: str) -> dict[str, api.Figures]:
    names = {post.pk: user for user, post in desk.posts.items()}
    with desk.operator.door(who) as actor:
        posts = api.visible(actor)
        sums = api.rolled_up(posts, api.by_post(posts, TODAY, NOW))
    return {names[key]: found for key, found in sums.items()}


def test_the_director_sees_every_level_with_its_sums(filled):
    found = figures(filled, "director")
    # Of Wang's bills 80 and 100 are past due, 50 is paid: 130; the 120 of May is due on 20 June.
    assert found["am1"] == api.Figures(2, Decimal(320), Decimal(130), 1, 1, 1, 1)
    assert found["am2"] == api.Figures(1, Decimal(70), Decimal(0), 0, 0, 0, 0)
    assert found["dept_north"] == api.Figures(3, Decimal(390), Decimal(130), 1, 1, 1, 1)
    assert found["dept_south"] == found["am3"] == api.Figures(1, Decimal(500), Decimal(0), 0, 1, 1, 0)
    assert found["director"] == api.Figures(4, Decimal(890), Decimal(130), 1, 2, 2, 1)


def test_a_department_sees_its_own_team_and_no_other_district(filled):
    found = figures(filled, "dept_north")
    assert set(found) == {"dept_north", "am1", "am2"}
    assert found["dept_north"].revenue == Decimal(390)
    assert set(figures(filled, "am1")) == {"am1"}
    with filled.operator.door("dept_north") as actor:
        posts = [filled.posts["am3"]]
        assert api.by_post(posts, TODAY, NOW) == {}  # row security, whatever post is asked for
        wanted = accounts.Wanted((filled.posts["am3"].pk,))
        assert accounts.page(actor, wanted, NOW, TODAY, 25) == ([], 0)


def test_a_clerk_without_the_permission_sees_nothing(filled):
    with filled.operator.door("clerk1") as actor, pytest.raises(NotAllowed):
        api.visible(actor)


def test_the_team_drills_down_to_the_list_page_by_page(filled):
    with filled.operator.door("am1") as actor:
        wanted = accounts.Wanted((filled.posts["am1"].pk,))
        first, after = accounts.page(actor, wanted, NOW, TODAY, 1)
        second, end = accounts.page(actor, accounts.Wanted(wanted.posts, after=after), NOW, TODAY, 1)
        assert [(row.name, row.revenue, row.arrears, row.complaints) for row in first + second] == [
            ("王一", Decimal(120), Decimal(130), 1),
            ("赵二", Decimal(200), Decimal(0), 0),
        ]
        assert (after, end) == (first[0].id, 0)
        for view, names in {
            "risk": ["王一"], "arrears": ["王一"], "overdue": ["王一"], "complaints": ["王一"],
            "unvisited": ["王一", "赵二"], "contract": [],
        }.items():  # fmt: skip
            found, _ = accounts.page(actor, accounts.Wanted(wanted.posts, view), NOW, TODAY, 25)
            assert [row.name for row in found] == names, view


def test_the_trend_adds_up_month_by_month(filled):
    with filled.operator.door("director") as actor:
        rows = api.trend(api.visible(actor), TODAY)
    assert [(month.month, amount) for month, amount in rows] == [
        (3, Decimal(780)), (4, Decimal(800)), (5, Decimal(890)),
    ]  # fmt: skip


def test_figures_take_one_query_however_large_the_team(filled, django_assert_num_queries):
    with filled.operator.door("director") as actor:
        posts = api.visible(actor)
        with django_assert_num_queries(1):
            api.by_post(posts, TODAY, NOW)


def test_posts_report_upwards_only(desk):
    operator, posts = desk.operator, desk.posts
    with operator.door("director") as actor:
        with pytest.raises(NotAbove):
            api.change_post(
                actor=actor, post=posts["dept_north"], above=posts["am1"], load_limit=1, version=1
            )
        with pytest.raises(NotAbove):
            api.change_post(actor=actor, post=posts["am1"], above=posts["am2"], load_limit=1, version=1)
        with pytest.raises(HasPost):
            staff = posts["am1"].staff
            api.appoint(
                actor=actor, staff=staff, level="manager", unit=posts["am1"].unit, above=None, today=TODAY
            )
        with pytest.raises(StillAbove):
            api.end_post(actor=actor, post=posts["dept_north"], today=TODAY)
        moved = api.change_post(
            actor=actor, post=posts["am2"], above=posts["dept_south"], load_limit=7, version=1
        )
        assert moved.path == f"{posts['dept_south'].path}{moved.pk}/"
        api.end_post(actor=actor, post=posts["am1"], today=TODAY)
        assert {post.staff.user_name for post in api.visible(actor)} == {user for user, *_ in CHAIN} - {"am1"}


def test_whoever_has_customers_hands_them_over_before_he_goes(filled):
    with filled.operator.door("director") as actor, pytest.raises(StillInCharge, match="2 customers"):
        api.end_post(actor=actor, post=filled.posts["am1"], today=TODAY)
