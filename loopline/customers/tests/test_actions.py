"""The customer file: opened, changed, moved, shown, erased; each step refused to whom it must be."""

import pytest

from loopline.customers import actions, queries
from loopline.customers.models import Account, ContactMedium, Customer, PersonKey, SearchToken
from loopline.kernel import events
from loopline.kernel.errors import NotAllowed, NotFound
from loopline.kernel.models import AccessRecord, Event

CARD = "11010519491231002X"


def _open(operator, who: str = "clerk1", **given) -> str:
    with operator.door(who) as clerk:
        values = {"name": "张三丰", "telephone": "138 0013 8000", "tier": "gold"} | given
        return str(actions.create_customer(actor=clerk, **values).public_id)


def _load(actor, public_id: str) -> Customer:
    return queries.by_public_id(actor, public_id)


def test_a_new_file_belongs_to_the_clerks_branch_and_has_a_key_an_account_and_a_history(operator):
    public_id = _open(operator, document_kind="identity_card", document=CARD.lower())
    with operator.door("clerk1") as clerk:
        customer = _load(clerk, public_id)
        assert (customer.number, customer.branch_id) == ("C00000001", operator.units["north-1"])
        assert PersonKey.objects.filter(customer=customer).count() == 1
        assert Account.objects.get(customer=customer).number == "A00000001"
        assert [event.name for event in events.history(customer)] == [
            "customers.document_added",
            "customers.contact_added",
            "customers.account_opened",
            "customers.created",
        ]


def test_history_holds_no_clear_personal_value(operator):
    _open(operator, document_kind="identity_card", document=CARD, email="zhang@example.cn")
    with operator.door():
        written = " ".join(str(event.payload) for event in Event.objects.all())
    for clear in (CARD, "13800138000", "zhang@example.cn", "张三丰"):
        assert clear not in written


def test_the_same_document_is_found_in_another_branch_and_only_its_mask_is_told(operator):
    _open(operator, document_kind="identity_card", document=CARD)
    with operator.door("southerner") as elsewhere:
        with pytest.raises(actions.PossibleDuplicate) as refused:
            actions.create_customer(
                actor=elsewhere, name="张三", document_kind="identity_card", document=CARD
            )
        assert "C00000001 张** (North One)" in refused.value.message
        again = actions.create_customer(
            actor=elsewhere, name="张三", telephone="13800138000", sure=True, reason="Another person"
        )
        assert again.number == "C00000002"


def test_a_mask_is_never_accepted_as_input(operator):
    with operator.door("clerk1") as clerk, pytest.raises(actions.MaskIsNoInput):
        actions.create_customer(actor=clerk, name="张**")


def test_an_impossible_document_is_refused_in_words(operator):
    with operator.door("clerk1") as clerk, pytest.raises(actions.UnlikelyDocument):
        actions.create_customer(
            actor=clerk, name="张三", document_kind="identity_card", document="110105194912310021"
        )


def test_a_change_is_told_from_to_masked_and_moves_the_search_along(operator):
    public_id = _open(operator)
    with operator.door("clerk1") as clerk:
        customer = _load(clerk, public_id)
        changes = {"name": "李四光", "tier": "diamond"}
        actions.change_customer(actor=clerk, customer=customer, version=1, changes=changes)
        (change, *_) = events.history(customer)
        changed = {"name": ["张**", "李**"], "tier": ["gold", "diamond"]}
        assert change.payload == {"changes": changed, "version": 2}
        assert queries.search(clerk, "lisg").ids == [customer.pk]
        assert queries.search(clerk, "张三丰").ids == []
        assert queries.search(clerk, "13800138000").ids == [customer.pk]
    with operator.door("clerk1") as clerk, pytest.raises(actions.StaleVersion):
        customer = _load(clerk, public_id)
        actions.change_customer(actor=clerk, customer=customer, version=1, changes={"tier": "gold"})


def test_a_reveal_shows_the_clear_value_and_is_audited(operator):
    public_id = _open(operator, document_kind="identity_card", document=CARD)
    with operator.door("clerk1") as clerk:
        customer = _load(clerk, public_id)
        medium = ContactMedium.objects.get(customer=customer)
        assert actions.reveal(actor=clerk, customer=customer, field="name") == "张三丰"
        number = actions.reveal(actor=clerk, customer=customer, field=f"medium:{medium.public_id}")
        assert number == "138 0013 8000"
        shown = AccessRecord.objects.filter(kind="reveal").order_by("id")
        assert list(shown.values_list("field", "staff_name", "customer_id")) == [
            ("name", "钱一", customer.pk),
            ("medium", "钱一", customer.pk),
        ]
    with operator.door("marketer") as marketer, pytest.raises(NotAllowed):
        actions.reveal(actor=marketer, customer=_load(marketer, public_id), field="name")


