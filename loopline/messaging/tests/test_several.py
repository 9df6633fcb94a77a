"""A talk of several: each sees all that is said, reads and puts away for himself; nobody else sees any of it."""

import pytest
from django.test import Client

from loopline.identity.api import Staff
from loopline.kernel import clock
from loopline.kernel.errors import NotFound
from loopline.messaging import actions
from loopline.messaging import api as messaging
from loopline.messaging.models import Message

THREE = ("clerk1", "clerk2", "north")


def write(operator, sender, *to, body="几点开会？"):
    with operator.door(sender) as actor:
        people = list(Staff.objects.filter(pk__in=[operator.staff[one] for one in to]))
        actions.send_to_several(
            actor=actor, recipients=people, words=actions.Words(subject="排班", body=body)
        )


def threads(operator, who, **how):
    with operator.door(who) as actor:
        return messaging.threads(actor, **how)


def test_what_one_says_all_see_once_and_answer_to_all(operator):
    write(operator, "clerk1", "clerk2", "north")
    (thread,) = threads(operator, "clerk2")
    with operator.door("clerk2") as actor:
        messaging.read_thread(actor=actor, thread=thread.key, now=clock.now())
        messaging.answer_message(actor=actor, thread=thread.key, body="九点")
    for who in THREE:
        (seen,) = threads(operator, who)
        assert (seen.key, seen.messages, seen.last.body) == (thread.key, 2, "九点"), who
        with operator.door(who) as actor:
            said = [message.body for message in messaging.messages_of(actor, thread.key)]
            assert said == ["几点开会？", "九点"]
            assert sorted(seen.others(actor)) == sorted(operator.staff[one] for one in THREE if one != who)
    assert [threads(operator, who)[0].unread for who in THREE] == [1, 0, 2]
    for other in ("admin", "southerner"):
        with operator.door(other) as actor, pytest.raises(NotFound):
            messaging.messages_of(actor, thread.key)


def test_the_sender_learns_how_many_have_read_it_and_puts_it_away_for_himself(operator):
    write(operator, "clerk1", "clerk2", "north")
    (thread,) = threads(operator, "clerk1")
    with operator.door("north") as actor:
        messaging.read_thread(actor=actor, thread=thread.key, now=clock.now())
    page = operator.client("clerk1").get(f"/messages/{thread.key}").content.decode()
    assert "read by 1 of 2" in page and "Only those who take part see it." in page
    with operator.door("clerk1") as actor:
        messaging.put_away(actor=actor, thread=thread.key)
    assert (threads(operator, "clerk1"), len(threads(operator, "clerk2"))) == ([], 1)


def test_two_remain_two_and_a_crowd_is_told_by_notice(operator):
    write(operator, "clerk1", "clerk2", "clerk1")
    with operator.door("clerk2") as actor:
        (message,) = messaging.inbox(actor)
        assert message.people == []
        many = [Staff(pk=10_000 + number) for number in range(31)]
        with pytest.raises(actions.TooMany):
            actions.send_to_several(actor=actor, recipients=many, words=actions.Words("x"))
        with pytest.raises(NotFound):
            actions.send_to_several(actor=actor, recipients=[], words=actions.Words("x"))


def test_it_is_written_on_screen_to_those_who_are_ticked(operator):
    client = operator.client("clerk1")
    with operator.door():
        keys = {who: str(Staff.objects.get(pk=operator.staff[who]).public_id) for who in THREE}
    part = client.get("/messages/colleagues", {"q": "south", "to": [keys["clerk2"]]}).content.decode()
    assert f'value="{keys["clerk2"]}" checked' in part and part.count('name="to"') == 2
    form = {"to": [keys["clerk2"], keys["north"]], "subject": "排班", "body": "几点开会？"}
    assert client.post("/messages/write", form).status_code == 302
    assert len(threads(operator, "north")) == 1
    alone = client.post("/messages/write", {"q": "southerner", "subject": "你好", "body": ""})
    assert (alone.status_code, len(threads(operator, "southerner"))) == (302, 1)
    listed = operator.client("clerk2").get("/messages").content.decode()
    assert "排班" in listed


def test_programs_write_to_several_and_see_who_takes_part(operator):
    call = {
        "headers": {"authorization": f"Bearer {operator.token('clerk1')}"}, "content_type": "application/json"
    }  # fmt: skip
    url = "/api/v1/messaging/messages"
    given = {"to": ["clerk2", "NORTH"], "subject": "排班"}
    assert Client().post(url, given, **call).status_code == 201
    assert Client().post(url, given | {"to": ["clerk2", "nobody"]}, **call).status_code == 404
    assert Client().post(url, given | {"to": []}, **call).status_code == 404
    (item,) = Client().get("/api/v1/messaging/threads", **call).json()["items"]
    assert sorted(item["people"]) == ["clerk2", "north"]
    with operator.door("clerk1"):
        assert Message.objects.count() == 2
