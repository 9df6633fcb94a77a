"""Views that people keep: saved, shared, pinned, removed and put back; seen by whom they are shared with."""

import html

import pytest

from loopline.kernel.models import Event
from loopline.olap.models import SavedView
from loopline.testing import Operator

QUERY = "rows=month&measures=revenue&chart=line"


def kept(operator: Operator, who: str = "analyst", name: str = "Monthly revenue") -> SavedView:
    answer = operator.client(who).post("/analysis/views", {"cube": "revenue", "query": QUERY, "name": name})
    assert answer.status_code == 302
    assert answer.url == f"/analysis/cubes/revenue?{QUERY}"
    with operator.door(who):
        return SavedView.objects.get(name=" ".join(name.split()), owner_id=operator.staff[who])


def listed(operator: Operator, who: str) -> str:
    return html.unescape(operator.client(who).get("/analysis/cubes").content.decode())


def test_a_view_is_seen_by_its_owner_until_it_is_shared(operator):
    view = kept(operator)
    assert "Monthly revenue" in listed(operator, "analyst")
    assert "Monthly revenue" not in listed(operator, "marketer")
    other = operator.client("marketer")
    assert other.get(f"/analysis/views/{view.public_id}").status_code == 404
    browser = operator.client("analyst")
    assert browser.post(f"/analysis/views/{view.public_id}/share", {"shared": "all"}).status_code == 302
    assert "周衡" in listed(operator, "southerner")
    assert other.get(f"/analysis/views/{view.public_id}").url == f"/analysis/cubes/revenue?{QUERY}"
    browser.post(f"/analysis/views/{view.public_id}/share", {"shared": ""})
    assert "Monthly revenue" not in listed(operator, "southerner")


def test_a_view_of_a_unit_is_seen_there_and_above(operator):
    view = kept(operator)
    operator.client("analyst").post(f"/analysis/views/{view.public_id}/share", {"shared": "unit"})
    assert "Monthly revenue" in listed(operator, "marketer")
    assert "Monthly revenue" not in listed(operator, "north")


def test_only_who_may_share_shares(operator):
    view = kept(operator, "north")
    answer = operator.client("north").post(f"/analysis/views/{view.public_id}/share", {"shared": "all"})
    assert answer.status_code == 403
    with operator.door("north"):
        assert SavedView.objects.get(pk=view.pk).shared == ""


@pytest.mark.parametrize("act", ["rename", "share", "pin", "remove", "restore"])
def test_nobody_changes_the_view_of_another(operator, act):
    view = kept(operator)
    operator.client("analyst").post(f"/analysis/views/{view.public_id}/share", {"shared": "all"})
    given = {"name": "Mine", "shared": "", "pinned": "1"}
    answer = operator.client("admin").post(f"/analysis/views/{view.public_id}/{act}", given)
    assert answer.status_code == 404
    with operator.door("analyst"):
        row = SavedView.objects.get(pk=view.pk)
        assert (row.name, row.shared, row.pinned, row.removed_at) == ("Monthly revenue", "all", False, None)


def test_a_removed_view_is_put_back(operator):
    view, browser = kept(operator), operator.client("analyst")
    browser.post(f"/analysis/views/{view.public_id}/remove")
    page = html.unescape(browser.get("/analysis/cubes").content.decode())
    assert f'data-undo="/analysis/views/{view.public_id}/restore"' in page
    assert "No view is kept yet" in page
    answer = browser.post(f"/analysis/views/{view.public_id}/restore", headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
    assert "Monthly revenue" in listed(operator, "analyst")
    with operator.door():
        told = (
            Event.objects.filter(name="olap.view_removed")
            .order_by("id")
            .values_list("payload__back", flat=True)
        )
        assert list(told) == [False, True]


def test_a_name_is_taken_once_and_keeping_it_again_keeps_it_anew(operator):
    first, browser = kept(operator), operator.client("analyst")
    second = kept(operator, name="Other")
    answer = browser.post(f"/analysis/views/{second.public_id}/rename", {"name": "Monthly  revenue"})
    assert answer.status_code == 409
    again = browser.post(
        "/analysis/views", {"cube": "revenue", "query": "rows=year", "name": "Monthly revenue"}
    )
    assert again.url == "/analysis/cubes/revenue?rows=year"
    with operator.door("analyst"):
        assert SavedView.objects.get(pk=first.pk).address == "rows=year"
        assert SavedView.objects.count() == 2


def test_a_view_needs_a_name_and_a_cube(operator):
    browser = operator.client("analyst")
    answer = browser.post("/analysis/views", {"cube": "revenue", "query": QUERY, "name": "  "})
    assert answer.status_code == 422
    assert "Please give the view a name." in answer.content.decode()
    assert browser.post("/analysis/views", {"cube": "no", "query": QUERY, "name": "x"}).status_code == 404


def test_pinned_views_stand_first(operator):
    kept(operator, name="Aaa")
    view = kept(operator, name="Zzz")
    operator.client("analyst").post(f"/analysis/views/{view.public_id}/pin", {"pinned": "1"})
    page = listed(operator, "analyst")
    assert page.index("Zzz") < page.index("Aaa")
