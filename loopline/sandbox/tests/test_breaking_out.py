"""Attempts to break out of the sandbox: each wall must hold alone.

The first wall reads a statement before it runs. The second is the process that runs it; here it gets every hostile
statement unread, as though the first did not exist. What lies outside is marked: another operator's rows, rows of
another branch, a file in the data folder, the environment. No mark may come back by any way.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from loopline.identity.models import Role, Staff, StaffRole
from loopline.kernel.scope import Scope
from loopline.sandbox import api, running
from loopline.sandbox.models import Status
from loopline.sandbox.rules import statement as rules
from loopline.sandbox.tests.test_asking import asked, rows_of
from loopline.warehouse import api as warehouse
from loopline.warehouse.tests.books import Books

MARK = "out-of-the-sandbox-7c1e"
FILE = "{data}/canary.csv"

FILES = [
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_csv_auto('{file}')",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    "FROM '{file}'",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_json_auto('{file}')",
    "SELECT * FROM read_ndjson_objects('{file}')",
    "SELECT * FROM read_parquet('{data}/lake/**/*.parquet')",
    "SELECT * FROM parquet_scan('{data}/lake/**/*.parquet')",
    "SELECT * FROM parquet_metadata('{data}/lake/**/*.parquet')",
    "SELECT * FROM parquet_schema('{data}/lake/**/*.parquet')",
    "SELECT * FROM parquet_kv_metadata('{data}/lake/**/*.parquet')",
    "SELECT * FROM parquet_file_metadata('{data}/lake/**/*.parquet')",
    "SELECT * FROM glob('{data}/**')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM read_duckdb('{file}')",
    "SELECT (SELECT content FROM read_text('{file}'))",
    "WITH x AS (SELECT * FROM read_text('{file}')) SELECT * FROM x",
    "SELECT * FROM fact_bill, LATERAL (SELECT content FROM read_text('{file}'))",
    "SELECT * FROM rEaD_tExT('{file}')",
    "SELECT * FROM read_text/**/('{file}')",
    "SELECT * FROM system.main.read_text('{file}')",
    "SELECT * FROM read_text(['{file}'])",
    "SELECT * FROM read_text('{fi' || 'le}')",
    "SELECT * FROM read_text('file://{file}')",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('/proc/self/cmdline')",
    "SELECT list_transform(['{file}'], lambda x: (SELECT content FROM read_text(x)))",
]
CATALOGUE = [
    "SELECT * FROM lake.t1.fact_bill",
    "SELECT * FROM lake.t{other}.fact_bill",
    "SELECT * FROM t{other}.fact_bill",
    "SELECT * FROM __ducklake_metadata_lake.ducklake_table",
    "SELECT * FROM __ducklake_metadata_lake.public.ducklake_data_file",
    "SELECT * FROM ducklake_snapshots('lake')",
    "SELECT * FROM ducklake_table_info('lake')",
    "SELECT * FROM ducklake_list_files('lake', 'fact_bill')",
    "SELECT * FROM ducklake_table_deletions('lake', 't{other}', 'fact_bill', 0, 99)",
    "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'identity_staff')",
    "SELECT * FROM postgres_query('source', 'SELECT * FROM identity_staff')",
    "SELECT * FROM postgres_attach('dbname=loopline')",
    "SELECT * FROM source.identity_staff",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM fact_bill AT (VERSION => 1)",
]
PROCESS = [
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM duckdb_temporary_files()",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM pragma_storage_info('fact_bill')",
    "SELECT getenv('LOOPLINE_CANARY')",
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    "SELECT * FROM query('SELECT getenv(''LOOPLINE_CANARY'')')",
    "SELECT * FROM query_table('duckdb_secrets')",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM python_map_function()",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(140000000000000)",
    "SELECT * FROM os",
    "SELECT * FROM handed_in",
]
WRITES = [
    "COPY fact_bill TO '{data}/stolen.csv'",
    "COPY (SELECT 1) TO '{data}/stolen.parquet'",
    "EXPORT DATABASE '{data}/stolen'",
    "CREATE TABLE x AS SELECT * FROM fact_bill",
    "CREATE MACRO fact_bill() AS TABLE SELECT 1",
    "CREATE VIEW fact_bill AS SELECT 1",
    "INSERT INTO fact_bill SELECT * FROM fact_bill",
    "UPDATE fact_bill SET amount = 0",
    "DELETE FROM fact_bill",
    "DROP TABLE fact_bill",
    "TRUNCATE fact_bill",
    "ATTACH '{data}/canary.csv' AS x",
    "ATTACH 'ducklake:postgres:dbname=lake' AS lake",
    "INSTALL httpfs",
    "LOAD postgres_scanner",
    "LOAD '{data}/x.duckdb_extension'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_logging",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "USE memory",
    "CHECKPOINT",
    "EXPLAIN ANALYZE SELECT * FROM read_text('{file}')",
    "DESCRIBE SELECT * FROM read_text('{file}')",
    "SUMMARIZE '{file}'",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "BEGIN; SELECT 1",
    "SELECT 1; COPY fact_bill TO '{data}/stolen.csv'",
    "SELECT 1;;; SET lock_configuration = false",
    "SELECT 1 -- \n; DROP TABLE fact_bill",
    "SELECT 1 /* ; */ ; ATTACH '{file}'",
    "SELECT 1\u037e DROP TABLE fact_bill",
    "SELECT 1 INTO x",
    "WITH x AS (DELETE FROM fact_bill RETURNING *) SELECT * FROM x",
    "SELECT * FROM fact_bill FOR UPDATE",
    "\ufeffCOPY fact_bill TO '{data}/stolen.csv'",
    "SELECT ?",
    "SELECT $1",
]
HOSTILE = [*FILES, *CATALOGUE, *PROCESS, *WRITES]

BOMBS = [
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r AS (SELECT 'xxxxxxxxxxxx' AS i UNION ALL SELECT i || i FROM r) SELECT count(*) FROM r",
    "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range < c.range",
    "SELECT list(a.range) FROM range(100000) a, range(100000) b",
    "SELECT a.range, b.range FROM range(100000) a, range(100000) b ORDER BY random()",
    "SELECT repeat('x', 4000000000)",
    "SELECT repeat('x', 1000000) FROM range(1000000)",
    "SELECT range(4000000000)",
    "SELECT string_agg(repeat('x', 100000), '') FROM range(1000000)",
    "SELECT count(DISTINCT a.range * 100000 + b.range) FROM range(100000) a, range(100000) b",
    "SELECT regexp_matches(repeat('a', 1000000), '(a|aa)+$') FROM range(100000000)",
    "SELECT md5(md5(i::text)) FROM range(10000000000) t(i) WHERE false OR i < 0",
]


@pytest.fixture(scope="module")
def lake(books: Books) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake of the operator, as the feeding process has it open."""
    with warehouse.reader(books.tenant) as con:
        yield con


