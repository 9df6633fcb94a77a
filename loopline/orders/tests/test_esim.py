"""An eSIM: its activation code comes from outside, is shown on purpose, and is spent once it is installed."""

from datetime import timedelta

import pytest

from loopline.kernel.errors import Invalid, NotAllowed
from loopline.kernel.models import AccessRecord, Event
from loopline.orders import actions
from loopline.orders.actions import WantedItem
from loopline.orders.models import EsimProfile, OrderItem, SimulatorRequest
from loopline.orders.rules import activation
from loopline.orders.tests.shop import NOW

NUMBER = "+8613805350017"


def opened(shop):
    return shop.drive(shop.accept(shop.opening(NUMBER, sim="esim")))


def item_of(shop, order):
    with shop.operator.door():
        return OrderItem.objects.get(order=order)


@pytest.mark.parametrize(
    ("text", "address", "matching_id"),
    [
        ("LPA:1$rsp.example.com$04386-AGYFT-A74Y8-3F815", "rsp.example.com", "04386-AGYFT-A74Y8-3F815"),
        (" LPA:1$SMDP.Example$A ", "smdp.example", "A"),
    ],
)
def test_a_code_is_read_as_the_standard_writes_it(text, address, matching_id):
    assert activation.read(text) == activation.ActivationCode(address, matching_id)


@pytest.mark.parametrize(
    "text", ["", "1$smdp.example$A", "LPA:1$$A", "LPA:1$smdp.example$", "LPA:1$a b$A", "LPA:1$x$a$1.3.6$1"]
)
def test_what_is_no_code_is_refused(text):
    assert activation.read(text) is None


def test_a_line_with_an_esim_is_in_use_once_the_telephone_has_installed_it(shop):
    order = opened(shop)
    assert order.state == "inProgress"
    assert shop.steps(order) == [
        ("keep_number", "done"),
        ("keep_sim", "done"),
        ("create_line", "done"),
        ("prepare_profile", "done"),
        ("install_profile", "sent"),
        ("activate_line", "waiting"),
        ("open_billing", "waiting"),
        ("put_in_use", "waiting"),
    ]
    code = shop.scan(order)
    assert code.address == "smdp.simulator.example"
    assert shop.drive(order).state == "completed"
    with shop.operator.door():
        profile = EsimProfile.objects.get()
        assert (profile.sealed, profile.shown, profile.shown_by) == (None, 1, "钱一")
        assert profile.installed_at == NOW
        told = str(list(Event.objects.values_list("payload", flat=True)))
        assert code.matching_id not in told
        shown = AccessRecord.objects.get(kind="reveal")
        assert (shown.field, shown.customer_id) == ("activation_code", shop.customer.pk)
    with pytest.raises(actions.CodeSpent):
        shop.scan(order, reason="lost")


def test_who_wants_the_code_again_says_why(shop):
    order = opened(shop)
    first = shop.scan(order)
    with pytest.raises(Invalid) as refused:
        shop.scan(order)
    assert refused.value.field == "reason"
    assert shop.scan(order, reason="another telephone") == first
    with shop.operator.door():
        looks = AccessRecord.objects.filter(field="activation_code").order_by("id")
        assert list(looks.values_list("reason", flat=True)) == ["", "another telephone"]


def test_only_who_accepts_orders_of_the_branch_sees_the_code(shop):
    order = opened(shop)
    with pytest.raises(NotAllowed):
        shop.scan(order, who="analyst")
    url = f"/orders/items/{item_of(shop, order).public_id}/activation"
    assert shop.operator.client("southerner").post(url).status_code == 404
    with shop.operator.door():
        assert EsimProfile.objects.get().shown == 0


def test_a_telephone_that_never_fetches_its_profile_is_waited_for_and_then_all_is_taken_back(shop):
    order = opened(shop)
    assert shop.drive(order, NOW + timedelta(hours=23)).state == "inProgress"
    for days in (1, 4, 14):
        order = shop.drive(order, NOW + timedelta(days=days, hours=1))
    assert order.state == "failed"
    with shop.operator.door():
        assert EsimProfile.objects.get().sealed is None
    assert shop.number(NUMBER) == "available"
    assert shop.performed() == {}


def test_an_order_cancelled_meanwhile_wipes_the_code(shop):
    order = opened(shop)
    with shop.operator.door("clerk1") as clerk:
        actions.cancel_order(actor=clerk, order=order.public_id, reason="changed his mind", now=NOW)
    with pytest.raises(actions.CodeSpent):
        shop.scan(order)
    assert shop.drive(order).state == "cancelled"
    with shop.operator.door():
        assert EsimProfile.objects.get().sealed is None
        assert list(
            SimulatorRequest.objects.filter(operation="prepare_profile").values_list("outcome", flat=True)
        ) == ["withdrawn"]


def test_no_code_is_there_while_a_change_of_sim_is_held_against_fraud(shop):
    line = shop.line(NUMBER)
    order = shop.drive(shop.accept(WantedItem("sim_swap", subscription=line, sim="esim"), channel="phone"))
    assert order.state == "held"
    client = shop.operator.client("clerk1")
    item = item_of(shop, order).public_id
    url = f"/orders/items/{item}/activation"
    assert client.get(url).status_code == client.post(url).status_code == 404
    with shop.operator.door("north") as supervisor:
        actions.release_item(actor=supervisor, item=item, rejected=False, reason="called", now=NOW)
    shop.drive(order)
    assert client.get(url).status_code == 200


def test_an_esim_that_is_named_by_its_number_is_known_as_one(shop):
    with shop.operator.door():
        from loopline.stock.models import SimCard

        card = SimCard.objects.filter(kind="esim", state="available").latest("iccid")
    order = shop.drive(shop.accept(shop.opening(NUMBER, iccid=card.iccid)))
    assert shop.scan(order).text.startswith("LPA:1$")


def test_the_code_is_shown_on_screen_and_printed_on_the_form(shop):
    order = opened(shop)
    item = item_of(shop, order)
    client = shop.operator.client("clerk1")
    page = client.get(f"/orders/{order.public_id}").content.decode()
    url = f"/orders/items/{item.public_id}/activation"
    assert f'href="{url}"' in page
    asked = client.get(url)
    assert (asked.status_code, b"LPA:1$" in asked.content) == (200, False)
    shown = client.post(url)
    assert shown["Cache-Control"] == "private, no-store"
    text = shown.content.decode()
    assert 'class="activation-qr"' in text
    assert "LPA:1$smdp.simulator.example$" in text
    refused = client.post(f"{url}.pdf", {"reason": " "})
    assert (refused.status_code, b"please say why" in refused.content) == (422, True)
    printed = client.post(f"{url}.pdf", {"reason": "on paper as well"})
    assert (printed["Content-Type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    plain = client.get(f"/orders/{order.public_id}/form.pdf")
    assert len(plain.content) < len(printed.content)


def test_a_program_gets_the_code_and_sees_how_far_it_is(shop):
    order = opened(shop)
    client = shop.operator.client("clerk1")
    whole = client.get(f"/api/v1/orders/{order.public_id}").json()["items"][0]
    assert (whole["profile"]["shown_at"], whole["profile"]["installed_at"]) == (None, None)
    url = f"/api/v1/orders/items/{whole['id']}/activation-code"
    told = client.post(url, {}, content_type="application/json").json()
    assert told["code"] == f"LPA:1${told['address']}${told['matching_id']}"
    again = client.post(url, {}, content_type="application/json")
    assert again.status_code == 422
