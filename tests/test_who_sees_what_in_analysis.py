"""Two operators, several branches, many readers, every door of analysis: each reads the sum of what is his.

Random questions over every cube are asked through pivot, sentence, drill, members, files, kept views, API, reports,
board and SQL. The figures are those of plain SQL over what the reader may see, and nothing of another branch or
operator (a surname, a customer's number, a unit, a sum) stands anywhere in the bytes.
"""

import base64
import email
import html
import io
import os
import random
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
import pytest
from django.test import Client

from loopline.billing.models import Bill, MonthlyUsage, Payment
from loopline.catalogue.models import Offering
from loopline.customers.models import Account, Customer
from loopline.identity import api as identity
from loopline.identity.actions.delegation import delegate
from loopline.interactions.models import Interaction
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.kpi import api as kpi
from loopline.olap import api as olap
from loopline.olap.api import Filter, Measured, Op, Question, Top, Way
from loopline.olap.models import SavedView
from loopline.olap.tests import reference
from loopline.olap.tests.test_every_figure import _compare as compare
from loopline.reports import api as reports
from loopline.reports.adapters.folder import FolderMailer
from loopline.sandbox import api as sandbox
from loopline.sandbox.models import Status
from loopline.sandbox.tests.test_breaking_out import HOSTILE
from loopline.subscriptions.models import Subscription
from loopline.testing import Operator, found_operator
from loopline.warehouse import api as warehouse

ROUNDS = int(os.environ.get("LOOPLINE_ISOLATION_ROUNDS", "1"))
"""How many random questions each reader asks at each door; the soak asks for more."""
MONTHS = 14
SURNAMES = {"north-1": "亓", "north-2": "仉", "south-1": "佴"}
FOREIGN_SURNAME = "翦"
UNIT_MARKS = {
    "north": ("North City", "北城"), "north-1": ("North One", "北一营业厅"), "north-2": ("North Two", "北二营业厅"),
    "south": ("South City", "南城"), "south-1": ("South One", "南一营业厅"),
}  # fmt: skip
READERS = {
    "admin": ("north", "north-1", "north-2", "south", "south-1"),
    "north": ("north", "north-1", "north-2"),
    "clerk1": ("north-1",),
    "southerner": ("south-1",),
    "empty": (),
    "deputy": ("north-2", "south-1"),
}
"""Who reads, and the units that he sees."""
ABOVE = {"clerk1": ("north",), "southerner": ("south",), "empty": ("south",), "deputy": ("north", "south")}
"""Units above his own: he knows their names, and of their figures his own part."""


@dataclass
class House:
    """An operator with its books, and what betrays each of its units."""

    operator: Operator
    marks: dict[str, set[str]] = field(default_factory=dict)
    billed: dict[str, Decimal] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def foreign_to(self, reader: str) -> set[str]:
        """What this reader must never be shown of his own operator."""
        own = READERS[reader]
        found = {mark for unit, marks in self.marks.items() if unit not in own for mark in marks}
        known = (*own, *ABOVE.get(reader, ()))
        return found | {mark for unit, marks in UNIT_MARKS.items() if unit not in known for mark in marks}

    def billed_to(self, reader: str) -> Decimal:
        """What was billed where this reader sees."""
        return sum((self.billed.get(unit, Decimal(0)) for unit in READERS[reader]), Decimal(0))


@pytest.fixture(scope="module")
def other(database: object) -> House:
    return _house(random.Random(2), dict.fromkeys(SURNAMES, FOREIGN_SURNAME))


@pytest.fixture(scope="module")
def house(other: House) -> House:
    made = _house(random.Random(1), SURNAMES)
    with made.operator.door() as system:
        kpi.watch(actor=system, now=clock.now())
    return made