@pytest.fixture
def world(books: Books) -> Iterator[dict[str, str]]:
    """What the placeholders of the statements mean; the marks are laid out."""
    data = settings.INSTALLATION.data
    file = Path(data) / "canary.csv"
    file.write_text(f"a,b\n{MARK},1\n")
    os.environ["LOOPLINE_CANARY"] = MARK
    yield {"data": str(data), "file": str(file), "other": str(books.tenant - 1)}
    del os.environ["LOOPLINE_CANARY"]
    file.unlink()


def filled(sql: str, world: dict[str, str]) -> str:
    for name, value in world.items():
        sql = sql.replace("{" + name + "}", value)
    return sql.replace("{fi' || 'le}", world["file"][:2] + "' || '" + world["file"][2:])


@pytest.mark.parametrize("sql", HOSTILE)
def test_the_first_wall_refuses_by_name(operator, world, sql):
    row = asked(operator, filled(sql, world))
    assert row.status == Status.REFUSED
    assert row.fault in {"not_a_query", "function", "qualified", "no_table", "several", "syntax", "parameter"}
    with operator.door():
        assert api.explain(row)[0]


@pytest.mark.parametrize("sql", HOSTILE)
def test_the_second_wall_holds_without_the_first(lake, world, tmp_path, sql):
    result = tmp_path / "result"
    before = sorted(path.name for path in Path(world["data"]).iterdir())
    feed = {"fact_bill": "SELECT bill_id, amount FROM fact_bill"}
    limits = running.Limits(seconds=10, memory_mb=256)
    outcome = running.run(lake, filled(sql, world), feed, result, limits)
    told = result.read_bytes() + outcome.detail.encode()
    for secret in (MARK, *_secrets(), "parquet\x00", "PGPASSWORD"):
        assert secret.encode() not in told
    assert outcome.fault or pa.ipc.open_stream(result).read_all().num_rows <= 2000  # a table of DuckDB's own
    assert sorted(path.name for path in Path(world["data"]).iterdir()) == before


@pytest.mark.parametrize("sql", BOMBS)
def test_a_bomb_ends_by_itself(lake, tmp_path, sql):
    limits = running.Limits(seconds=2, memory_mb=256, spill_mb=256, result_bytes=2**20)
    outcome = running.run(lake, sql, {}, tmp_path / "result", limits)
    assert outcome.fault in {"too_slow", "too_large", "failed"} or outcome.cut
    assert outcome.seconds < 6
    assert not list(settings.INSTALLATION.folder("spill").glob("sql-*"))


def test_names_of_tables_are_not_shadowed(operator):
    """A CTE under the name of a table stands for itself; it opens nothing that is closed."""
    row = asked(operator, "WITH duckdb_secrets AS (SELECT 1 AS a) SELECT a FROM duckdb_secrets")
    assert rows_of(operator, row) == [{"a": 1}]
    hidden = "SELECT * FROM duckdb_settings WHERE EXISTS (WITH duckdb_settings AS (SELECT 1) SELECT 1)"
    row = asked(operator, hidden)
    assert row.status in (Status.REFUSED, Status.FAILED, Status.DONE)
    if row.status == Status.DONE:
        assert MARK not in str(rows_of(operator, row))


