"""Reading a statement before it runs: one query over tables that are there, and nothing that reaches outside.

This is the first of two walls, and the one that explains itself. The second is the process that runs the statement:
it holds the rows that may be seen and has no way to anything else, whatever a statement says.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

logging.getLogger("sqlglot").setLevel(logging.ERROR)
LONGEST = 20_000
DEEPEST = 200
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "values"})
"""Functions that may stand where a table does: they make rows from nothing."""

_OUTSIDE = re.compile(
    r"(read|parquet|pragma|duckdb|ducklake|postgres|sqlite|mysql|pg|sniff|arrow|pandas|python|iceberg|delta|sql"
    r"|json_execute|json_serialize|force|enable|disable|load|install|checkpoint|write|parse_duckdb|has|txid)_.*"
    r"|glob|getenv|getvariable|current_setting|set_config|set|query|query_table|query_progress|nextval|currval"
    r"|which_secret|seq_scan|repeat_row|storage_info|test_all_types|test_vector_types|from_substrait|summary"
    r"|current_schemas?|current_database|current_catalog|version|user|session_user|current_role|pi_secret"
    r"|sleep(_ms)?|in_search_path|add_parquet_key|dbgen|dsdgen|icu_.*|histogram_values|s?csv_scan|start_ui.*"
)
"""Functions that look at the machine, the process or other data, or that take a statement as a text."""

_WRITES = (
    exp.DML, exp.DDL, exp.Command, exp.Drop, exp.Alter, exp.Into, exp.Copy, exp.Attach, exp.Detach, exp.Set,
    exp.Pragma, exp.Use, exp.Lock, exp.Install, exp.Transaction, exp.Commit, exp.Rollback, exp.Kill, exp.Describe,
    exp.Show, exp.Summarize, exp.TruncateTable, exp.LoadData, exp.Cache, exp.Merge, exp.Analyze, exp.Export,
)  # fmt: skip
_UNSET = (exp.Placeholder, exp.Parameter, exp.SessionParameter)


@dataclass(frozen=True, slots=True)
class Fault(Exception):
    """Why a statement is not run: a stable code, the word it is about, and where it stands (from 0; -1 unknown)."""

    code: str
    word: str = ""
    at: int = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """What a statement reads: the columns of each table."""

    tables: Mapping[str, tuple[str, ...]]


def read(sql: str, known: Mapping[str, tuple[str, ...]]) -> Asked:
    """What a statement needs of the known tables (name → columns). Raises Fault."""
    root = _parse(sql)
    named = {cte.alias.lower() for cte in root.find_all(exp.CTE)}
    used: set[str] = set()
    for node in root.walk():
        _check(node)
        if isinstance(node, exp.Table):
            used.update(_table(node, known, named))
    return Asked({name: _columns(root, name, known[name]) for name in sorted(used)})


def place(sql: str, at: int) -> tuple[int, int]:
    """Line and column (from 1) of a place in a statement."""
    before = sql[: max(at, 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _parse(sql: str) -> exp.Expr:
    if len(sql) > LONGEST:
        raise Fault("too_long", str(LONGEST))
    if _depth(sql) > DEEPEST:
        raise Fault("too_deep")
    try:
        found = [
            one for one in sqlglot.parse(sql, dialect="duckdb") if one and not isinstance(one, exp.Semicolon)
        ]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        raise Fault("syntax", str(first.get("highlight") or ""), _at(sql, first)) from None
    except TokenError:
        raise Fault("syntax") from None
    except RecursionError:
        raise Fault("too_deep") from None
    if not found:
        raise Fault("empty")
    if len(found) > 1:
        raise Fault("several")
    root = found[0]
    if not isinstance(root, exp.Query):
        raise Fault("not_a_query", root.key.upper())
    return root


def _check(node: exp.Expr) -> None:
    if isinstance(node, _WRITES):
        raise Fault("not_a_query", node.key.upper(), _start(node))
    if isinstance(node, _UNSET):
        raise Fault("parameter", at=_start(node))
    if isinstance(node, exp.Func):
        for name in _names(node):
            if _OUTSIDE.fullmatch(name):
                raise Fault("function", name, _start(node))


def _names(node: exp.Func) -> Iterator[str]:
    """The names under which a function may be known."""
    if isinstance(node, exp.Anonymous):
        yield node.name.lower()
    else:
        yield from (name.lower() for name in node.sql_names())
        yield str(node.meta.get("name", "")).lower()


def _table(node: exp.Table, known: Mapping[str, object], named: set[str]) -> list[str]:
    """The known table that is read here, if it is one."""
    if isinstance(node.this, exp.Func):
        name = next(_names(node.this))
        names = set(_names(node.this))
        if not names & TABLE_FUNCTIONS and not isinstance(node.this, exp.GenerateSeries | exp.Unnest):
            raise Fault("function", name, _start(node.this))
        return []
    name = node.name.lower()
    if any(node.args.get(part) for part in ("db", "catalog", "version", "when")):
        raise Fault("qualified", node.sql("duckdb")[:80], _start(node))
    if name in known:
        return [name]
    if name in named:
        return []
    raise Fault("no_table", node.name[:80], _start(node))


def _columns(root: exp.Expr, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a table that a statement can be meaning; all where it says `*` or names the whole row."""
    words = {node.name.lower() for node in root.find_all(exp.Identifier)}
    aliases = {table} | {node.alias.lower() for node in root.find_all(exp.Table) if node.alias}
    whole = any(not isinstance(star.parent, exp.Count) for star in root.find_all(exp.Star))
    whole = whole or any(node.name.lower() in aliases for node in root.find_all(exp.Column))
    whole = whole or any(join.method == "NATURAL" for join in root.find_all(exp.Join))
    whole = whole or bool(root.find(exp.Columns))
    wanted = columns if whole else tuple(name for name in columns if name.lower() in words)
    return wanted or columns[:1]


def _depth(sql: str) -> int:
    deepest = depth = 0
    for letter in sql:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _start(node: exp.Expr) -> int:
    """Where a node begins, as far as the parser has kept it."""
    places = [found.meta["start"] for found in node.walk() if "start" in found.meta]
    return min(places, default=-1)


def _at(sql: str, told: Mapping[str, object]) -> int:
    line, column = told.get("line"), told.get("col")
    word = str(told.get("highlight") or "")
    if not isinstance(line, int) or not isinstance(column, int):
        return -1
    begin = sum(len(each) + 1 for each in sql.split("\n")[: line - 1])
    # The parser tells the place where the word ends.
    return max(begin, begin + column - len(word))