@pytest.fixture(scope="module")
def truth(house: House) -> Iterator[reference.Reference]:
    """The facts of the operator in memory, for plain SQL."""
    con = duckdb.connect(config={"threads": "1"})
    with warehouse.reader(house.operator.tenant) as lake:
        for name in reference.FACTS:
            rows = lake.execute(f"SELECT * FROM {name}").to_arrow_table()
            con.register("taken", rows)
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM taken")
            con.unregister("taken")
    yield reference.build(con, clock.today("Asia/Shanghai"))
    con.close()


def _house(rng: random.Random, surnames: dict[str, str]) -> House:
    house = House(found_operator())
    _people(house.operator)
    with house.operator.door():
        plans = [
            Offering.objects.create(code=code, name=code, name_en=code, monthly_fee=Decimal(fee))
            for code, fee in (("P59", "59"), ("P99", "99"))
        ]
        for unit, surname in surnames.items():
            _books(house, rng, unit, surname, plans)
    warehouse.refresh(house.operator.tenant)
    return house


def _people(operator: Operator) -> None:
    """Everybody may analyse; one is of a branch without customers, one stands in for a colleague of another city."""
    with operator.door() as system:
        analyst = identity.Role.objects.get(code="analyst")
        south = identity.Unit.objects.get(code="south")
        made = identity.add_unit(
            actor=system, parent=south, level="branch", code="south-9", name="空厅", name_en="Bare"
        )
        north = identity.Unit.objects.get(code="north-2")
        for name, unit in (("empty", made), ("deputy", north)):
            added = identity.add_staff(
                actor=system,
                user_name=name,
                name=name,
                unit=unit,
                roles=["analyst"],
                password=operator.password,
            )
            operator.staff[name] = added.pk
        for name in ("north", "clerk1", "southerner"):
            identity.Staff.objects.get(pk=operator.staff[name]).roles.add(analyst)
    with operator.door("southerner") as absent:
        today = clock.today(absent.zone)
        to = identity.Staff.objects.get(pk=operator.staff["deputy"])
        delegate(actor=absent, to=to, first_day=today, last_day=today, reason="away")


def _books(house: House, rng: random.Random, unit: str, surname: str, plans: list[Offering]) -> None:
    """Three customers of a branch, with two lines, bills, payments, use and contacts over the months."""
    branch = house.operator.units[unit]
    marks = house.marks.setdefault(unit, {surname})
    total = Decimal(0)
    for number in range(3):
        code = f"{unit.upper()}{house.operator.tenant}{number}"
        customer = Customer.objects.create(
            branch_id=branch, number=code, name=f"{surname}某{number}", joined_on=date(2024, 1, 5),
            tier=rng.choice(("gold", "silver", "")), kind="person",
        )  # fmt: skip
        marks.add(code)
        who = {"customer": customer, "branch_id": branch}
        account = Account.objects.create(**who, number=f"A{code}", payment_method="wechat")
        for plan in plans:
            line = Subscription.objects.create(
                **who, account=account, offering=plan, number=f"L{code}{plan.code}",
                service="mobile" if plan is plans[0] else "broadband", started_on=date(2024, 1, 5),
                monthly_fee=plan.monthly_fee,
            )  # fmt: skip
            total += _life(who, account, line, rng)
    house.billed[unit] = total
    marks.add(f"{total:,.2f}")


def _life(who: dict[str, Any], account: Account, line: Subscription, rng: random.Random) -> Decimal:
    total = Decimal(0)
    for month in _months():
        usage = Decimal(rng.randint(200, 30_000)) / 100
        amount = line.monthly_fee + usage
        total += amount
        Bill.objects.create(
            **who, account=account, subscription=line, month=month, due_on=month.replace(day=25),
            monthly_fee=line.monthly_fee, usage_charge=usage, discount=Decimal(0), amount=amount,
        )  # fmt: skip
        MonthlyUsage.objects.create(
            **who, subscription=line, month=month, minutes=rng.randint(10, 300), minutes_competitor=rng.randint(0, 9),
            data_mb=rng.randint(0, 5000),
        )  # fmt: skip
        if rng.random() < 0.8:
            Payment.objects.create(
                **who, account=account, reference=f"R{line.pk}{month}", paid_on=month.replace(day=26), month=month,
                amount=amount,
            )  # fmt: skip
        if rng.random() < 0.3:
            at = clock.now().replace(year=month.year, month=month.month, day=3)
            Interaction.objects.create(
                **who, kind=rng.choice(("complaint", "enquiry")), channel="call", at=at, on=month.replace(day=3),
                topic="network", summary="x",
            )  # fmt: skip
    return total


