"""Two files become one and two again: nothing is moved, everything is shown, and undoing is exact."""

from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopline.customers import actions, panels, queries
from loopline.customers.models import ContactMedium, Customer, Merge, SearchToken
from loopline.kernel.errors import NotAllowed
from loopline.kernel.models import Event
from loopline.testing import Operator
from tests.full_customers import Full, full_customer


def _two(operator: Operator) -> tuple[Full, Full]:
    return (
        full_customer(operator, "north-1", "张三丰", "+8613800138000"),
        full_customer(operator, "north-1", "张三", "+8613900139000"),
    )


def _merge(operator: Operator, kept: Full, gone: Full, take: tuple[str, ...] = ()) -> str:
    with operator.door("north") as actor:
        one, two = (queries.by_public_id(actor, who.public_id) for who in (kept, gone))
        made = actions.merge_customers(actor=actor, survivor=one, merged=two, take=take, reason="Same person")
        return str(made.public_id)


def _undo(operator: Operator, kept: Full, merge: str) -> None:
    with operator.door("north") as actor:
        customer = queries.by_public_id(actor, kept.public_id)
        actions.undo_merge(actor=actor, customer=customer, merge=merge)


def test_the_survivor_shows_what_hangs_on_both_and_the_other_says_where_it_went(operator):
    panels.load()
    kept, gone = _two(operator)
    _merge(operator, kept, gone, ("name",))
    with operator.door("clerk1") as clerk:
        with pytest.raises(queries.Merged) as went:
            queries.by_public_id(clerk, gone.public_id)
        assert went.value.facts == {"survivor": kept.public_id, "number": kept.number}
        customer = queries.by_public_id(clerk, kept.public_id)
        assert customer.name == "张三"
        for typed in (gone.telephone, gone.number, "zhangs", kept.telephone):
            assert queries.search(clerk, typed).ids == [kept.id], typed
        assert set(queries.telephones_of(customer)) == {kept.telephone, gone.telephone}
        assert [row.number for row in queries.list_page(clerk, queries.Wanted()).customers] == [kept.number]
    token = {"authorization": f"Bearer {operator.token('clerk1')}"}
    browser = operator.client("clerk1")
    view = browser.get(f"/api/v1/customers/{kept.public_id}", headers=token).json()
    assert len(view["contacts"]) == 4
    assert len(view["panels"]["have"]["lines"]) == 2
    kinds = sorted(matter["kind"] for matter in view["panels"]["matters"])
    assert kinds == ["call", "call", "cases.ticket", "cases.ticket"]
    assert view["panels"]["use"]["months"][0]["minutes"] == 200
    moved = browser.get(f"/api/v1/customers/{gone.public_id}", headers=token)
    assert (moved.status_code, moved.json()["survivor"]) == (410, kept.public_id)
    page = browser.get(f"/customers/{gone.public_id}")
    assert (page.status_code, page["Location"]) == (302, f"/customers/{kept.public_id}")


def test_a_document_of_the_merged_file_is_still_shown_to_who_may(operator):
    kept, gone = _two(operator)
    _merge(operator, kept, gone)
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        number = ContactMedium.objects.get(customer=gone.id)
        field = f"medium:{number.public_id}"
        assert actions.reveal(actor=clerk, customer=customer, field=field) == "139 0013 9000"


def test_only_files_of_one_kind_and_branch_are_merged_by_who_may(operator):
    kept, _other = _two(operator)
    elsewhere = full_customer(operator, "north-2", "李四光", "+8613700137000")
    with pytest.raises(actions.NotMergeable):
        _merge(operator, kept, elsewhere)
    with pytest.raises(actions.NotMergeable):
        _merge(operator, kept, kept)
    with operator.door("clerk1") as clerk, pytest.raises(NotAllowed):
        customer = queries.by_public_id(clerk, kept.public_id)
        actions.merge_customers(actor=clerk, survivor=customer, merged=customer)


def test_a_comparison_that_is_no_longer_true_is_refused_with_what_changed(operator):
    kept, gone = _two(operator)
    with operator.door("clerk1") as clerk:
        customer = queries.by_public_id(clerk, gone.public_id)
        actions.change_customer(actor=clerk, customer=customer, version=1, changes={"tier": "diamond"})
    with operator.door("north") as actor, pytest.raises(actions.StaleVersion) as stale:
        one, two = (queries.by_public_id(actor, who.public_id) for who in (kept, gone))
        actions.merge_customers(actor=actor, survivor=one, merged=two, versions=(1, 1))
    (change,) = stale.value.facts["changed"]
    assert (change["field"], change["from"], change["to"], change["by"]) == (
        "tier",
        "gold",
        "diamond",
        "钱一",
    )
    assert "钱一: Tier" in stale.value.message


