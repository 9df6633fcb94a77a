"""Importing on screen and by program, from the file to the ledger."""

from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from loopline.imports import api as imports
from loopline.imports.models import ImportRun
from loopline.kernel.models import current_tenant


def bring(client, name: str, content: bytes):
    return client.post("/imports/new", {"file": SimpleUploadedFile(name, content)})


def carried_out(operator, who: str = "analyst") -> ImportRun:
    """What the worker does with the newest order."""
    with operator.door(who):
        job = ProcrastinateJob.objects.filter(task_name="imports.run").order_by("-id").first()
        assert job is not None and job.args["tenant"] == current_tenant()
    imports.carry_out(operator.tenant, job.args["run"])
    with operator.door(who):
        return ImportRun.objects.get(pk=job.args["run"])


TABLE = "客户编号,客户名称,手机号码,月租,备注\nK1,张三丰,13800138000,39,a\nK2,李四,139,59,=1+1\n".encode(
    "gb18030"
)


def test_from_the_file_to_the_ledger(operator):
    client = operator.client("analyst")
    assert "No file was imported yet" in client.get("/imports").content.decode()
    answer = bring(client, "../../etc/客户\u202e\x00.csv", TABLE)
    assert answer.status_code == 302
    shown = client.get(answer.url)
    text = shown.content.decode()
    assert shown.status_code == 200 and "客户.csv" in text and "../" not in text
    assert "张**" in text and "张三丰" not in text and "13800138000" not in text
    assert "1 of the first 2 rows would be rejected." in text

    targets = ["customer_key", "name", "telephone", "monthly_fee", "-"]
    form = {f"column-{place}": target for place, target in enumerate(targets)}
    looked = client.post(f"{answer.url}/preview", form, headers={"HX-Request": "true"})
    assert looked.status_code == 200 and "备注" not in looked.content.decode()
    twice = client.post(f"{answer.url}/preview", form | {"column-4": "name"}, headers={"HX-Request": "true"})
    assert twice.status_code == 422 and "gives both" in twice.content.decode()

    assert client.post(f"{answer.url}/start", form).status_code == 302
    assert "Waiting for its turn." in client.get(f"{answer.url}/progress").content.decode()
    run = carried_out(operator)
    assert (run.status, run.read, run.created, run.rejected) == ("finished", 2, 1, 1)
    done = client.get(f"{answer.url}/progress").content.decode()
    assert "All 2 rows are accounted for" in done and "this is not a telephone number" in done
    listed = client.get("/imports").content.decode()
    assert "客户.csv" in listed and "Finished" in listed
    file = client.get(f"{answer.url}/rejects.csv")
    assert b"".join(file.streaming_content).decode("utf-8-sig").splitlines()[1] == (
        "3,手机号码,139,this is not a telephone number"
    )
    assert client.post(f"{answer.url}/start", form).status_code == 409


def test_a_trial_changes_nothing_and_then_it_is_imported(operator):
    client = operator.client("analyst")
    url = bring(client, "a.csv", TABLE).url
    client.post(f"{url}/start", {"act": "try"})
    run = carried_out(operator)
    assert (run.status, run.read, run.created, run.rejected) == ("tried", 2, 1, 1)
    assert "Nothing was changed" in client.get(url).content.decode()
    assert client.post(f"{url}/start", {}).status_code == 302
    run = carried_out(operator)
    assert (run.status, run.dry_run, run.created) == ("finished", False, 1)


def test_refused_files_say_why_beside_the_form_and_leave_nothing(operator):
    from loopline.imports import storage

    client = operator.client("analyst")
    wide = ",".join(f"c{n}" for n in range(200)).encode()
    for content, sentence in [
        (b"", "The file is empty"),
        (b" \n", "The file is empty"),
        (wide + b"\n" + wide, "The file has 200 columns"),
        ("né,è\nà,é\nç,ù\n".encode("cp1252"), "neither UTF-8 nor GB 18030"),
    ]:
        answer = bring(client, "a.csv", content)
        assert answer.status_code == 422 and sentence in answer.content.decode(), content[:20]
    with operator.door("analyst"):
        assert ImportRun.objects.count() == 0
        assert list(storage._folder().iterdir()) == []


def test_an_upload_beyond_the_limit_is_refused_in_words(operator, monkeypatch):
    from loopline.imports import uploads

    monkeypatch.setattr(uploads.Quota, "exceeded", property(lambda quota: quota.seen > 1000))
    answer = bring(operator.client("analyst"), "a.csv", b"a,b\n" * 1000)
    assert (
        answer.status_code == 422 and "larger than can be imported at once (1 GiB)" in answer.content.decode()
    )


def test_who_may_not_import_is_refused_and_other_branches_are_not_there(operator):
    url = bring(operator.client("analyst"), "a.csv", TABLE).url
    assert operator.client("clerk1").get("/imports").status_code == 403
    assert operator.client("clerk1").post("/imports/new", {}).status_code == 403
    assert operator.client("marketer").get(url).status_code == 200
    assert operator.client("marketer").post(f"{url}/discard").status_code == 302
    assert operator.client("analyst").get(url).status_code == 404


def test_the_same_by_program(operator):
    client = operator.client("analyst")
    headers = {"Authorization": f"Bearer {operator.token('analyst')}"}
    file = SimpleUploadedFile("a.csv", TABLE)
    made = client.post("/api/v1/imports/runs", {"file": file, "as_of": "2026-03-31"}, headers=headers)
    assert made.status_code == 201
    run = made.json()
    assert (run["status"], run["as_of"], run["format"]["encoding"]) == ("uploaded", "2026-03-31", "gb18030")
    where = f"/api/v1/imports/runs/{run['id']}"
    columns = client.get(f"{where}/preview", headers=headers).json()["columns"]
    assert [column["target"] for column in columns][:4] == [
        "customer_key",
        "name",
        "telephone",
        "monthly_fee",
    ]
    body = {"mapping": {"备注": "nothing"}}
    bad = client.post(f"{where}/start", body, content_type="application/json", headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (422, "mapping_unknown_field")
    good = client.post(f"{where}/start", {}, content_type="application/json", headers=headers)
    assert (good.status_code, good.json()["status"]) == (200, "queued")
    carried_out(operator)
    assert client.get(where, headers=headers).json()["ledger"] == {
        "read": 2, "created": 1, "updated": 0, "duplicates": 0, "rejected": 1,
    }  # fmt: skip
    [reject] = client.get(f"{where}/rejects", headers=headers).json()
    assert (reject["row"], reject["code"], reject["value"]) == (3, "not_phone", "139")
    assert client.get(f"{where}/rejects?after={reject['cursor']}", headers=headers).json() == []