def _months() -> list[date]:
    first = clock.today("Asia/Shanghai").replace(day=1)
    found = [first]
    while len(found) < MONTHS:
        last = found[-1]
        found.append(date(last.year - (last.month == 1), last.month - 1 or 12, 1))
    return found[::-1]


# Asking


def _drawn(rng: random.Random, actor: Actor, name: str) -> Question:
    """Any cube, any levels, any measures in any way, filters and a ranking."""
    cube = olap.find_cube(name)
    levels = rng.sample(list(cube.levels), rng.randint(0, 2))
    cut = rng.randint(0, len(levels))
    measures = tuple(
        Measured(measure, rng.choice(tuple(Way)))
        for measure in rng.sample(list(cube.measures), min(2, len(cube.measures)))
    )
    filters = []
    if rng.random() < 0.5:
        level = rng.choice([each for each in cube.levels.values() if not each.is_time]).name
        known = [member for member, _label in olap.members(actor, name, level)] or [None]
        filters.append(Filter(level, rng.choice((Op.IN, Op.NOT_IN)), (rng.choice(known),)))
    top = None
    ranked = [each for each in levels if not cube.levels[each].is_time]
    if ranked and rng.random() < 0.3:
        top = Top(ranked[0], 2, measures[0].measure)
    return Question(name, tuple(levels[:cut]), tuple(levels[cut:]), measures, tuple(filters), top)


def _questions(house: House, reader: str, rounds: int) -> list[tuple[str, Question]]:
    """Questions of a reader over every cube; what a measure cannot be asked is left out."""
    rng, found = random.Random(f"{reader} {rounds}"), []
    with house.operator.door(reader) as actor:
        for cube in [name for name in olap.cubes.names() for _round in range(rounds)]:
            question = _drawn(rng, actor, cube)
            with suppress(olap.BadFilter, olap.BadTop, olap.TooMany, olap.UnknownWay):
                olap.check(question)
                found.append((cube, question))
    return found


@pytest.mark.parametrize("reader", READERS)
def test_a_pivot_is_the_sum_of_what_one_may_see(
    house: House, truth: reference.Reference, reader: str
) -> None:
    for cube, question in _questions(house, reader, 4 * ROUNDS):
        with house.operator.door(reader) as actor:
            answer = olap.ask(actor, question)
            branches = actor.scope.branches
        if cube in reference.MEASURES and _is_told(question):
            compare(truth, question, answer, branches)
        with house.operator.door("admin") as whole:  # who sees all, held to these branches
            narrow = olap.ask(replace(whole, scope=replace(whole.scope, branches=branches)), question)
        assert answer.values == narrow.values


def _is_told(question: Question) -> bool:
    """Whether the plain SQL of the reference knows these measures, ways and levels."""
    known = reference.MEASURES[question.cube]
    ways = (Way.PLAIN, Way.YEAR_AGO, Way.PERIOD_AGO, Way.CUMULATIVE)
    levels = {*question.rows, *question.columns, *(one.level for one in question.filters)}
    return all(one.measure in known and one.way in ways for one in question.measures) and not (
        {"province"} & levels or question.top
    )


# Every door


