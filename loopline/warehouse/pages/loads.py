"""The loads of the warehouse, how far it is behind operations, and how it reconciles with them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from loopline.kernel import formats
from loopline.kernel.jobs import is_waiting
from loopline.kernel.pages import Request, render
from loopline.kernel.permission import require
from loopline.warehouse import freshness, jobs, queries
from loopline.warehouse.models import Load
from loopline.warehouse.pages.shared import Tab, short, tabs


@dataclass(frozen=True, slots=True)
class Progress:
    """A load under way, or waiting for the worker."""

    label: str
    percent: int
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A table of the lake beside operations."""

    label: str
    name: str
    operations: str
    lake: str
    sums: list[tuple[str, str]]
    waiting: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One load."""

    number: str
    ago: str
    exact: str
    status: str
    tone: str
    took: str
    written: str
    snapshot: str
    error: str


@dataclass(frozen=True, slots=True)
class LoadsPage:
    """Where the warehouse stands."""

    title: str
    subtitle: str
    tabs: list[Tab]
    may_refresh: bool
    refresh_url: str
    progress: Progress | None
    last_ago: str
    last_exact: str
    behind: str
    behind_note: str
    facts: str
    money: str
    currency: str
    verdict: str
    verdict_tone: str
    differences: list[str]
    tables: list[Reconciled]
    loads: list[LoadRow]


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """The part that shows a load under way."""

    title: str
    progress: Progress


@require_safe
def loads(request: Request) -> HttpResponse:
    """Loads, and whether the lake agrees with operations."""
    require(request.actor, "warehouse.view")
    rows = queries.recent_loads()
    checked = next((load for load in rows if load.checks), None)
    done = next((load for load in rows if load.status == "done"), None)
    checks: list[dict[str, Any]] = checked.checks if checked else []
    differences = [found for table in checks for found in table["differences"]]
    behind, behind_note = _behind(freshness.lag())
    verdict, tone = _verdict(checked, len(differences))
    page = LoadsPage(
        title=_("Warehouse"),
        subtitle=_(
            "Facts and their history for analysis, kept up with operations and reconciled to the fen."
        ),
        tabs=tabs("loads"),
        may_refresh=request.actor.may("warehouse.refresh"),
        refresh_url=reverse("warehouse:refresh"),
        progress=_progress(rows),
        last_ago=formats.ago(done.finished_at) if done else "–",
        last_exact=formats.moment(done.finished_at) if done else "",
        behind=behind,
        behind_note=behind_note,
        facts=formats.compact(sum(table["rows_lake"] for table in checks)) if checks else "–",
        money=_billed(checks),
        currency=request.actor.currency,
        verdict=verdict,
        verdict_tone=tone,
        differences=[_difference(found) for found in differences[:20]],
        tables=_reconciled(checks),
        loads=[_load_row(load) for load in rows],
    )
    return render(request, "warehouse/loads.html", page)


@require_safe
def progress(request: Request) -> HttpResponse:
    """The load under way; once there is none, the page is loaded again."""
    require(request.actor, "warehouse.view")
    under_way = _progress(queries.recent_loads(1))
    if under_way is None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "warehouse/progress.html", ProgressPage(_("Warehouse"), under_way))


@require_POST
def refresh(request: Request) -> HttpResponse:
    """Ask for a refresh."""
    require(request.actor, "warehouse.refresh")
    if not is_waiting(jobs.refresh_warehouse):
        jobs.ask_for_refresh(request.actor)
    return HttpResponseRedirect(reverse("warehouse:loads"))


def _progress(rows: list[Load]) -> Progress | None:
    url = reverse("warehouse:progress")
    if rows and rows[0].status == "running":
        done, of = rows[0].progress.get("done", 0), rows[0].progress.get("of", 1)
        detail = _("%(done)s of %(of)s steps") % {"done": formats.number(done), "of": formats.number(of)}
        return Progress(_("The warehouse is being refreshed"), round(100 * done / of), detail, url)
    if is_waiting(jobs.refresh_warehouse):
        return Progress(_("The warehouse is being refreshed"), 0, _("waiting for its turn"), url)
    return None


def _behind(lag: freshness.Freshness) -> tuple[str, str]:
    """How old the oldest change is that the warehouse lacks, and what vouches for that."""
    if lag.as_of is None:
        return "–", ""
    note = _("by the change stream, read continuously") if lag.is_followed else _("since the last refresh")
    if lag.waiting:
        note = _("%(count)s changes wait") % {"count": formats.number(lag.waiting)}
    if lag.seconds < 120:
        return _("%(seconds)s s") % {"seconds": formats.number(Decimal(lag.seconds), 1)}, note
    return _("%(minutes)s min") % {"minutes": formats.number(round(lag.seconds / 60))}, note


def _verdict(checked: Load | None, differences: int) -> tuple[str, str]:
    if checked is None:
        return _("Not checked yet."), "info"
    if differences:
        text = ngettext(
            "%(count)s figure differs from operations.",
            "%(count)s figures differ from operations.",
            differences,
        )
        return text % {"count": formats.number(differences)}, "bad"
    return _("Every count and every sum of money agrees with operations, to the fen."), "good"


def _difference(found: dict[str, str]) -> str:
    row = f" {found['key']}" if found.get("key") else ""
    where = f"{found['table']}.{found['figure']}{row}"
    return _("%(where)s %(month)s: %(source)s in operations, %(lake)s in the warehouse") % {
        "where": where,
        "month": found["month"][:7],
        "source": found["source"],
        "lake": found["lake"],
    }


def _reconciled(checks: list[dict[str, Any]]) -> list[Reconciled]:
    entries = {entry.name: entry for entry in queries.data_dictionary()}
    rows = []
    for table in checks:
        entry = entries.get(table["table"])
        columns = {column.name: formats.bilingual(column.about) for column in entry.columns} if entry else {}
        rows.append(
            Reconciled(
                label=short(formats.bilingual(entry.about)) if entry else table["table"],
                name=table["table"],
                operations=formats.number(table["rows_source"]),
                lake=formats.number(table["rows_lake"]),
                sums=[
                    (short(columns[name]), formats.money(Decimal(total)))
                    for name, total in table["money"].items()
                    if Decimal(total)
                ],
                waiting=formats.number(table["waiting"]) if table["waiting"] else "",
                agrees=not table["differences"],
            )
        )
    return rows


def _billed(checks: list[dict[str, Any]]) -> str:
    amounts = [table["money"]["amount"] for table in checks if table["table"] == "fact_bill"]
    return formats.compact(Decimal(amounts[0])) if amounts else "–"


def _load_row(load: Load) -> LoadRow:
    names = {
        "done": (_("Done"), "good"),
        "running": (_("Running"), "info"),
        "failed": (_("Failed"), "bad"),
        "interrupted": (_("Interrupted"), "warn"),
    }
    status, tone = names.get(load.status, (load.status, "neutral"))
    seconds = (load.finished_at - load.started_at).total_seconds() if load.finished_at else None
    written = sum(load.rows.values()) if load.rows else 0
    return LoadRow(
        number=str(load.pk),
        ago=formats.ago(load.started_at),
        exact=formats.moment(load.started_at),
        status=status,
        tone=tone,
        took="–"
        if seconds is None
        else _("%(seconds)s s") % {"seconds": formats.number(Decimal(seconds), 1)},
        written=formats.number(written) if written else _("nothing new") if load.status == "done" else "–",
        snapshot=str(load.snapshot) if load.snapshot is not None else "–",
        error=load.error.split("\n")[0][:200],
    )
