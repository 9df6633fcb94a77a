"""The worker process: jobs from PostgreSQL, events to their handlers, and what a killed worker left behind."""

import asyncio
import contextlib
import logging
import os
from datetime import UTC, datetime
from importlib import import_module

import django
import psycopg
from django.db import OperationalError
from psycopg.conninfo import make_conninfo

from loopline.config.deathsignal import die_with_parent

log = logging.getLogger("loopline.worker")
HEARTBEAT_SECONDS = 2.0
STALLED_AFTER_SECONDS = 10.0
QUIET_SECONDS = 5.0
TICK_SECONDS = 15.0


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
    die_with_parent()
    django.setup()
    asyncio.run(work())


async def work() -> None:
    """Serve jobs, deliver events and recover stalled jobs until cancelled."""
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app

    worker = app.with_connector(PsycopgConnector(conninfo=jobs_conninfo(), min_size=1, max_size=4))
    async with worker.open_async():
        beside = [
            asyncio.create_task(loop) for loop in (deliver_events(), recover_stalled(worker), keep_time())
        ]
        try:
            await worker.run_worker_async(
                concurrency=2,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                delete_jobs="never",
            )
        finally:
            for task in beside:
                task.cancel()


def jobs_conninfo() -> str:
    """How the worker's own role reaches the job tables."""
    from loopline.config.settings import INSTALLATION

    dsn = INSTALLATION.dsn("jobs")
    return make_conninfo("", **dsn, application_name="loopline-worker", **INSTALLATION.options)


async def recover_stalled(worker: object) -> None:
    """Put the jobs of a killed worker back in the queue once its heartbeat has stopped."""
    manager = worker.job_manager  # type: ignore[attr-defined]
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
                log.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
                await manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def keep_time() -> None:
    """Ask for the recurring jobs when their time has come."""
    from loopline.kernel import clock
    from loopline.kernel.jobs import ask_by_the_clock

    since = clock.now()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = clock.now()
        with contextlib.suppress(OperationalError):
            await asyncio.to_thread(ask_by_the_clock, since, now)
            since = now


async def deliver_events() -> None:
    """Run the event handlers whenever the log has grown, and every few seconds for retries."""
    from loopline.kernel.events import CHANNEL

    while True:
        try:
            async with await psycopg.AsyncConnection.connect(jobs_conninfo(), autocommit=True) as listening:
                await listening.execute(f"LISTEN {CHANNEL}")
                while True:
                    await asyncio.to_thread(deliver_everything)
                    async for _ in listening.notifies(timeout=QUIET_SECONDS, stop_after=1):
                        pass
        except psycopg.OperationalError:
            log.warning("the event log is out of reach; trying again")
            await asyncio.sleep(1)


def deliver_everything() -> None:
    """One round over all operators and handlers, until nothing is left."""
    from django.db import close_old_connections

    from loopline.identity.api import tenant_ids
    from loopline.kernel import events
    from loopline.kernel.scope import NOBODY, Scope, enter

    close_old_connections()
    with enter(NOBODY):
        tenants = tenant_ids()
    for tenant in tenants:
        for handler in events.handlers.names():
            looked_at = events.BATCH
            while looked_at == events.BATCH:
                with enter(Scope(tenant)):
                    looked_at = events.deliver(handler)


if __name__ == "__main__":
    # procrastinate wants its application made in a module that has a name.
    import_module("loopline.config.worker").main()