@pytest.mark.parametrize("reader", READERS)
def test_no_door_lets_anything_through(house: House, other: House, reader: str) -> None:
    client = house.operator.client(reader)
    secrets = house.foreign_to(reader) | {FOREIGN_SURNAME, other.operator.code}
    for cube, question in _questions(house, reader, ROUNDS):
        with house.operator.door(reader) as actor:
            told = olap.as_data(olap.ask(actor, question))
        asked = olap.address(question)
        _clean(client.get(f"/analysis/cubes/{cube}?{asked}"), secrets)
        for form in ("csv", "xlsx", "pdf"):
            _clean(client.get(f"/analysis/cubes/{cube}/file?{asked}&form={form}"), secrets)
        _clean(client.get(f"/analysis/behind?cube={cube}&{asked}&at=;;0"), secrets)
        level = next(iter(question.rows), "branch")
        _clean(client.get(f"/analysis/cubes/{cube}/filter?level={level}&{asked}"), secrets)
        answered = _clean(client.get(f"/api/v1/olap/query/{cube}?{asked}", **_bearer(house, reader)), secrets)
        assert answered.json()["cells"] == told["cells"]


def _bearer(house: House, reader: str) -> dict[str, Any]:
    if reader not in house.tokens:
        house.tokens[reader] = house.operator.token(reader)
    return {"headers": {"authorization": f"Bearer {house.tokens[reader]}"}}


def _clean(answer: Any, secrets: set[str]) -> Any:
    """It is answered, and nothing that is not the reader's stands in the answer."""
    assert answer.status_code == 200, (answer.status_code, answer.request["QUERY_STRING"])
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = _text(content)
    found = {secret for secret in secrets if secret in text}
    assert not found, (answer.request["PATH_INFO"], answer.request["QUERY_STRING"], found)
    return answer


def _text(content: bytes) -> str:
    """Every word in a page, a workbook, a paper or a mail with its files."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return " ".join(
                html.unescape(book.read(name).decode(errors="ignore")) for name in book.namelist()
            )
    if content.startswith(b"%PDF"):
        return _of_paper(content)
    if content.startswith((b"Subject:", b"From:", b"To:", b"Message-ID:", b"Content-Type:", b"MIME")):
        letter = email.message_from_bytes(content, policy=default)
        parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
        return " ".join(part if isinstance(part, str) else _text(part) for part in parts)
    return html.unescape(content.decode("utf-8", "ignore"))


def _of_paper(content: bytes) -> str:
    """The texts of a PDF of ours: two bytes a character, in packed streams."""
    told = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        drawn = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        for text in re.findall(rb"\((.*?)(?<!\\)\) Tj", drawn, re.DOTALL):
            plain = re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), text)
            plain = re.sub(rb"\\(.)", rb"\1", plain, flags=re.DOTALL)
            told.append(plain.decode("utf-16-be", "ignore"))
    return " ".join(told)


def test_the_search_for_secrets_finds_them(house: House) -> None:
    """Whoever sees all is shown what others must not see: in each kind of answer the marks are found."""
    client = house.operator.client("admin")
    asked = "rows=branch&measures=revenue"
    paths = [f"/analysis/cubes/revenue?{asked}", f"/api/v1/olap/query/revenue?{asked}"]
    paths += [f"/analysis/cubes/revenue/file?{asked}&form={form}" for form in ("csv", "xlsx", "pdf")]
    for path in paths:
        text = _text(client.get(path, **(_bearer(house, "admin") if "/api/" in path else {})).content)
        assert UNIT_MARKS["south-1"][0] in text or "south-1" in text, path
    people = _text(client.get("/analysis/behind?cube=revenue&rows=branch&measures=revenue&at=;;0").content)
    assert SURNAMES["south-1"] in people


@pytest.mark.parametrize("reader", READERS)
def test_who_stands_behind_a_figure_is_ones_own(house: House, reader: str) -> None:
    with house.operator.door(reader) as actor:
        behind = olap.behind(actor, Question("revenue", measures=(Measured("revenue"),)), Measured("revenue"))
        mine = set(Customer.objects.values_list("pk", flat=True))
        assert {key for key, _number in behind.customers} <= mine
    own = [unit for unit in READERS[reader] if unit in SURNAMES]
    assert behind.count == 3 * len(own)
    assert sum((Decimal(str(number)) for _key, number in behind.customers), Decimal(0)) == house.billed_to(
        reader
    )


@pytest.mark.parametrize("reader", READERS)
def test_a_sentence_tells_nothing_of_others(house: House, other: House, reader: str) -> None:
    client = house.operator.client(reader)
    secrets = house.foreign_to(reader) | {FOREIGN_SURNAME, other.operator.code}
    for sentence in ("revenue by branch", "revenue by month of South One", "lost customers of North One"):
        answer = client.get(f"/analysis/ask?q={quote(sentence)}")
        if answer.status_code == 302:  # what was typed is shown again
            typed = {secret for secret in secrets if secret in sentence}
            _clean(client.get(answer["location"]), secrets - typed)


@pytest.mark.parametrize("reader", ["north", "clerk1", "empty", "deputy"])
def test_a_view_of_others_shows_ones_own(house: House, other: House, reader: str) -> None:
    """The company's analyst shares a view over all; a narrowed address is not widened by who made it."""
    analyst = house.operator.client("admin")
    name = f"All {reader}"
    query = "rows=branch&measures=revenue&filter=branch=north-1|south-1"
    assert (
        analyst.post("/analysis/views", {"cube": "revenue", "query": query, "name": name}).status_code == 302
    )
    with house.operator.door("admin"):
        view = SavedView.objects.get(name=name)
    analyst.post(f"/analysis/views/{view.public_id}/share", {"shared": "all"})
    client = house.operator.client(reader)
    opened = client.get(f"/analysis/views/{view.public_id}")
    assert opened.status_code == 302
    # The address itself names the branches that were asked for: names and figures of them are what must not stand.
    _clean(client.get(opened["location"]), house.foreign_to(reader) - {"south-1"} | {FOREIGN_SURNAME})


