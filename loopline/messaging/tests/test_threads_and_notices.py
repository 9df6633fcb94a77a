"""Threads that are answered and put away; notices for some roles and days, with receipts and reminders."""

from datetime import timedelta

import pytest
from django.test import Client

from loopline.identity.api import Staff, Unit
from loopline.kernel import clock
from loopline.kernel.errors import NotAllowed, NotFound
from loopline.messaging import api as messaging
from loopline.messaging.actions import NobodyToRemind, NothingInBetween, NothingToSay


def _write(operator, sender, to, subject="换班", **more):
    with operator.door(sender) as actor:
        recipient = Staff.objects.get(pk=operator.staff[to])
        messaging.send_message(actor=actor, recipient=recipient, subject=subject, **more)


def _threads(operator, who, *, away=False):
    with operator.door(who) as actor:
        return messaging.threads(actor, away=away)


def _publish(operator, who="north", **values):
    with operator.door(who) as actor:
        unit = Unit.objects.get(pk=operator.units[values.pop("unit", "north")])
        wanted = messaging.NoticeInput(**({"title": "系统升级", "unit": unit} | values))
        return messaging.publish_notice(actor=actor, wanted=wanted).public_id


def _sees(operator, who):
    with operator.door(who) as actor:
        found = [notice.title for notice, _read in messaging.notices_for(actor)]
        assert (messaging.unread(actor) > 0) == bool(found)
        return found


def test_an_answer_stays_in_its_thread_and_is_counted_once_read_no_longer(operator):
    _write(operator, "clerk1", "clerk2", body="周五可以吗？")
    (thread,) = _threads(operator, "clerk2")
    with operator.door("clerk2") as actor:
        messaging.read_thread(actor=actor, thread=thread.key, now=clock.now())
        messaging.answer_message(actor=actor, thread=thread.key, body="可以")
        with pytest.raises(NothingToSay):
            messaging.answer_message(actor=actor, thread=thread.key, body=" ")
    (seen,) = _threads(operator, "clerk1")
    assert (seen.key, seen.messages, seen.unread, seen.last.body) == (thread.key, 2, 1, "可以")
    for other in ("admin", "north", "southerner"):
        assert _threads(operator, other) == []
        with operator.door(other) as actor, pytest.raises(NotFound):
            messaging.messages_of(actor, thread.key)


def test_what_is_put_away_comes_back_with_the_next_answer_and_only_for_who_put_it_away(operator):
    _write(operator, "clerk1", "clerk2")
    (thread,) = _threads(operator, "clerk2")
    with operator.door("clerk2") as actor:
        messaging.put_away(actor=actor, thread=thread.key)
    assert (_threads(operator, "clerk2"), len(_threads(operator, "clerk2", away=True))) == ([], 1)
    assert len(_threads(operator, "clerk1")) == 1
    with operator.door("southerner") as actor, pytest.raises(NotFound):
        messaging.put_away(actor=actor, thread=thread.key)
    with operator.door("clerk1") as actor:
        messaging.answer_message(actor=actor, thread=thread.key, body="还在吗？")
    assert len(_threads(operator, "clerk2")) == 1


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("/tickets/1", "/tickets/1"),
        ("https://crm.example/orders/2?q=1", "/orders/2"),
        ("//evil.example/x", "/x"),
        ("javascript:alert(1)", ""),
        ("/\\evil.example", ""),
        ("///evil.example", "/evil.example"),
    ],
)
def test_what_is_attached_is_a_page_of_ours(operator, link, kept):
    _write(operator, "clerk1", "clerk2", link=link, link_label="T000001")
    with operator.door("clerk2") as actor:
        (message,) = messaging.inbox(actor)
    assert (message.link, message.link_label) == (kept, "T000001" if kept else "")


def test_on_screen_a_thread_is_read_answered_with_something_attached_and_put_away(operator):
    sender, reader = operator.client("north"), operator.client("clerk1")
    with operator.door():
        to = Staff.objects.get(pk=operator.staff["clerk1"]).public_id
    form = {"to": to, "subject": "看一下", "body": "谢谢", "about": "/catalogue 畅享套餐 58"}
    assert sender.post("/messages/write", form).status_code == 302
    url = reader.get("/messages").content.decode().split('letter-row is-unread" href="')[1].split('"')[0]
    page = reader.get(url).content.decode()
    assert 'href="/catalogue"' in page and "畅享套餐 58" in page
    assert reader.post(url, {"body": ""}).status_code == 422
    assert reader.post(url, {"body": "好的"}).status_code == 302
    assert "好的" in sender.get(url).content.decode()
    assert operator.client("southerner").get(url).status_code == 404
    assert reader.post(f"{url}/away").status_code == 302
    assert url not in reader.get("/messages").content.decode()
    assert url in reader.get("/messages?away=1").content.decode()


def test_a_notice_stands_for_its_days_only(operator):
    now = clock.now()
    _publish(operator, valid_from=now + timedelta(days=1), valid_to=now + timedelta(days=2))
    for after, expected in [(0, []), (1.5, ["系统升级"]), (2.5, [])]:
        with clock.frozen(now + timedelta(days=after)):
            assert _sees(operator, "clerk1") == expected, after
    with pytest.raises(NothingInBetween):
        _publish(operator, valid_from=now, valid_to=now)


