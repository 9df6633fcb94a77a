"""`kill -9` of the process that starts a campaign, at each of its steps: run again, it is as if nothing had been."""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest
from django.db import transaction

from loopline.campaigns import api as campaigns
from loopline.campaigns import starting
from loopline.campaigns.models import Campaign
from loopline.campaigns.tests.ground import NOON, at, members, plan, populate, run_start, tasks
from loopline.kernel.models import Event
from loopline.kernel.scope import Scope, enter

TREATED, CONTROL = 40, 10

KILLED = """
import os, signal, sys
import django; django.setup()
from datetime import datetime
from loopline.campaigns import starting
from loopline.campaigns.tests.ground import at
from loopline.worklist import api as worklist

step, tenant, campaign, moment = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
make, create, done = starting.make_tasks, worklist.create_tasks, []

def made(campaign, now):
    if step == "drawn" or (step == "first batch" and done):
        die()
    more = make(campaign, now, batch=15)
    done.append(1)
    return more

def created(wanted):
    written = create(wanted)
    if step == "inside the second batch" and done:
        die()
    return written

starting.make_tasks, starting.worklist.create_tasks = made, created
if step == "drawing":
    copy = starting.copy_rows
    starting.copy_rows = lambda *rows: (copy(*rows), die())
with at(datetime.fromisoformat(moment)):
    starting.start.func(tenant=tenant, campaign=campaign)
"""


def killed(step, operator, key):
    """Let another process start the campaign and end itself without warning at this step."""
    words = [sys.executable, "-c", KILLED, step, str(operator.tenant), str(key), NOON.isoformat()]
    done = subprocess.run(words, env=os.environ, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def drawn(key):
    """Who is a member, in which arm and wave, inside an open door."""
    return [(row.subscription_id, row.arm, row.wave, row.planned_on) for row in members(key)]


def drawn_without_a_kill(operator, key):
    """The same campaign drawn in one piece, and taken back."""
    with at(NOON), enter(Scope(operator.tenant)):
        starting.draw_members(key, NOON)
        whole = drawn(key)
        transaction.set_rollback(True)
    return whole


@pytest.mark.parametrize(
    ("step", "members_left", "tasks_left"),
    [
        ("drawing", 0, 0),
        ("drawn", TREATED + CONTROL, 0),
        ("first batch", TREATED + CONTROL, 15),
        ("inside the second batch", TREATED + CONTROL, 15),
    ],
)
def test_a_killed_start_draws_the_same_members_and_makes_each_task_once(
    operator, step, members_left, tasks_left
):
    _, _, offer = populate(operator, TREATED + CONTROL)
    public, key = plan(operator, offer, waves=2)
    with at(NOON), operator.door("marketer") as actor:
        campaigns.start_campaign(actor=actor, campaign=public)
    whole = drawn_without_a_kill(operator, key)
    assert Counter(arm for _, arm, *_ in whole) == {"treatment": TREATED, "control": CONTROL}

    killed(step, operator, key)
    with operator.door():
        assert (len(members(key)), len(tasks(key))) == (members_left, tasks_left)
        assert Campaign.objects.get(pk=key).status == "starting"
    with at(NOON):
        run_start(operator, key)

    with operator.door():
        assert drawn(key) == whole
        treated = members(key, arm="treatment")
        assert Counter(task.subject for task in tasks(key)) == {
            f"campaigns.member:{row.pk}": 1 for row in treated
        }
        kept = {row.customer_id for row in members(key, arm="control")}
        assert not kept & {task.customer_id for task in tasks(key)}
        campaign = Campaign.objects.get(pk=key)
        assert (campaign.status, campaign.progress["tasks"]) == ("running", TREATED)
        assert Event.objects.filter(name="campaigns.started", about_id=key).count() == 1