# Reports


def test_each_reader_has_his_own_edition(house: House, other: House, tmp_path: Path) -> None:
    """One run for everybody: files and mails, each within the rights of who gets it."""
    outbox = FolderMailer(tmp_path / "outbox", "crm@example.com")
    sections = [
        {"title": "收入", "title_en": "Revenue", "cube": "revenue", "months": 3,
         "question": "rows=branch,month&measures=revenue,arpu"},
        {"title": "客户", "title_en": "Customers", "cube": "customers", "months": 3,
         "question": "rows=district,branch&measures=at_end,lost"},
    ]  # fmt: skip
    readers = [reader for reader in READERS if reader != "admin"]
    with house.operator.door() as system:
        for name in readers:
            identity.Staff.objects.filter(pk=house.operator.staff[name]).update(email=f"{name}@example.com")
        draft = reports.Draft("全员月报", "For all", is_shared=True, sections=sections)
        report = reports.keep_report(actor=system, draft=draft)
        for name in readers:
            reports.add_recipient(actor=system, report=report.public_id, staff=name)
        run = reports.run_report(actor=system, report=report.public_id, month=_months()[-2], send=True)
    done = reports.produce(house.operator.tenant, run.pk, outbox)
    assert (done.status, done.error) == ("done", "")
    letters = {
        str(email.message_from_bytes(file.read_bytes(), policy=default)["To"]): file.read_bytes()
        for file in (tmp_path / "outbox").rglob("*.eml")
    }
    for reader in readers:
        secrets = house.foreign_to(reader) | {FOREIGN_SURNAME, other.operator.code}
        text = _text(b"MIME" + b"-Version: 1.0\n" + letters[f"{reader}@example.com"])
        assert not {secret for secret in secrets if secret in text}
        assert all(UNIT_MARKS[unit][1] in text for unit in READERS[reader] if unit in SURNAMES)
        client = house.operator.client(reader)
        page = _clean(client.get(f"/reports/{report.public_id}"), secrets).content.decode()
        _clean(client.get(f"/reports/{report.public_id}/preview"), secrets)
        for path in set(re.findall(r"/reports/files/[0-9a-f-]{36}/\w+", page)):
            _clean(client.get(path), secrets)
        stranger = other.operator.client(reader)
        assert stranger.get(f"/reports/{report.public_id}").status_code == 404