def test_a_notice_to_a_role_reaches_that_role_alone(operator):
    _publish(operator, roles=["supervisor"])
    assert (_sees(operator, "north"), _sees(operator, "clerk1"), _sees(operator, "southerner")) == (
        ["系统升级"],
        [],
        [],
    )


def test_who_has_not_read_it_is_known_and_reminded_and_then_nobody_is_left(operator):
    key = _publish(operator, must_read=True)
    with operator.door("clerk1") as actor:
        messaging.read_notice(actor=actor, public_id=str(key))
    with operator.door("north") as actor:
        notice = messaging.get_notice(actor, key)
        assert [one.user_name for one in messaging.not_yet_read(notice)] == ["north", "clerk2"]
        assert [one.user_name for one, _when in messaging.have_read(notice)] == ["clerk1"]
        people = messaging.remind_readers(actor=actor, public_id=key, now=clock.now(), link="/messages")
        assert people == 1
    (reminder,) = _threads(operator, "clerk2")
    assert (reminder.last.subject, reminder.last.link) == ("Please read: 系统升级", "/messages")
    assert _threads(operator, "north") == []
    with operator.door("clerk2") as actor:
        messaging.read_notice(actor=actor, public_id=str(key))
    with operator.door("north") as actor, pytest.raises(NobodyToRemind):
        messaging.remind_readers(actor=actor, public_id=key, now=clock.now())


def test_only_who_may_publish_and_sees_the_unit_looks_after_a_notice(operator):
    key = _publish(operator)
    with operator.door("clerk1") as actor, pytest.raises(NotAllowed):
        messaging.get_notice(actor, key)
    south = _publish(operator, who="marketer", unit="south")
    with operator.door("north") as actor:
        for act in (messaging.withdraw_notice, messaging.remind_readers):
            with pytest.raises(NotFound):
                act(actor=actor, public_id=south, now=clock.now())
    assert operator.client("clerk1").get(f"/notices/{key}").status_code == 403
    assert operator.client("north").get(f"/notices/{south}").status_code == 404


def test_on_screen_a_notice_is_published_followed_and_withdrawn(operator):
    client = operator.client("north")
    form = {"title": "盘点", "body": "周五六点", "unit": operator.units["north-1"], "must_read": "on"}
    made = client.post("/notices/publish", form | {"roles": ["clerk"]})
    page = client.get(made["Location"]).content.decode()
    assert "0 of 1 have read it" in page and "钱一" in page and "北一营业厅 · 营业员" not in page
    assert "盘点" in client.get("/notices").content.decode()
    assert "Must be read" in operator.client("clerk1").get("/").content.decode()
    assert client.post(f"{made['Location']}/remind").status_code == 302
    assert "1 person was reminded." in client.get(made["Location"]).content.decode()
    assert client.post(f"{made['Location']}/withdraw").status_code == 302
    assert _sees_nothing(operator)
    assert client.post(f"{made['Location']}/remind").status_code == 409
    wrong = form | {"valid_from": "2026-12-02", "valid_to": "2026-12-01"}
    assert client.post("/notices/publish", wrong).status_code == 422


def _sees_nothing(operator):
    with operator.door("clerk1") as actor:
        return messaging.notices_for(actor) == []


def test_a_program_writes_answers_and_publishes(operator):
    def call(who, method, path, body=None):
        headers = {"authorization": f"Bearer {operator.token(who)}"}
        send = getattr(Client(), method)
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return send(f"/api/v1/messaging/{path}", headers=headers, **more)

    assert call("clerk1", "post", "messages", {"to": "nobody", "subject": "x"}).status_code == 404
    sent = call("clerk1", "post", "messages", {"to": "clerk2", "subject": "换班", "body": "周五？"})
    assert sent.status_code == 201
    (thread,) = call("clerk2", "get", "threads").json()["items"]
    assert (thread["subject"], thread["unread"]) == ("换班", 1)
    at = f"threads/{thread['thread']}"
    assert call("clerk2", "post", f"{at}/answer", {"body": "好"}).status_code == 201
    assert call("clerk2", "post", f"{at}/read").status_code == 204
    assert [one["body"] for one in call("clerk1", "get", at).json()] == ["周五？", "好"]
    assert call("southerner", "get", at).status_code == 404
    assert call("clerk1", "post", f"{at}/away", {"away": True}).status_code == 204
    notice = {"title": "升级", "unit": "north-1", "must_read": True}
    assert call("clerk1", "post", "notices", notice).status_code == 403
    assert call("north", "post", "notices", notice | {"unit": "south"}).status_code == 404
    key = call("north", "post", "notices", notice).json()["id"]
    assert call("clerk1", "post", f"notices/{key}/read").status_code == 204
    assert call("north", "get", f"notices/{key}/receipts").json() == {
        "total": 1,
        "read": ["clerk1"],
        "not_yet": [],
    }
    assert call("north", "post", f"notices/{key}/withdraw").status_code == 200
    assert call("clerk1", "get", "notices").json() == []