def test_an_erased_person_cannot_be_read_found_or_sealed_again(operator):
    public_id = _open(operator, document_kind="identity_card", document=CARD)
    with operator.door("admin") as admin:
        customer = _load(admin, public_id)
        actions.erase_person(actor=admin, customer=customer, reason="Asked in writing")
        customer = _load(admin, public_id)
        assert (customer.name, PersonKey.objects.filter(customer=customer).exists()) == ("—", False)
        assert queries.search(admin, CARD).ids == queries.search(admin, "zhangsanfeng").ids == []
        assert queries.search(admin, customer.number).ids == [customer.pk]
        with pytest.raises(actions.Erased):
            actions.add_document(actor=admin, customer=customer, kind="identity_card", number=CARD)


def test_a_customer_moves_with_all_that_hangs_on_him_and_keeps_his_place_in_the_log(operator):
    public_id = _open(operator)
    with operator.door() as system:
        before = list(Event.objects.order_by("id").values_list("id", "xid"))
        customer = _load(system, public_id)
    with operator.door("north") as supervisor:
        actions.move_customer(
            actor=supervisor, customer=_load(supervisor, public_id), branch_id=operator.units["north-2"]
        )
    with operator.door("clerk1") as left_behind, pytest.raises(NotFound):
        _load(left_behind, public_id)
    with operator.door("clerk2") as receiver:
        assert _load(receiver, public_id).pk == customer.pk
        assert ContactMedium.objects.filter(customer=customer).count() == 1
        assert SearchToken.objects.filter(customer=customer).count() > 10
        assert len(events.history(customer)) == 4
    with operator.door():
        assert list(Event.objects.order_by("id").values_list("id", "xid"))[: len(before)] == before


def test_a_clerk_cannot_push_a_customer_into_a_branch_that_he_does_not_see(operator):
    public_id = _open(operator)
    with operator.door("clerk1") as clerk, pytest.raises(actions.BranchOutOfReach):
        actions.move_customer(
            actor=clerk, customer=_load(clerk, public_id), branch_id=operator.units["south-1"]
        )


def test_a_walk_in_is_found_masked_opened_for_the_day_and_audited(operator):
    public_id = _open(operator, document_kind="identity_card", document=CARD)
    with operator.door("clerk2") as clerk:
        with pytest.raises(actions.ReasonMissing):
            actions.find_walk_in(actor=clerk, text=CARD, reason=" ")
        for typed in (CARD, "+86 138-0013-8000", "c00000001"):
            (found,) = actions.find_walk_in(actor=clerk, text=typed, reason="Lost his SIM card")
            assert (found.card.masked, found.card.number, found.card.branch) == (
                "张**",
                "C00000001",
                "North One",
            )
        assert actions.find_walk_in(actor=clerk, text="张三丰", reason="Lost his SIM card") == []
        with pytest.raises(NotFound):
            _load(clerk, public_id)
        opened = actions.open_walk_in(actor=clerk, ticket=found.ticket, reason="Lost his SIM card")
        assert str(opened.public_id) == public_id
    with operator.door("clerk2") as clerk:
        assert _load(clerk, public_id).name == "张三丰"
        assert ContactMedium.objects.count() == 1
    with operator.door("southerner") as stranger, pytest.raises(actions.CardTooOld):
        actions.open_walk_in(actor=stranger, ticket=found.ticket, reason="Curious")
    with operator.door() as _system:
        kinds = list(
            AccessRecord.objects.exclude(kind="sign_in").order_by("id").values_list("kind", flat=True)
        )
        assert kinds == ["walk_in_search"] * 4 + ["walk_in"]
        assert CARD not in " ".join(AccessRecord.objects.values_list("reason", flat=True))


def test_consent_is_given_and_withdrawn_with_a_history(operator):
    public_id = _open(operator)
    with operator.door("clerk1") as clerk:
        customer = _load(clerk, public_id)
        actions.give_consent(actor=clerk, customer=customer, channel="call")
        actions.give_consent(actor=clerk, customer=customer, channel="call")
        actions.withdraw_consent(actor=clerk, customer=customer, channel="call")
        assert queries.consents_of([customer.pk]) == {(customer.pk, "call"): False}
        told = [event.name for event in events.history(customer)[:3]]
        assert told == ["customers.consent_withdrawn", "customers.consent_given", "customers.contact_added"]
