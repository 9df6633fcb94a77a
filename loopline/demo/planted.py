"""The planted truth for tests: what a model could know at best, and what an offer really does.

Customers are named by the database's keys, so that the truth can be laid beside what the product says.
"""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from django.db import connection

from loopline.demo import truth
from loopline.demo.archive import read_truth
from loopline.demo.contacts import offer_of
from loopline.demo.keys import SOURCE
from loopline.demo.ticking import folder_of
from loopline.demo.world import World
from loopline.kernel.scope import Scope, enter


def true_hazard(tenant: int, cutoff_month: date) -> pd.DataFrame:
    """Chance of leaving in the month after `cutoff_month` and its main cause, for everyone who is there at its end.

    Columns: customer_id, chance, cause. Outside of any door; raises FileNotFoundError where nothing was simulated.
    """
    found = read_truth(folder_of(tenant), "truth").to_pandas()
    found = found[pd.to_datetime(found["month"]) == pd.Timestamp(cutoff_month.replace(day=1))]
    return _named(tenant, found[["customer", "chance", "cause"]])


def leavers(tenant: int) -> pd.DataFrame:
    """Everyone who left, with the cause: columns customer_id, on, kind, cause. Outside of any door."""
    return _named(tenant, read_truth(folder_of(tenant), "truth_leavers").to_pandas())


def expected_effect(tenant: int, campaign: int, days: int | None = None) -> Decimal:
    """The true effect of contacting the treated customers of a campaign: by how much fewer have left after `days`.

    Known only of customers who were contacted by the simulation, as of the day on which they were; `days` is the
    campaign's window where it is not given, and 60 at most. Outside of any door.
    """
    with enter(Scope(tenant)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.source_key::bigint, k.window_days, coalesce(o.code, '') FROM campaigns_member m "
            "JOIN campaigns_campaign k ON k.id = m.campaign_id "
            "JOIN customers_customer c ON c.id = m.customer_id AND c.source = %s "
            "LEFT JOIN catalogue_offering o ON o.id = k.offering_id "
            "WHERE m.campaign_id = %s AND m.arm = 'treatment'",
            [SOURCE, campaign],
        )
        members = cursor.fetchall()
    if not members:
        raise LookupError("the campaign has contacted nobody of the simulation")
    contacts = read_truth(folder_of(tenant), "truth_contacts").to_pandas()
    of_campaign = contacts["customer"].isin([key for key, _, _ in members])
    contacts = contacts[of_campaign & (contacts["offer"] == offer_of(members[0][2]))]
    columns = (contacts[name].to_numpy() for name in ("chance", "accepts", "relief", "irritation"))
    alone, contacted = truth.expected_to_leave(truth.Disposition(*columns), min(days or members[0][1], 60))
    return Decimal(str(round(float(np.mean(alone - contacted)), 6)))


def worlds(tenant: int) -> list[World]:
    """The worlds of a demo operator as they stand today."""
    folders = sorted(folder_of(tenant).glob("world-*"))
    return [World.load(folder) for folder in folders]


def _named(tenant: int, rows: pd.DataFrame) -> pd.DataFrame:
    with enter(Scope(tenant)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_key::bigint, id FROM customers_customer WHERE source = %s AND source_key <> ''",
            [SOURCE],
        )
        ids = dict(cursor.fetchall())
    return rows.assign(customer_id=rows["customer"].map(ids)).drop(columns="customer")
