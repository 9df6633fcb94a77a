"""Opening the engine that the installation names."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from loopline.config import environment
from loopline.kernel.errors import Refusal
from loopline.warehouse import lake
from loopline.warehouse.engines.duck import DuckEngine
from loopline.warehouse.engines.export import export
from loopline.warehouse.engines.port import Engine


class EngineUnknown(Refusal):
    """LOOPLINE_ENGINE names no engine that is here."""

    code = "engine_unknown"
    sentence = _("LOOPLINE_ENGINE=%(engine)s cannot be used: %(problem)s.")


@contextmanager
def open_engine(
    tenant: int,
    tables: Mapping[str, str],
    *,
    name: str = "",
    snapshot: int | None = None,
    memory: str = lake.MEMORY,
    threads: int = lake.THREADS,
) -> Iterator[Engine]:
    """The engine `name` (LOOPLINE_ENGINE when empty) over some of the tenant's tables at one snapshot.

    `tables` gives each table the condition of the rows that will be needed, `memory` (such as 2GB) is DuckDB's, or
    that of each of Spark's executors. Raises NotLoaded, EngineUnknown.
    """
    chosen = name or environment.read(environment.ENGINE)
    if chosen == "duckdb":
        with lake.reader(tenant, snapshot=snapshot, memory=memory, threads=threads) as con:
            yield DuckEngine(con)
        return
    if not re.fullmatch(r"spark://[\w.-]+:\d+|local\[\d+\]", chosen):
        raise EngineUnknown(engine=chosen, problem=_("it is duckdb or spark://host:port"))
    if find_spec("pyspark") is None or shutil.which("java") is None:
        raise EngineUnknown(engine=chosen, problem=_("pyspark (the extra “spark”) and Java 17 are needed"))
    with _on_spark(tenant, tables, chosen, snapshot, memory) as engine:
        yield engine


@contextmanager
def _on_spark(
    tenant: int, tables: Mapping[str, str], master: str, snapshot: int | None, memory: str
) -> Iterator[Engine]:
    from loopline.warehouse.engines.spark import SparkEngine, session

    exports = settings.INSTALLATION.folder("snapshots")
    with tempfile.TemporaryDirectory(dir=exports, prefix="snapshot-") as folder:
        with lake.reader(tenant, snapshot=snapshot, writes_to=Path(folder)) as con:
            exported = export(con, Path(folder), tables)
        with session(master, memory=memory) as opened:
            engine = SparkEngine(opened, Path(folder))
            for table in exported:
                engine.register(table)
            yield engine
