"""Reports on screen: designed, previewed, made, fetched."""

import pytest
from django.test import Client

from loopline.reports.models import Report, Run
from loopline.reports.tests.test_making import SECTION, designed, made
from loopline.testing import Operator


def designer(operator: Operator) -> tuple[Client, str]:
    """An analyst with an empty report of his own."""
    client = operator.client("analyst")
    answer = client.post("/reports/new")
    assert answer.status_code == 302
    return client, answer["location"].removesuffix("/design")


def section(client: Client, at: str, **values: object) -> int:
    told = {
        "section": "99",
        "cube": "revenue",
        "months": "2",
        "show": "both",
        "chart": "line",
        "back": f"{at}/design",
    }
    return client.post(f"{at}/section", told | values).status_code


def test_a_report_is_designed_put_in_order_and_previewed(operator):
    client, at = designer(operator)
    assert (
        section(
            client, at, title="收入", title_en="Revenue", rows=["month", ""], measures=["revenue", "arpu"]
        )
        == 302
    )
    assert (
        section(
            client, at, address="/analysis/cubes/customers?rows=branch&measures=lost&filter=service=mobile"
        )
        == 302
    )
    assert section(client, at, cube="", text="只有文字", text_en="Only words") == 302
    with operator.door():
        report = Report.objects.get()
        assert [(one["cube"], one["question"]) for one in report.sections] == [
            ("revenue", "rows=month&measures=revenue,arpu"),
            ("customers", "rows=branch&measures=lost&filter=service=mobile"),
            ("", ""),
        ]
    assert client.post(f"{at}/order", {"order": "2,0"}).status_code == 302
    with operator.door():
        assert [one["cube"] for one in Report.objects.get().sections] == ["", "revenue"]
    page = client.get(f"{at}/design?section=1").content.decode()
    assert '<option value="month" selected>' in page and 'value="arpu" checked' in page
    shown = client.get(f"{at}/preview?month=2026-02").content.decode()
    assert "Only words" in shown and '<td class="num">184.66</td>' in shown and "Revenue" in shown
    assert "/analysis/cubes/revenue?rows=month" in shown


def test_what_cannot_be_asked_is_said_beside_the_form(operator):
    client, at = designer(operator)
    assert section(client, at, address="/analysis/cubes/revenue?rows=nowhere") == 422
    assert section(client, at, months="99") == 422
    assert client.post(f"{at}/order", {"order": "0,7", "back": f"{at}/design"}).status_code == 422
    assert (
        client.post(f"{at}/schedule", {"rhythm": "weekly", "day": "9", "hour": "8", "back": at}).status_code
        == 422
    )


def test_a_report_is_made_and_fetched(operator):
    report = designed(operator)
    client, at = operator.client("analyst"), f"/reports/{report.public_id}"
    assert client.post(f"{at}/run", {"month": "2026-02"}).status_code == 302
    with operator.door():
        waiting = Run.objects.get()
        assert (f"{waiting.month:%Y-%m}", waiting.send, waiting.status) == ("2026-02", False, "waiting")
    assert "hx-get" in client.get(f"{at}/runs").content.decode()
    made(operator, report)
    page = client.get(at).content.decode()
    files = [part.split('"')[0] for part in page.split('href="/reports/files/')[1:]]
    assert len(files) == 2
    for name, start in zip(sorted(files), (b"%PDF-", b"PK"), strict=True):
        assert client.get(f"/reports/files/{name}").content.startswith(start)
        assert operator.client("southerner").get(f"/reports/files/{name}").status_code == 404
    assert client.get(f"/reports/files/{files[0].partition('/')[0]}/exe").status_code == 404


@pytest.mark.parametrize("who", ["marketer", "clerk1"])
def test_only_designers_change_reports(operator, who):
    report = designed(operator)
    at, client = f"/reports/{report.public_id}", operator.client(who)
    allowed = who == "marketer"
    assert client.get(at).status_code == (200 if allowed else 403)
    for name in ("section", "order", "schedule", "recipient", "remove", "facts", "copy"):
        assert (
            client.post(f"{at}/{name}", {"title": "x", **{k: str(v) for k, v in SECTION.items()}}).status_code
            == 403
        )
    with operator.door():
        assert Report.objects.get().sections[0]["title"] == "收入"
