"""A touch has a channel, a direction, a reason and a result."""

import pytest

from loopline.customers import api as customers
from loopline.interactions import notes
from loopline.interactions.models import Interaction
from loopline.kernel.errors import Invalid


@pytest.fixture
def customer(operator):
    with operator.door("clerk1") as clerk:
        return customers.create_customer(actor=clerk, name="周晓彤", telephone="+8613800138077")


def _note(operator, customer, **said):
    values = {"kind": "complaint", "channel": "call", "summary": "Billed twice"} | said
    with operator.door("clerk1") as clerk:
        return notes.note_interaction(actor=clerk, customer=customer, **values).pk


def test_a_complaint_that_is_solved_on_the_spot_is_closed(operator, customer):
    solved, waiting = (
        _note(operator, customer, result="solved"),
        _note(operator, customer, result="follow_up"),
    )
    with operator.door("clerk1"):
        rows = dict(Interaction.objects.in_bulk([solved, waiting]))
        assert (rows[solved].result, rows[solved].resolved_on) == ("solved", rows[solved].on)
        assert (rows[waiting].result, rows[waiting].resolved_on) == ("follow_up", None)


def test_a_complaint_that_is_resolved_later_has_its_result(operator, customer):
    waiting = _note(operator, customer)
    with operator.door("clerk1") as clerk:
        notes.resolve_complaint(actor=clerk, interaction=Interaction.objects.get(pk=waiting))
        assert Interaction.objects.get(pk=waiting).result == "solved"


def test_a_result_that_there_is_not_is_refused(operator, customer):
    with pytest.raises(Invalid) as refused:
        _note(operator, customer, result="delighted")
    assert refused.value.field == "result"


def test_the_result_is_shown_on_the_customers_page(operator, customer):
    browser = operator.client("clerk1")
    note = {
        "kind": "enquiry",
        "channel": "call",
        "summary": "Asked for the price abroad",
        "result": "informed",
    }
    assert browser.post(f"/customers/{customer.public_id}/notes", note).status_code == 302
    page = browser.get(f"/customers/{customer.public_id}").content.decode()
    assert "Asked for the price abroad · Informed" in page
