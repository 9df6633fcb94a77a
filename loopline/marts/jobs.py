"""Files and summaries in the background: when somebody asks, by night, and letting go of what is over."""

from collections.abc import Mapping

from loopline.identity.api import tenant_ids
from loopline.kernel.jobs import ask_for, every, job
from loopline.kernel.permission import Actor, require
from loopline.marts import actions, bringing, queries
from loopline.marts.models import MartLoad
from loopline.warehouse.api import NotLoaded


@job(name="marts.bring", long=True, one_at_a_time=True)
def bring(tenant: int, load: int) -> None:
    """Bring a file. Killed at any moment and run again it finds what the lake holds."""
    bringing.carry_out(tenant, load)


@job(name="marts.refresh", long=True, one_at_a_time=True)
def refresh(tenant: int, subject: str, by: str = "") -> None:
    """Make a subject's summary anew."""
    actions.refresh(tenant, subject, by)


@job(name="marts.night", long=True, one_at_a_time=True)
def by_night(tenant: int) -> None:
    """Make anew the summaries whose night has come, go on with what was cut off, let go of what is over."""
    try:
        for load in actions.left_behind(tenant):
            bringing.carry_out(tenant, load)
        actions.refresh_due(tenant)
        actions.let_go(tenant)
    except NotLoaded:
        return


every(minutes=30, task=by_night, tenants=tenant_ids)


def start(*, actor: Actor, load: MartLoad, chosen: Mapping[str, str] | None = None) -> MartLoad:
    """Decide on the columns of a draft and have the worker bring it."""
    ordered = actions.order(actor=actor, load=load, chosen=chosen)
    ask_for(bring, load=ordered.pk)
    return ordered


def ask_for_load(load: MartLoad) -> MartLoad:
    """Have the worker bring a file that was brought again."""
    ask_for(bring, load=load.pk)
    return load


def ask_for_refresh(*, actor: Actor, name: str) -> int:
    """Have the worker make a subject's summary anew. Returns the job's id."""
    require(actor, queries.REFRESHES)
    return ask_for(refresh, subject=actions.find_subject(name).name, by=actor.name)
