"""Messages and notices reach whom they are meant for and nobody else."""

from loopline.identity.api import Staff, Unit
from loopline.kernel import clock
from loopline.messaging import api as messaging
from loopline.messaging.models import Message


def test_a_message_is_seen_by_the_two_and_nobody_else(operator):
    with operator.door("clerk1") as actor:
        to = Staff.objects.get(pk=operator.staff["clerk2"])
        messaging.send_message(actor=actor, recipient=to, subject="换班", body="周五可以吗？")
    with operator.door("clerk2") as actor:
        (message,) = messaging.inbox(actor)
        assert (message.subject, messaging.unread(actor)) == ("换班", 1)
        messaging.read_message(actor=actor, public_id=str(message.public_id), now=clock.now())
        assert messaging.unread(actor) == 0
    for other in ("admin", "north", "southerner"):
        with operator.door(other):
            assert Message.objects.count() == 0


def test_the_system_writes_to_a_person_who_then_reads_it(operator):
    with operator.door() as actor:
        to = Staff.objects.get(pk=operator.staff["clerk1"])
        messaging.send_message(actor=actor, recipient=to, subject="任务已分派")
    with operator.door("clerk1") as actor:
        assert [message.subject for message in messaging.inbox(actor)] == ["任务已分派"]


def test_a_notice_goes_to_a_unit_and_all_below_with_receipts(operator):
    with operator.door("marketer") as actor:
        north = Unit.objects.get(pk=operator.units["north"])
        notice = messaging.publish_notice(actor=actor, title="北城促销", body="周一开始", unit=north)
        assert messaging.notices_for(actor) == []
    with operator.door("southerner") as actor:
        assert messaging.notices_for(actor) == []
    with operator.door("clerk1") as actor:
        assert [(found.title, read) for found, read in messaging.notices_for(actor)] == [("北城促销", False)]
        assert messaging.unread(actor) == 1
        messaging.read_notice(actor=actor, public_id=str(notice.public_id))
        messaging.read_notice(actor=actor, public_id=str(notice.public_id))
        assert messaging.unread(actor) == 0
