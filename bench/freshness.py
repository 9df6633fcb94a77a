"""How long after its commit a change is visible in a pivot, at 200 changes a second beside the writer process."""

import random
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from loopline.cli.bench import Result
from loopline.cli.house import opened
from loopline.config.deathsignal import launcher
from loopline.config.installation import Installation
from loopline.config.provision import child_environment

DATA = "the demo operator with twelve months of usage, bills and contacts"
CODE = "benchmark"
PER_SECOND, SECONDS, SESSIONS = 200, 60, 2
READ_EVERY = 0.2

PAY = (
    "INSERT INTO billing_payment (tenant_id, branch_id, customer_id, account_id, reference, paid_on, month, amount, "
    "method) SELECT tenant_id, branch_id, customer_id, id, %(mark)s, CURRENT_DATE, NULL, %(amount)s, 'wechat' "
    "FROM customers_account WHERE id = %(account)s RETURNING id"
)
TOUCH = (
    'INSERT INTO interactions_interaction (tenant_id, branch_id, customer_id, kind, channel, inbound, at, "on", '
    "topic, summary, result, staff_id, staff_name, source_key) SELECT tenant_id, branch_id, id, 'enquiry', 'call', "
    "true, now(), CURRENT_DATE, 'network', '', '', 0, '', '' FROM customers_customer WHERE id = %(customer)s "
    "RETURNING id"
)
CHANGES: tuple[tuple[int, str], ...] = (
    (30, TOUCH),
    (25, PAY),
    (15, "UPDATE customers_customer SET tier = %(tier)s WHERE id = %(customer)s"),
    (10, "UPDATE subscriptions_subscription SET monthly_fee = %(amount)s WHERE id = %(line)s"),
    (10, "UPDATE billing_bill SET discount = 1, amount = monthly_fee + usage_charge - 1 WHERE id = %(bill)s"),
    (6, "UPDATE worklist_task SET priority = %(priority)s WHERE id = %(task)s"),
    (4, "DELETE FROM billing_payment WHERE id = %(payment)s"),
)
"""Weight and statement: each is a transaction of its own. The contacts of customers (TOUCH) are those waited for."""


@dataclass
class Watch:
    """When each contact was committed, in this order, and how long it took until a pivot counted it."""

    committed: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    changes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)


def run(size: str = "demo", data: Path | None = None) -> list[Result]:
    """Figures at `size` (small, demo, large or a number); `data` is a folder that is kept from run to run."""
    with (
        tempfile.TemporaryDirectory(prefix="loopline-bench-") as folder,
        opened(Installation(data or Path(folder) / "data")) as house,
    ):
        from loopline.demo import api as demo
        from loopline.warehouse import api

        loaded = demo.load(size=int(size) if size.isdigit() else size, code=CODE)
        api.refresh(loaded.tenant)
        process = subprocess.Popen(launcher("-m", "loopline.config.lakewriter"), env=child_environment(house))
        try:
            _begun(house, loaded.tenant)
            watch = _watched(house, loaded.tenant)
        finally:
            process.kill()
            process.wait()
        agrees = float(api.check(loaded.tenant).agrees) if api.refresh(loaded.tenant) else 0.0
        customers = _customers(loaded.tenant)
    seen = sorted(watch.seen)
    lost = len(watch.committed) - len(seen)
    return [
        Result("customers", customers, ""),
        Result("changes a second", watch.changes / SECONDS, "1/s"),
        Result("contacts measured from commit to pivot", len(seen), ""),
        Result("p50", statistics.median(seen), "s"),
        Result("p95 (at most 5)", seen[int(0.95 * len(seen))], "s"),
        Result("longest", seen[-1], "s"),
        Result("never seen (0)", lost, ""),
        Result("check agrees afterwards (1: yes)", agrees, ""),
    ]


def _watched(house: Installation, tenant: int) -> Watch:
    watch, keys = Watch(), _keys(house, tenant)
    reader = threading.Thread(target=_read, args=(tenant, watch, _contacts(tenant)))
    writers = [
        threading.Thread(target=_change, args=(house, tenant, watch, keys, seed)) for seed in range(SESSIONS)
    ]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    deadline = time.monotonic() + 60
    while len(watch.seen) < len(watch.committed) and time.monotonic() < deadline:
        time.sleep(0.2)
    watch.stop.set()
    reader.join()
    return watch


def _begun(house: Installation, tenant: int) -> None:
    """Wait until the writer is at work: a change made for this purpose is seen."""
    before, keys = _contacts(tenant), _keys(house, tenant)
    with _session(house, tenant) as con:
        con.execute(TOUCH, {"customer": keys["customer"][0]})
    while _contacts(tenant) == before:
        time.sleep(READ_EVERY)


def _change(house: Installation, tenant: int, watch: Watch, keys: dict[str, list[int]], seed: int) -> None:
    rng, run = random.Random(seed), time.time_ns()
    weights = [weight for weight, _ in CHANGES]
    with _session(house, tenant) as con:
        begun = time.perf_counter()
        for number in range(PER_SECOND * SECONDS // SESSIONS):
            time.sleep(max(0.0, begun + number * SESSIONS / PER_SECOND - time.perf_counter()))
            ((_, words),) = rng.choices(CHANGES, weights)
            values: dict[str, Any] = {name: rng.choice(listed) for name, listed in keys.items()}
            values |= {"tier": rng.choice(["gold", "silver", ""]), "amount": rng.randint(1, 300)}
            values |= {"mark": f"bench-{run}-{seed}-{number}"}
            values |= {"priority": rng.randint(1, 99)}
            con.execute(words, values)
            with watch.lock:
                watch.changes += 1
                if words is TOUCH:
                    watch.committed.append(time.perf_counter())


def _read(tenant: int, watch: Watch, before: int) -> None:
    while not watch.stop.is_set():
        time.sleep(READ_EVERY)
        counted, now = _contacts(tenant) - before, time.perf_counter()
        watch.seen += [now - since for since in watch.committed[len(watch.seen) : counted]]


def _contacts(tenant: int) -> int:
    """What a pivot says: the contacts of all customers."""
    from loopline.kernel.permission import system
    from loopline.olap import api as olap

    answer = olap.ask(system(tenant), olap.Question("service", (), (), (olap.Measured("contacts"),)))
    [(figure,)] = answer.values.values()
    return int(figure or 0)


def _session(house: Installation, tenant: int) -> psycopg.Connection[Any]:
    con = psycopg.connect(**house.dsn("app"), autocommit=True)
    con.execute(
        "SELECT set_config('app.tenant', %s, false), set_config('app.whole', 't', false)", [str(tenant)]
    )
    return con


def _keys(house: Installation, tenant: int) -> dict[str, list[int]]:
    relations = {
        "account": "customers_account",
        "customer": "customers_customer",
        "line": "subscriptions_subscription",
        "bill": "billing_bill",
        "payment": "billing_payment",
        "task": "worklist_task",
    }
    with _session(house, tenant) as con:
        return {
            name: [row[0] for row in con.execute(f"SELECT id FROM {relation} ORDER BY id DESC LIMIT 20000")]
            or [0]
            for name, relation in relations.items()
        }


def _customers(tenant: int) -> int:
    from loopline.warehouse import api

    with api.reader(tenant) as con:
        row = con.execute("SELECT count(*) FROM dim_customer WHERE is_current").fetchone()
    return int(row[0]) if row else 0
