"""Number segments, cells and services, each from a file that replaces the table; with one fault nothing changes."""

from pathlib import Path

import duckdb

from loopline.warehouse.usage import originals
from loopline.warehouse.usage.actions import writing
from loopline.warehouse.usage.reading import quoted
from loopline.warehouse.usage.refusals import UnusableFile
from loopline.warehouse.usage.tables import DIMENSIONS


def bring_dimension(tenant: int, name: str, path: Path) -> int:
    """Replace dim_segment, dim_cell or dim_vas by a csv (with heading) or Parquet file. Returns its rows.

    Raises UnusableFile naming the column or the key at fault, KeyError for any other table.
    """
    columns = DIMENSIONS[name]
    original = originals.keep(tenant, path)
    where = quoted(str(original.path))
    parquet = original.path.open("rb").read(4) == b"PAR1"
    source = f"read_parquet({where})" if parquet else f"read_csv({where}, all_varchar = true, header = true)"
    casts = ", ".join(f"CAST({column.name} AS {column.type}) AS {column.name}" for column in columns)
    key = columns[0].name
    with writing(tenant) as con:
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE told AS SELECT {casts} FROM {source}")
        except duckdb.Error as wrong:
            raise UnusableFile("unreadable", detail=str(wrong).splitlines()[0][:200]) from None
        found = con.execute(
            f"SELECT {key} FROM told GROUP BY {key} HAVING count(*) > 1 OR {key} IS NULL LIMIT 1"
        ).fetchone()
        if found is not None:
            raise UnusableFile("key", key=str(found[0] or ""))
        con.execute("BEGIN")
        con.execute(f"DELETE FROM {name}")
        row = con.execute(f"INSERT INTO {name} SELECT * FROM told ORDER BY {key}").fetchone()
        con.execute("COMMIT")
    original.path.unlink()
    return int(row[0]) if row else 0
