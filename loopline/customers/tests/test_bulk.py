"""Customers by the thousand: everything that hangs on them is there, and a second delivery creates nothing."""

from datetime import date

import pytest

from loopline.customers import api as customers
from loopline.customers.models import (
    Account,
    Address,
    Consent,
    ContactMedium,
    Customer,
    IdentityDocument,
    PersonKey,
    SearchToken,
)
from loopline.customers.rules.tokens import number_tokens
from loopline.kernel import sealing


def _delivery(branch: int) -> dict[str, list[object]]:
    return {
        "branch_id": [branch, branch],
        "source_key": ["1", "2"],
        "name": ["张三丰", "东江贸易有限公司"],
        "kind": ["person", "organisation"],
        "joined_on": [date(2024, 3, 1), None],
        "telephone": ["+8613800138000", ""],
        "document_kind": ["identity_card", ""],
        "document": ["11010519491231002X", ""],
        "street": ["和平路12号", ""],
        "consent_call": [True, None],
        "consent_sms": [False, None],
    }


def test_a_delivery_makes_customers_with_all_that_hangs_on_them(operator):
    with operator.door():
        written = customers.write_customers(_delivery(operator.units["north-1"]), source="boss")
        first = Customer.objects.get(pk=written.customer_ids[0])
        assert (first.name, first.number, first.joined_on) == ("张三丰", "C00000001", date(2024, 3, 1))
        assert (first.tier, first.life_cycle, first.version) == ("", "active", 1)
        assert Account.objects.get(pk=written.account_ids[1]).customer_id == written.customer_ids[1]
        assert list(ContactMedium.objects.values_list("value", flat=True)) == ["+8613800138000"]
        assert list(Address.objects.values_list("street", flat=True)) == ["和平路12号"]
        assert sorted(Consent.objects.values_list("channel", "granted")) == [("call", True), ("sms", False)]
        paper = IdentityDocument.objects.get()
        assert (paper.masked, paper.kind) == ("11**************2X", "identity_card")
        key = PersonKey.objects.get(customer=first)
        assert sealing.unseal(key.wrapped, paper.sealed) == "11010519491231002X"


def test_a_second_delivery_creates_nothing_and_answers_the_same_keys(operator):
    with operator.door():
        first = customers.write_customers(_delivery(operator.units["north-1"]), source="boss")
        again = customers.write_customers(_delivery(operator.units["north-1"]), source="boss")
        assert (first.created, again.created) == ([True, True], [False, False])
        assert (again.customer_ids, again.account_ids) == (first.customer_ids, first.account_ids)
        assert Customer.objects.count() == 2


def test_names_and_numbers_are_findable_by_their_endings_and_by_pinyin(operator):
    with operator.door():
        written = customers.write_customers(_delivery(operator.units["north-1"]), source="boss")
        tokens = set(
            SearchToken.objects.filter(customer=written.customer_ids[0]).values_list("token", flat=True)
        )
    assert {"张三丰", "三丰", "丰", "zhangsanfeng", "zhangsf", "sanfeng", "zsf"} <= tokens
    assert {"13800138000", "8000", "c00000001", "0001"} <= tokens
    assert "000" not in tokens


@pytest.mark.parametrize(
    "number", ["+8613800138000", "+861065529988", "C00012345", "C00000007", "K0", "DSL-0001"]
)
def test_postgresql_cuts_numbers_as_python_does(operator, number):
    with operator.door():
        (who,) = customers.write_customers(
            {"branch_id": [operator.units["north-1"]], "name": ["张"]}, source="boss"
        ).customer_ids
        SearchToken.objects.filter(customer=who).delete()
        customers.write_number_tokens([(number, who, operator.units["north-1"])])
        assert set(SearchToken.objects.values_list("token", flat=True)) == number_tokens(number)
