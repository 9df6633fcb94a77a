"""A customer of another branch or operator is in no model, page, search, answer, export or raw count."""

from collections.abc import Iterator

import pytest
from django.db import connection, models

from loopline.customers import api as customers
from loopline.customers import listing, panels
from loopline.identity.models import Assignment
from loopline.kernel.errors import NotFound
from loopline.kernel.models import BranchRow, Event
from loopline.testing import Operator, found_operator
from tests.full_customers import DOCUMENT, Full, full_customer


def _models_of_customers() -> list[type[models.Model]]:
    """Every model whose rows hang on a customer."""

    def below(model: type[models.Model]) -> Iterator[type[models.Model]]:
        for child in model.__subclasses__():
            yield child
            yield from below(child)

    named = {model for model in below(BranchRow) if not model._meta.abstract}
    return sorted(
        (model for model in named if any(field.name == "customer" for field in model._meta.local_fields)),
        key=lambda model: model._meta.label,
    )


HANGING = _models_of_customers()


@pytest.fixture
def north(operator: Operator) -> Full:
    return full_customer(operator, "north-1", "张三丰", "+8613800138000")


@pytest.fixture
def second(operator: Operator) -> Full:
    return full_customer(operator, "north-2", "李四光", "+8613900139000")


def _counts(customer: Full) -> dict[str, tuple[int, int]]:
    """Rows of a customer by model: through the ORM and by raw SQL."""
    counts = {}
    for model in HANGING:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {model._meta.db_table} WHERE customer_id = %s", [customer.id]
            )
            raw = cursor.fetchone()[0]
        counts[model._meta.label] = (model._default_manager.filter(customer_id=customer.id).count(), raw)
    own = customers.Customer.objects.filter(pk=customer.id).count()
    return counts | {"customers.Customer": (own, own)}


def _seen(counts: dict[str, tuple[int, int]]) -> set[str]:
    return {label for label, (orm, raw) in counts.items() if orm or raw}


def test_the_full_customer_has_a_row_in_every_model(operator, north):
    with operator.door():
        assert _seen(_counts(north)) == {model._meta.label for model in HANGING} | {"customers.Customer"}


@pytest.mark.parametrize("who", ["clerk2", "southerner"])
def test_staff_of_another_branch_see_nothing_in_any_model(operator, north, who):
    with operator.door(who):
        assert _seen(_counts(north)) == set()
        assert Event.objects.filter(customer_id=north.id).count() == 0


def test_another_operator_sees_nothing_in_any_model(operator, north):
    other = found_operator(operator.code + "o")
    with other.door():
        assert _seen(_counts(north)) == set()
        assert customers.find_cards([north.telephone, north.number], DOCUMENT) == []


@pytest.mark.parametrize("who", ["clerk1", "north", "marketer", "admin"])
def test_the_own_branch_and_those_above_see_him_in_every_model(operator, north, who):
    with operator.door(who):
        counts = _counts(north)
    assert _seen(counts) == set(counts)
    assert all(orm == raw for orm, raw in counts.values())


def test_whom_he_is_assigned_to_sees_him_in_every_model(operator, north, second):
    with operator.door():
        Assignment.objects.create(staff_id=operator.staff["southerner"], customer_key=north.id)
    with operator.door("southerner"):
        counts = _counts(north)
        assert _seen(counts) == set(counts)
        assert _seen(_counts(second)) == set()
    page = operator.client("southerner").get(f"/customers/{north.public_id}")
    assert page.status_code == 200


def test_a_walk_in_is_seen_in_every_model_until_the_day_ends(operator, north):
    with operator.door("clerk2") as clerk:
        (found,) = customers.find_walk_in(actor=clerk, text=DOCUMENT, reason="New SIM card")
        customers.open_walk_in(actor=clerk, ticket=found.ticket, reason="New SIM card")
    with operator.door("clerk2"):
        counts = _counts(north)
    assert _seen(counts) == set(counts)
    assert operator.client("clerk2").get(f"/customers/{north.public_id}").status_code == 200


@pytest.mark.parametrize("who", ["clerk2", "southerner"])
def test_no_page_export_or_answer_tells_of_a_customer_of_another_branch(operator, north, second, who):
    browser = operator.client(who)
    token = {"authorization": f"Bearer {operator.token(who)}"}
    panels.load()
    searches = ["张", "zsf", "8000", north.number, DOCUMENT, north.telephone]
    lists = [f"/customers?sort={sort}" for sort in listing.sorts.names()]
    lists += [f"/customers?q={text.replace('+', '%2B')}" for text in searches]
    lists += ["/customers?risk=high", "/customers?branch=north-1", "/customers?status=active&tier=gold"]
    for address in [*lists, *(address.replace("/customers", "/export/customers", 1) for address in lists)]:
        answer = browser.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200, address
        assert north.public_id not in body.decode(), address
        assert "North One" not in body.decode(), address
    for text in searches:
        found = browser.get("/api/v1/customers", {"q": text}, headers=token).json()
        assert north.public_id not in str(found), text
    mine = f"/customers/{north.public_id}"
    for path in ("", "/history", "/edit", "/contacts", "/documents", "/move"):
        assert browser.get(mine + path).status_code == 404, path
    for path in ("/reveal/name", "/consent", "/notes", "/edit", "/move"):
        assert browser.post(mine + path, {"summary": "x"}).status_code == 404, path
    assert browser.get("/api/v1" + mine, headers=token).status_code == 404
    reveal = browser.post(
        f"/api/v1{mine}/reveal", {"field": "name"}, headers=token, content_type="application/json"
    )
    assert reveal.status_code == 404
    with operator.door():
        assert customers.Customer.objects.get(pk=north.id).version == 1


def test_a_visible_customer_is_on_every_page_that_should_show_him(operator, north):
    browser = operator.client("clerk1")
    panels.load()
    for address in [f"/customers?sort={sort}" for sort in listing.sorts.names()] + ["/customers?q=zsf"]:
        assert north.public_id in browser.get(address).content.decode(), address
    export = b"".join(browser.get("/export/customers").streaming_content).decode()
    assert north.number in export
    assert "张三丰" not in export
    assert "13800138000" not in export.replace(" ", "")


def test_nothing_clear_is_on_the_page_until_it_is_asked_for(operator, north):
    browser = operator.client("clerk1")
    text = browser.get(f"/customers/{north.public_id}").content.decode()
    for clear in ("张三丰", "138 0013 8000", "13800138000", DOCUMENT, "和平路12号"):
        assert clear not in text
    assert "张三丰" in browser.post(f"/customers/{north.public_id}/reveal/name").content.decode()


def test_a_customer_who_is_hidden_and_one_who_is_not_there_are_told_in_the_same_words(operator, north):
    nobody = "00000000-0000-7000-8000-000000000000"
    with operator.door("clerk2") as clerk:
        for public_id in (north.public_id, nobody):
            with pytest.raises(NotFound):
                customers.by_public_id(clerk, public_id)
