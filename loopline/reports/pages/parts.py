"""What the pages of reports share: addresses, parameters from forms, acts that answer."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from loopline.kernel.errors import NotAllowed, NotFound, Refusal
from loopline.kernel.pages import Crumb, Request, again, with_toast
from loopline.kernel.permission import Actor
from loopline.reports import laying, queries
from loopline.reports.models import Report, Rhythm, Schedule

TITLE = gettext_lazy("Reports")

type Act = Callable[..., tuple[str, str]]
"""Does what a form asks for; answers with what to say, and the address to go to."""


def acting(act: Act) -> Callable[..., HttpResponse]:
    """A page that only acts; a refusal is said on the page that the form names as `back`."""

    @wraps(act)
    def answer(request: Request, **keys: Any) -> HttpResponse:
        try:
            said, target = act(request, **keys)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            back = request.POST.get("back", "")
            if not back.startswith("/") or back.startswith("//"):
                raise
            return again(request, back, refusal)
        return with_toast(HttpResponseRedirect(target), said)

    return require_POST(answer)


def schedule_of(row: Report) -> Schedule | None:
    return getattr(row, "schedule", None)


def at(public_id: UUID, name: str = "report") -> str:
    return reverse(f"reports:{name}", kwargs={"public_id": public_id})


def name_of(row: Report) -> str:
    return laying.of_two({"name": row.name, "name_en": row.name_en}, "name")


def crumbs(title: str, url: str = "") -> list[Crumb]:
    return [Crumb(str(TITLE), reverse("reports:list")), Crumb(title, url)]


def parameters(actor: Actor, row: Report, told: QueryDict) -> tuple[date, str]:
    """The month and unit asked for; without one, the month that its schedule would tell of."""
    schedule = schedule_of(row)
    month = queries.month_of(schedule.rhythm if schedule else Rhythm.MONTHLY, queries.today_of(actor))
    with suppress(ValueError):
        month = date.fromisoformat(f"{told.get('month', '')}-01")
    unit = told.get("unit", "")
    return month, unit if unit in {one.code for one in queries.units(actor)} else ""


def number_of(told: QueryDict, name: str) -> int:
    text = told.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def place_of(told: QueryDict, most: int) -> int | None:
    text = told.get("section", "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 4 else None