# Branches


SEES = [
    "SELECT count(*) AS n FROM {table}",
    "SELECT count(*) AS n FROM {table} a WHERE 1 = 1 OR branch_id > 0",
    "WITH x AS (SELECT * FROM {table}) SELECT count(*) AS n FROM x",
    "SELECT count(*) AS n FROM (SELECT * FROM {table} UNION ALL SELECT * FROM {table})",
    "SELECT (SELECT count(*) FROM {table}) AS n",
    "SELECT count(*) AS n FROM {table} RIGHT JOIN (SELECT 1 AS one) ON true WHERE branch_id IS NOT NULL",
    "SELECT n FROM (SELECT count(COLUMNS(*)) AS n FROM {table}) LIMIT 1",
]


def test_no_statement_shows_rows_of_another_branch(operator):
    with operator.door():
        role = Role.objects.get(code="analyst")
        StaffRole.objects.get_or_create(staff=Staff.objects.get(pk=operator.staff["southerner"]), role=role)
    with operator.door("southerner") as actor:
        tables = [table for table in api.tables(actor) if "branch_id" in table.names]
    assert {table.name for table in tables} >= {
        "fact_bill",
        "fact_payment",
        "dim_customer",
        "fact_subscription_month",
    }
    for table in tables:
        sql = " UNION ALL ".join(f"({each.format(table=table.name)})" for each in SEES[:6])
        row = asked(operator, sql, "southerner")
        assert row.status == Status.DONE, (table.name, row.word)
        assert {each["n"] for each in rows_of(operator, row, "southerner")} == {0}, table.name


def test_a_table_that_says_nothing_of_branches_is_closed_to_who_sees_a_part():
    from loopline.sandbox.rules.reach import condition

    part, whole = Scope(1, (4, 5), (77,)), Scope(1)
    assert condition("feature_x", ["month", "value"], part) is None
    assert condition("dim_tac", ["tac", "maker"], part) == "true"
    assert condition("dim_account", ["account_id", "opened"], part) is None
    assert (
        condition("fact_bill", ["branch_id", "customer_id"], part)
        == "branch_id IN (4, 5) OR customer_id IN (77)"
    )
    assert condition("cube_revenue", ["branch_id", "month"], part) == "branch_id IN (4, 5)"
    assert condition("fact_edge", ["subscription_id"], part) == (
        "subscription_id IN (SELECT subscription_id FROM dim_subscription WHERE is_current AND "
        "(branch_id IN (4, 5) OR customer_id IN (77)))"
    )
    assert condition("fact_bill", ["branch_id"], Scope(1, ())) == "false"
    assert condition("feature_x", ["month"], whole) == "true"


# Reading


PLAIN = (
    "SELECT FROM fact_bill dim_unit ( ) , * ; WITH x AS UNION ALL read_text glob 'a' \"b\" getenv COPY TO ATTACH SET "
    "PRAGMA -- /* */ JOIN ON = 1 $1 ? [ ] { } . lake t1 LATERAL VALUES PIVOT COLUMNS :: INT"
)
WORDS = st.sampled_from([*PLAIN.split(), "\n", "\ufeff", "\u037e"])


@budget(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_whatever_is_typed_is_read_or_refused_by_name(sql):
    known = {"fact_bill": ("bill_id", "amount"), "dim_unit": ("unit_id", "code")}
    try:
        found = rules.read(sql, known)
    except rules.Fault as fault:
        assert fault.code in api_codes()
    else:
        assert set(found.tables) <= set(known)
        assert not {"read_text", "glob", "getenv", "COPY", "ATTACH"}.intersection(_called(sql))


def api_codes() -> set[str]:
    from loopline.sandbox.wording import SENTENCES

    return set(SENTENCES)


def _called(sql: str) -> set[str]:
    """Words that stand as functions or statements: followed by a bracket, outside of texts and comments."""
    import sqlglot
    from sqlglot import exp

    tree = next(found for found in sqlglot.parse(sql, dialect="duckdb") if found)
    return {node.name for node in tree.find_all(exp.Anonymous)} | {tree.key.upper()}


def test_a_deep_statement_is_refused_before_it_is_read():
    with pytest.raises(rules.Fault) as deep:
        rules.read("SELECT " + "(" * 5000 + "1" + ")" * 5000, {})
    assert deep.value.code == "too_deep"
    with pytest.raises(rules.Fault) as long:
        rules.read("SELECT 1" + " " * 30_000, {})
    assert long.value.code == "too_long"


def _secrets() -> list[str]:
    installation = settings.INSTALLATION
    return [installation.password(role) for role in ("app", "lake", "lake_reader")] + [settings.SECRET_KEY]
