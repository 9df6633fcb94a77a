"""Importing 100,000 customers with duplicate detection on, end to end, beside a plain COPY of the same file."""

import csv
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.installation import DATABASE, Installation

ROWS = 100_000
DATA = f"{ROWS:,} made-up customers with names, numbers, identity cards, plans and six characteristics"
FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国梅鑫宇浩然子涵思远嘉怡"
HEADER = [
    "客户编号", "客户名称", "性别", "证件号码", "手机号码", "套餐", "月租", "在网时长", "付费方式",
    "Contract", "Partner", "AvgMinutes", "DataGB", "Complaints", "TotalCharges", "是否离网",
]  # fmt: skip


def run() -> list[Result]:
    """Rows a second of the first delivery, of the same file again, and of COPY into a table without indexes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        _write(path)
        with opened(Installation(Path(folder) / "data")) as house:
            reference = ROWS / _copied(house, path)
            tenant = _tenant()
            first, created = _imported(tenant, path)
            again, duplicates = _imported(tenant, path)
    if (created, duplicates) != (ROWS, ROWS):
        raise RuntimeError(f"the ledger is wrong: {created} created, then {duplicates} duplicates")
    return [
        Result("first delivery", ROWS / first, "rows/s", reference),
        Result("same file again, all duplicates", ROWS / again, "rows/s", reference),
    ]


def _write(path: Path) -> None:
    """The file, the same at every run."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        out.writerows(_row(number, draw) for number in range(ROWS))


def _row(number: int, draw: random.Random) -> list[str]:
    name = draw.choice(FAMILY) + "".join(draw.choices(GIVEN, k=draw.choice([1, 2, 2])))
    months, fee = draw.randrange(1, 120), draw.choice([19, 39, 59, 99, 129])
    return [
        f"K{number:07}", name, draw.choice("男女"), _identity_card(number), f"138{number:08}", f"畅享{fee}",
        f"{fee}.00", str(months), draw.choice(["现金", "银行代扣", "微信"]),
        draw.choice(["Month-to-month", "One year", "Two year"]),
        draw.choice(["Yes", "No"]), f"{draw.random() * 600:.1f}", f"{draw.random() * 40:.2f}",
        str(draw.randrange(4)), f"{months * fee}.00", draw.choice(["否", "否", "否", "是"]),
    ]  # fmt: skip


def _identity_card(number: int) -> str:
    plain = f"1101051980{1 + number // 1000 % 12:02}{1 + number // 12000 % 28:02}{number % 1000:03}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(plain))
    return plain + "10X98765432"[total % 11]


@contextmanager
def _timed(found: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    found.append(time.perf_counter() - begun)


def _copied(house: Installation, path: Path) -> float:
    """Seconds of COPY into a table of texts, committed."""
    import psycopg

    found: list[float] = []
    columns = ", ".join(f"c{place} text" for place in range(len(HEADER)))
    with psycopg.connect(house.url("admin", DATABASE)) as connection:
        connection.execute(f"CREATE TABLE public.bench_copy ({columns})")
        connection.commit()
        with _timed(found):
            with connection.cursor().copy("COPY public.bench_copy FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(path.read_bytes())
            connection.commit()
        connection.execute("DROP TABLE public.bench_copy")
    return found[0]


def _tenant() -> int:
    from loopline.identity import api as identity
    from loopline.kernel.scope import NOBODY, enter

    with enter(NOBODY):
        return int(identity.found_tenant(code="bench", name="测速", name_en="Bench", root="company").pk)


def _imported(tenant: int, path: Path) -> tuple[float, int]:
    """Seconds from the file to the finished ledger, and the rows it counts as created or duplicate."""
    from loopline.identity import api as identity
    from loopline.imports import api as imports
    from loopline.kernel.scope import Scope, enter

    found: list[float] = []
    with _timed(found):
        with enter(Scope(tenant)):
            run = imports.take_up(actor=identity.platform_actor(tenant, "bench"), path=path)
        imports.carry_out(tenant, run.pk)
    with enter(Scope(tenant)):
        run.refresh_from_db()
        return found[0], run.created + run.duplicates
