"""Reports for programs: made, fetched and settled, within the same rights as on screen."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loopline.identity.models import Staff
from loopline.kernel.errors import NotAllowed
from loopline.reports import api, making, refusals
from loopline.reports.adapters.folder import FolderMailer
from loopline.reports.models import Delivery, DeliveryStatus, Run
from loopline.reports.tests.test_making import designed, made
from loopline.testing import Operator


class Program:
    """A client of the API by somebody's token."""

    def __init__(self, operator: Operator, who: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {operator.token(who)}"})

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(f"/api/v1/reports{path}")
        assert answer.status_code == status, answer.content
        return answer.json() if answer["content-type"].startswith("application/json") else answer.content

    def post(self, path: str, body: object, status: int = 200) -> Any:
        answer = self.client.post(f"/api/v1/reports{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()


def test_a_program_has_a_report_made_and_fetches_it(operator):
    report, program = designed(operator), Program(operator, "analyst")
    (listed,) = program.get("")
    assert (listed["id"], listed["name_en"], listed["rhythm"]) == (str(report.public_id), "Monthly", None)
    one = program.get(f"/{report.public_id}")
    assert [section["cube"] for section in one["sections"]] == ["revenue"]
    asked = program.post(f"/{report.public_id}/runs", {"month": "2026-02"}, 202)
    assert (asked["status"], asked["month"], asked["editions"]) == ("waiting", "2026-02-01", [])
    with operator.door():
        key = Run.objects.get(public_id=asked["id"]).pk
    api.produce(operator.tenant, key)
    done = program.get(f"/runs/{asked['id']}")
    (edition,) = done["editions"]
    assert (done["status"], edition["language"]) == ("done", "zh-hans")
    assert program.get(f"/{report.public_id}/runs") == [done]
    assert program.get(f"/editions/{edition['id']}/xlsx").startswith(b"PK")
    assert program.get(f"/editions/{edition['id']}/pdf").startswith(b"%PDF-")
    program.get(f"/editions/{edition['id']}/exe", 422)
    program.post(f"/{report.public_id}/runs", {"month": "2026-13"}, 422)
    program.post(f"/{report.public_id}/runs", {"unit": "nowhere"}, 404)


def test_nobody_fetches_the_edition_of_others_or_makes_for_all_without_the_right(operator):
    report = designed(operator)
    run = made(operator, report)
    with operator.door("analyst"):
        edition = run.editions.get().public_id
    narrow = Program(operator, "southerner")
    assert narrow.get(f"/{report.public_id}/runs")[0]["editions"] == []
    narrow.get(f"/editions/{edition}/xlsx", 404)
    narrow.post(f"/{report.public_id}/runs", {"send": True}, 403)
    Program(operator, "clerk1").get("", 403)


def in_doubt(operator: Operator, status: DeliveryStatus) -> Delivery:
    """A mail of a run that is made, of which nobody knows whether it went."""
    report = designed(operator)
    with operator.door("analyst") as actor:
        Staff.objects.filter(user_name="marketer").update(email="marketer@example.com")
        api.add_recipient(actor=actor, report=report.public_id, staff="marketer")
    made(operator, report, send=True)
    with operator.door():
        Delivery.objects.update(status=status, sent_at=None)
        return Delivery.objects.get()


@pytest.mark.parametrize("status", [DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED])
def test_a_mail_in_doubt_is_sent_again_once(operator, tmp_path: Path, status):
    mail, out = in_doubt(operator, status), FolderMailer(tmp_path / "outbox", "crm@example.com")
    told = Program(operator, "analyst").post(f"/mails/{mail.public_id}/settled", {"sent": False})
    assert told["status"] == "waiting"
    making.send(operator.tenant, mail.pk, out)
    making.send(operator.tenant, mail.pk, out)
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 1
    with operator.door():
        mail.refresh_from_db()
        assert mail.status == DeliveryStatus.SENT


def test_a_mail_in_doubt_is_noted_as_sent_on_screen(operator):
    mail = in_doubt(operator, DeliveryStatus.UNKNOWN)
    browser = operator.client("analyst")
    with operator.door():
        at = f"/reports/{mail.edition.run.report.public_id}"
    assert "Perhaps sent" in (page := browser.get(at).content.decode()) and "Send again" in page
    assert browser.post(f"/reports/mails/{mail.public_id}/settled", {"sent": "on"}).status_code == 302
    with operator.door():
        mail.refresh_from_db()
        assert (mail.status, mail.sent_at is None) == (DeliveryStatus.SENT, False)
    assert "Send again" not in browser.get(at).content.decode()


def test_only_who_keeps_the_report_settles_its_mails(operator):
    mail = in_doubt(operator, DeliveryStatus.UNKNOWN)
    for who, refusal in (("marketer", NotAllowed), ("admin", refusals.NotYours)):
        with pytest.raises(refusal), operator.door(who) as actor:
            api.settle_mail(actor=actor, mail=mail.public_id, sent=True, now=mail.edition.run.asked_at)
    with operator.door("analyst") as actor:
        api.settle_mail(actor=actor, mail=mail.public_id, sent=True, now=mail.edition.run.asked_at)
        with pytest.raises(refusals.MailNotInDoubt):
            api.settle_mail(actor=actor, mail=mail.public_id, sent=False, now=mail.edition.run.asked_at)
