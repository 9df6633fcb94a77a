"""What can be asked about, what was asked, what came out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db.models import Q

from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope
from loopline.sandbox.models import KeptStatement, Statement, Status
from loopline.sandbox.rules import reach
from loopline.warehouse import api as warehouse

ASKS = "olap.sql"
FEWEST_PERCENT = 3
"""Before so much of a statement is done, nothing is said of how long it will take."""
MARTS = ("cube_", "mart_", "feature_")
"""How tables begin that are made from those of the data dictionary, and may be asked like them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, DuckDB's type, and what it means, {"en": …, "zh-hans": …}."""

    name: str
    type: str
    about: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that one may ask; `about` as for columns."""

    name: str
    about: dict[str, str]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


def seconds_left(row: Statement) -> int | None:
    """How long a running statement will go on, by how far it has come; None while nothing can be said."""
    if row.status != Status.RUNNING or row.percent < FEWEST_PERCENT:
        return None
    return round(row.seconds * (100 - row.percent) / row.percent)


def tables(actor: Actor) -> list[Table]:
    """The tables that somebody may ask, in the order of the data dictionary. Raises NotLoaded."""
    require(actor, ASKS)
    found = _tables(actor.tenant_id, warehouse.snapshot(actor.tenant_id))
    return [table for table in found if reach.condition(table.name, table.names, actor.scope) is not None]


def known(actor: Actor) -> Mapping[str, tuple[str, ...]]:
    """The columns of each table that somebody may ask. Raises NotLoaded."""
    return {table.name: table.names for table in tables(actor)}


@lru_cache(64)
def _tables(tenant: int, snapshot: int) -> tuple[Table, ...]:
    with warehouse.reader(tenant, snapshot=snapshot) as con:
        rows = con.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'lake' "
            "AND schema_name = current_schema() ORDER BY table_name, column_index"
        ).fetchall()
    held: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        held.setdefault(table, []).append((column, kind))
    entries = {entry.name: entry for entry in warehouse.data_dictionary()}
    marts = sorted(name for name in held if name.startswith(MARTS) and name not in entries)
    made = []
    for name in [*(name for name in entries if name in held), *marts]:
        entry = entries.get(name)
        about = {column.name: column.about for column in entry.columns} if entry else {}
        columns = tuple(Column(column, kind, about.get(column, {})) for column, kind in held[name])
        made.append(Table(name, entry.about if entry else {}, columns))
    return tuple(made)


def feed(
    con: duckdb.DuckDBPyConnection, actor: Actor, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Table → the query over `con` for the rows and columns of it that the actor may see. Raises NotFound."""
    queries = {}
    for name, columns in wanted.items():
        whole = [row[0] for row in con.execute(f"SELECT * FROM {name} LIMIT 0").description or []]
        condition = reach.condition(name, whole, actor.scope)
        if condition is None:
            raise NotFound
        queries[name] = f"SELECT {', '.join(columns)} FROM {name} WHERE {condition}"
    return queries


def digest(scope: Scope) -> str:
    """Changes when what somebody may see does."""
    told = repr(
        (
            scope.tenant,
            sorted(scope.branches) if scope.branches is not None else None,
            sorted(scope.customers),
        )
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def get_statement(actor: Actor, public_id: UUID) -> Statement:
    """A statement that one has asked oneself. Raises NotAllowed, NotFound."""
    require(actor, ASKS)
    found = Statement.objects.filter(public_id=public_id, staff_id=actor.staff_id).first()
    if found is None:
        raise NotFound
    return found


def asked(actor: Actor, *, below: int = 2**62, limit: int = 30) -> list[Statement]:
    """What one has asked oneself, the newest first."""
    require(actor, ASKS)
    return list(Statement.objects.filter(staff_id=actor.staff_id, pk__lt=below).order_by("-pk")[:limit])


def audit(actor: Actor, *, below: int = 2**62, limit: int = 50) -> list[Statement]:
    """What everybody has asked, the newest first, for who looks after that."""
    require(actor, "administration.audit")
    return list(Statement.objects.filter(pk__lt=below).order_by("-pk")[:limit])


def kept(actor: Actor) -> list[KeptStatement]:
    """One's own kept statements and the shared ones, by name."""
    require(actor, ASKS)
    rows = KeptStatement.objects.filter(Q(staff_id=actor.staff_id) | Q(is_shared=True))
    return list(rows.order_by("name", "pk"))


def get_kept(actor: Actor, public_id: UUID) -> KeptStatement:
    """A kept statement that one may use. Raises NotAllowed, NotFound."""
    found = next((row for row in kept(actor) if row.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def result_path(tenant: int, statement: Statement) -> Path:
    """Where the result of a statement lies for a day."""
    folder: Path = settings.INSTALLATION.folder("sql") / str(tenant)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{statement.public_id}.arrow"


def has_result(actor: Actor, statement: Statement) -> bool:
    """Whether the result is still there and still within what its asker may see."""
    return (
        statement.status == Status.DONE
        and statement.reach == digest(actor.scope)
        and result_path(actor.tenant_id, statement).is_file()
    )


def result(actor: Actor, statement: Statement) -> pa.Table:
    """What came out. Raises NotFound once it is thrown away, or what its asker may see has changed."""
    if not has_result(actor, statement):
        raise NotFound
    with pa.OSFile(str(result_path(actor.tenant_id, statement))) as file:
        found: pa.Table = pa.ipc.open_stream(file).read_all()
    return found
