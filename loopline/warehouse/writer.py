"""The writer: it reads the stream and brings each operator's changes into the lake within seconds.

It keeps its connections, takes the lake's lock only for a round in which there is something to write, and rests in
between: so refreshes, checks and backups find their turn. It holds nothing that its death would lose.
"""

import logging
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import duckdb
import psycopg
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from loopline.identity.api import tenant_ids
from loopline.kernel import clock
from loopline.kernel.scope import NOBODY, enter
from loopline.warehouse import actions, lake, stream, upkeep

log = logging.getLogger("loopline.warehouse")
REST_SECONDS = 0.2
SHORT_ROUND_SECONDS = 4.0
LONGEST_REST = 30.0
LOOK_AROUND_SECONDS = 5.0
"""So often all operators are looked at: somebody else may have collected their changes, or they are new."""
TROUBLE_SECONDS = 60.0
UPKEEP = timedelta(hours=1)
TIDIED = 1
"""Of so many tables the files are merged after each small load."""
MEMORY = "1GB"


class Writer:
    """One round after the other; `round` does what is due and says how long to rest.

    `only` are the operators it writes for; all of them without it.
    """

    def __init__(self, only: frozenset[int] | None = None) -> None:
        self._only = only
        self._kept = ExitStack()
        self._stream: psycopg.Connection[object] | None = None
        self._lake: lake.Writer | None = None
        self._due: set[int] = set()
        self._again: dict[int, float] = {}
        self._loads: Counter[int] = Counter()
        self._begun = False
        self._end, self._looked = 0, float("-inf")
        self._cared = clock.now()

    def run(self, stop: threading.Event) -> None:
        """Go round until told to stop. A failed round is told in the log and done again with new connections."""
        while not stop.is_set():
            try:
                rest = self.round()
            except (DatabaseError, psycopg.Error, duckdb.Error, lake.LakeBusy) as failed:
                log.warning("the writer begins a round anew: %s", str(failed).split("\n")[0])
                self.close()
                rest = 2.0
            stop.wait(rest)

    def close(self) -> None:
        """Let go of the connections; the next round makes new ones."""
        self._stream = self._lake = None
        self._kept.close()
        self._looked = float("-inf")

    def round(self) -> float:
        """Collect, write what is due, care for the lake. Returns the seconds to rest."""
        begun = time.monotonic()
        close_old_connections()
        if self._stream is None:
            self._stream = self._kept.enter_context(stream.connected())
        look_around = begun - self._looked > LOOK_AROUND_SECONDS
        if look_around or stream.end_of_log(self._stream) != self._end:
            state = stream.collect(self._stream)
            if state.trouble:
                return TROUBLE_SECONDS
            # What collecting itself wrote is no news.
            self._end = stream.end_of_log(self._stream)
            self._due |= state.tenants if self._only is None else state.tenants & self._only
            if look_around:
                self._looked = begun
                self._due |= self._behind(state.epoch)
        self._write(begun)
        self._care()
        return _rest(time.monotonic() - begun)

    def _behind(self, epoch: int) -> set[int]:
        """Operators whose lake is behind the journal, or who have none; all when the process has just begun."""
        with enter(NOBODY):
            tenants = [tenant for tenant in tenant_ids() if self._only is None or tenant in self._only]
        begun, self._begun = self._begun, True
        return {tenant for tenant in tenants if not begun or actions.is_behind(tenant, epoch)}

    def _write(self, now: float) -> None:
        due = sorted(tenant for tenant in self._due if self._again.get(tenant, 0.0) <= now)
        if not due:
            return
        with lake.hold(LONGEST_REST):
            for tenant in due:
                if self._lake is None:
                    threads = min(lake.THREADS, settings.THREADS)
                    self._lake = self._kept.enter_context(lake.opened(memory=MEMORY, threads=threads))
                try:
                    load = actions.follow(tenant, self._lake)
                    if load is not None:
                        self._tidy(
                            tenant, self._lake, sorted(name for name, rows in load.rows.items() if rows)
                        )
                except duckdb.Error:
                    log.exception("operator %s could not be followed; trying again in a minute", tenant)
                    self._again[tenant] = now + TROUBLE_SECONDS
                    self.close()
                else:
                    self._due.discard(tenant)

    def _tidy(self, tenant: int, writer: lake.Writer, tables: list[str]) -> None:
        """Merge small files before they make the next loads slow: of a few of the tables written, each in its turn."""
        turn = self._loads[tenant]
        self._loads[tenant] += TIDIED
        due = [tables[place % len(tables)] for place in range(turn, turn + min(TIDIED, len(tables)))]
        upkeep.tidy(writer.con, lake.schema(tenant), due)
        writer.remembered[tenant].snapshot = lake.current_snapshot(writer.con)

    def _care(self) -> None:
        if clock.now() - self._cared < UPKEEP or self._lake is None:
            return
        with lake.hold(LONGEST_REST):
            upkeep.care(self._lake.con, clock.now())
        self._cared = clock.now()


def _rest(worked: float) -> float:
    """Short while rounds take seconds; as long as the work once they take longer, as beside a bulk import."""
    rest = worked / 8 if worked < SHORT_ROUND_SECONDS else worked
    return min(max(REST_SECONDS, rest), LONGEST_REST)
