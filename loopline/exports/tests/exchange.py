"""Taking lists out and bringing them in again, for the stories of every kind of list."""

import csv
import io
from pathlib import Path

from loopline.exports.models import ClearExport
from loopline.imports import api as imports
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator

REASON = "Letters about the new tariff"


def shown(operator: Operator, name: str, query: str = "", who: str = "clerk1") -> list[list[str]]:
    """The rows of a list as its masked file has them."""
    answer = operator.client(who).get(f"/export/{name}{query}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def fetched(operator: Operator, name: str, wanted: str = "", form: str = "csv") -> bytes:
    """A list in clear: the supervisor of the north asks, the administrator approves."""
    asker, at = operator.client("north"), f"/export/{name}/clear"
    asked = asker.post(at, {"wanted": wanted, "reason": REASON, "format": form})
    assert asked.status_code == 302, asked.content
    with operator.door():
        export = str(ClearExport.objects.order_by("-id")[0].public_id)
    decided = operator.client("admin").post(f"/exports/{export}/decide", {"approve": "1"})
    assert decided.status_code == 302
    answer = asker.post(f"/exports/{export}/fetch")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(file: bytes) -> list[dict[str, str]]:
    """The rows of a csv file."""
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    """A csv file of these rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def brought(operator: Operator, path: Path, target: str, who: str = "admin") -> imports.ImportRun:
    """The import of a file, carried out."""
    with operator.door(who) as actor:
        run = imports.take_up(actor=actor, path=path, target=target)
    imports.carry_out(operator.tenant, run.pk)
    with enter(Scope(operator.tenant)):
        run.refresh_from_db()
    return run


def ledger(run: imports.ImportRun) -> dict[str, int]:
    """What the ledger counts, without what it has none of."""
    counted = {name: getattr(run, name) for name in ("created", "updated", "duplicates", "rejected")}
    assert run.status == imports.Status.FINISHED, run.error
    assert sum(counted.values()) == run.read
    return {name: count for name, count in counted.items() if count}


def faults(operator: Operator, run: imports.ImportRun) -> list[tuple[int, str, str]]:
    """Row, column and code of what was rejected."""
    with operator.door():
        return list(run.rejects.order_by("row_number", "id").values_list("row_number", "column", "code"))