def test_a_merged_customer_moves_with_his_survivor(operator):
    kept, gone = _two(operator)
    _merge(operator, kept, gone)
    with operator.door("north") as actor:
        customer = queries.by_public_id(actor, kept.public_id)
        actions.move_customer(actor=actor, customer=customer, branch_id=operator.units["north-2"])
    with operator.door("clerk2") as clerk:
        customer = queries.by_public_id(clerk, kept.public_id)
        assert set(queries.telephones_of(customer)) == {kept.telephone, gone.telephone}
    with operator.door("clerk1"):
        assert Customer.objects.count() == 0


def test_merges_stand_on_one_another_and_are_undone_from_the_top(operator):
    first, second = _two(operator)
    third = full_customer(operator, "north-1", "张三三", "+8613600136000")
    lower = _merge(operator, second, first, ("name",))
    upper = _merge(operator, third, second, ("name",))
    with operator.door("north") as actor:
        assert queries.search(actor, first.number).ids == [third.id]
        assert queries.together(third.id) == [third.id, second.id, first.id]
        customer = queries.by_public_id(actor, third.public_id)
        with pytest.raises(actions.MergedMeanwhile):
            actions.undo_merge(actor=actor, customer=customer, merge=lower)
    _undo(operator, third, upper)
    _undo(operator, second, lower)
    with pytest.raises(actions.MergedMeanwhile):
        _undo(operator, second, lower)
    with operator.door("north"):
        assert list(Customer.objects.order_by("id").values_list("name", flat=True)) == [
            "张三丰",
            "张三",
            "张三三",
        ]


def test_erasing_a_person_erases_the_files_merged_into_his(operator):
    kept, gone = _two(operator)
    merge = _merge(operator, kept, gone, ("name",))
    with operator.door("admin") as admin:
        customer = queries.by_public_id(admin, kept.public_id)
        actions.erase_person(actor=admin, customer=customer, reason="Asked in writing")
        assert set(Customer.objects.values_list("name", flat=True)) == {"—"}
        assert ContactMedium.objects.count() == 0
        with pytest.raises(actions.Erased):
            actions.undo_merge(actor=admin, customer=customer, merge=merge)


def test_history_and_the_merge_itself_hold_nothing_clear(operator):
    kept, gone = _two(operator)
    merge = _merge(operator, kept, gone, ("name", "birth_date"))
    with operator.door():
        row = Merge.objects.get(public_id=merge)
        assert "张三丰".encode() not in bytes(row.kept)
        written = " ".join(str(event.payload) for event in Event.objects.all())
        assert "张三" not in written


_SKIPPED = {"version", "changed_xid", "kept", "undone_at"}


def _dump(operator: Operator) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the module as it stands, without versions and the books of merging."""
    from django.apps import apps

    found = {}
    with operator.door(), connection.cursor() as cursor:
        for model in apps.get_app_config("customers").get_models():
            if model is Merge:
                continue
            names = [f.column for f in model._meta.local_fields if f.column and f.column not in _SKIPPED]
            cursor.execute(f"SELECT {', '.join(names)} FROM {model._meta.db_table}")
            found[model._meta.label] = sorted(map(repr, cursor.fetchall()))
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    take=st.sets(st.sampled_from(actions.FIELDS)),
    names=st.tuples(st.sampled_from(["张三", "李四光", "欧阳雨晴"]), st.sampled_from(["张三", "王五"])),
    born=st.tuples(*[st.sampled_from([None, date(1980, 2, 29), date(1999, 12, 31)])] * 2),
    tiers=st.tuples(*[st.sampled_from(["", "gold", "diamond"])] * 2),
    statuses=st.tuples(*[st.sampled_from(["active", "lost", "at_risk"])] * 2),
)
def test_merging_and_undoing_leaves_everything_as_it_was(operator, take, names, born, tiers, statuses):
    pair = []
    for place in (0, 1):
        with operator.door("north") as actor:
            given = {"name": names[place], "birth_date": born[place], "tier": tiers[place]}
            branch = operator.units["north-1"]
            made = actions.create_customer(
                actor=actor, branch_id=branch, sure=True, reason="Another person", **given
            )
            actions.change_customer(
                actor=actor, customer=made, version=1, changes={"life_cycle": statuses[place]}
            )
            pair.append(made)
    before = _dump(operator)
    with operator.door("north") as actor:
        merge = actions.merge_customers(actor=actor, survivor=pair[0], merged=pair[1], take=take)
    with operator.door("north") as actor:
        assert SearchToken.objects.filter(customer=pair[1]).exists()
        actions.undo_merge(
            actor=actor, customer=queries.by_public_id(actor, pair[0].public_id), merge=str(merge.public_id)
        )
    assert _dump(operator) == before