# Indicators


@pytest.mark.parametrize("reader", READERS)
def test_the_board_tells_of_ones_own_units(house: House, other: House, reader: str) -> None:
    client = house.operator.client(reader)
    secrets = house.foreign_to(reader) | {FOREIGN_SURNAME, other.operator.code}
    with house.operator.door():
        arpu = kpi.Indicator.objects.get(code="arpu")
    for path in ("/performance", f"/performance/indicators/{arpu.public_id}", "/performance/breaches",
                 "/performance/work", "/performance/scorecard", "/performance/relationship"):  # fmt: skip
        _clean(client.get(path), secrets)
    _clean(client.get("/api/v1/kpi/board", **_bearer(house, reader)), secrets)
    for unit in UNIT_MARKS:
        for path in (f"/performance?unit={unit}", f"/api/v1/kpi/board?unit={unit}",
                     f"/performance/indicators/{arpu.public_id}?unit={unit}"):  # fmt: skip
            answer = client.get(path, **(_bearer(house, reader) if "/api/" in path else {}))
            assert answer.status_code == (200 if unit in READERS[reader] else 404), path


# SQL


@pytest.mark.parametrize("reader", READERS)
def test_sql_adds_up_to_ones_own(house: House, reader: str) -> None:
    total = _sql(
        house,
        reader,
        "SELECT coalesce(sum(amount), 0) AS billed, count(DISTINCT customer_id) AS who FROM fact_bill",
    )
    own = [unit for unit in READERS[reader] if unit in SURNAMES]
    assert total == [{"billed": house.billed_to(reader), "who": 3 * len(own)}]


def test_no_hostile_statement_tells_anything(house: House, other: House) -> None:
    """The statements that try to break out, by whoever sees one branch: refused, or nothing of others in the answer."""
    data = {"{file}": "/etc/hostname", "{data}": "/etc", "{other}": str(other.operator.tenant)}
    secrets = house.foreign_to("clerk1") | {FOREIGN_SURNAME, other.operator.code}
    for hostile in HOSTILE:
        sql = hostile
        for mark, value in data.items():
            sql = sql.replace(mark, value)
        with house.operator.door("clerk1") as actor:
            row = sandbox.ask(actor=actor, sql=sql)
            assert row.status == Status.REFUSED, sql
            said = str(sandbox.explain(row))
        assert not {secret for secret in secrets - {"north", "south"} if secret in said}


def _sql(house: House, reader: str, sql: str) -> list[dict[str, Any]]:
    with house.operator.door(reader) as actor:
        row = sandbox.ask(actor=actor, sql=sql)
    done = sandbox.run(house.operator.tenant, row.pk)
    assert done.status == Status.DONE, done.word
    with house.operator.door(reader) as actor:
        rows: list[dict[str, Any]] = sandbox.result(actor, done).to_pylist()
    return rows


# Other operators


@pytest.mark.parametrize("reader", ["admin", "clerk1"])
def test_the_other_operator_is_not_there(house: House, other: House, reader: str) -> None:
    """The same question on both sides: each has its own figures, also by who sees the whole of his."""
    for one, figures in ((house, house.billed_to(reader)), (other, other.billed_to(reader))):
        with one.operator.door(reader) as actor:
            answer = olap.ask(actor, Question("revenue", measures=(Measured("revenue"),)))
        assert answer.figure() == figures
    anonymous = Client()
    query = urlencode({"measures": "revenue"})
    assert anonymous.get(f"/api/v1/olap/query/revenue?{query}").status_code == 401
