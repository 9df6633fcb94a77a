"""The acceptance form: drawn, signed on screen or on paper, archived, and never changed."""

import base64
import hashlib
import io

import pytest
from django.db import DatabaseError, transaction
from PIL import Image, ImageDraw

from loopline.documents import store
from loopline.documents.api import TypeNotTaken, documents_of
from loopline.kernel import clock
from loopline.kernel.errors import Invalid
from loopline.orders import actions, paper, queries
from loopline.orders.actions import signing
from loopline.orders.models import AcceptanceForm, PortingCode
from loopline.orders.tests.shop import NOW
from loopline.subscriptions.models import Subscription


def drawing(ink=True):
    image = Image.new("RGBA", (600, 200))
    if ink:
        ImageDraw.Draw(image).line([(40, 150), (200, 40), (360, 150), (560, 60)], fill="black", width=6)
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def sign(shop, order, told, who="clerk1"):
    with shop.operator.door(who) as actor:
        return actions.sign_on_screen(actor=actor, order=order.public_id, drawing=told, now=NOW)


def test_the_form_says_what_is_asked_for_with_the_name_masked(shop):
    order = shop.open()
    with shop.operator.door("clerk1") as actor:
        told = signing.form_of(actor, queries.get_order(actor, order.public_id))
    assert (told.number, told.operator) == ("O00000001", f"{shop.operator.code} Telecom")
    assert ("Customer", f"张** · {shop.customer.number}") in told.facts
    (item,) = told.items
    assert (item.title, item.note[:20]) == ("Open a line · Plan M99", "138 **** 0017 · SIM …"[:20])
    assert told.totals == [("Due now", "¥70.26"), ("Each month", "¥99.00")]
    assert told.agreement[-1] == "Due now ¥70.26, then ¥99.00 a month."
    first, second = paper.make(told), paper.make(told)
    assert first.startswith(b"%PDF-")
    assert first == second


def test_it_is_signed_on_screen_and_archived_with_its_digest(shop):
    order = shop.open()
    made = sign(shop, order, drawing())
    with shop.operator.door("clerk1"):
        (kept,) = documents_of(order)
        content = store.path_of(shop.operator.tenant, kept.place).read_bytes()
        assert kept.media_type == "application/pdf"
        assert made.sha256 == kept.sha256 == hashlib.sha256(content).hexdigest()
        assert (made.how, made.by_name) == ("screen", "钱一")
    with pytest.raises(actions.AlreadySigned):
        sign(shop, order, drawing())


@pytest.mark.parametrize(
    "told", ["", "x", "data:image/png;base64,AAAA", "data:image/png;base64,!", drawing(ink=False)]
)
def test_an_empty_box_is_no_signature(shop, told):
    order = shop.open()
    with pytest.raises(Invalid, match="sign in the box"):
        sign(shop, order, told)


def test_a_scan_of_the_signed_print_is_archived_and_other_files_are_not(shop):
    order = shop.open()
    with pytest.raises(TypeNotTaken), shop.operator.door("clerk1") as actor:
        actions.file_scan(actor=actor, order=order.public_id, name="a.txt", content=b"signed", now=NOW)
    with shop.operator.door("clerk1") as actor:
        made = actions.file_scan(
            actor=actor, order=order.public_id, name="scan.pdf", content=b"%PDF-1.4 signed", now=NOW
        )
    assert (made.how, made.sha256) == ("paper", hashlib.sha256(b"%PDF-1.4 signed").hexdigest())


def test_a_signed_form_cannot_be_changed_even_by_hand(shop):
    sign(shop, shop.open(), drawing())
    with shop.operator.door():
        for attempt in (lambda rows: rows.update(sha256="x"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
                attempt(AcceptanceForm.objects.all())


def test_the_order_s_page_leads_to_the_form_and_shows_the_digest(shop):
    order = shop.open()
    client = shop.operator.client("clerk1")
    page = client.get(f"/orders/{order.public_id}").content.decode()
    assert f"/orders/{order.public_id}/sign" in page
    answer = client.get(f"/orders/{order.public_id}/form.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert client.post(f"/orders/{order.public_id}/sign", {"signature": ""}).status_code == 422
    assert client.post(f"/orders/{order.public_id}/sign", {"signature": drawing()}).status_code == 302
    with shop.operator.door():
        form = AcceptanceForm.objects.select_related("document").get()
    page = client.get(f"/orders/{order.public_id}").content.decode()
    assert form.sha256 in page
    assert f"/documents/{form.document.public_id}" in page
    assert client.get(f"/documents/{form.document.public_id}").status_code == 200
    assert shop.operator.client("clerk2").get(f"/documents/{form.document.public_id}").status_code == 404


def test_a_porting_code_is_issued_on_the_form_and_refused_in_words(shop):
    line = shop.line()
    client = shop.operator.client("clerk1")
    values = {"customer": str(shop.customer.public_id), "kind": "port_out", "subscription": str(line)}
    with shop.operator.door():
        Subscription.objects.update(started_on=clock.today("Asia/Shanghai"))
    refused = client.post("/orders/porting-code", values)
    assert (refused.status_code, b"less than 120 days" in refused.content) == (422, True)
    with shop.operator.door():
        Subscription.objects.update(started_on="2020-01-01")
    page = client.post("/orders/porting-code", values).content.decode()
    with shop.operator.door():
        code = PortingCode.objects.get().code
    assert f'value="{code}"' in page
    assert "The code holds until" in page
