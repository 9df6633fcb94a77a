"""The rules of quality on screen: each with its last result, keys that fail, and how it went before."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Request, render
from loopline.kernel.permission import require
from loopline.warehouse import quality as rules
from loopline.warehouse import queries
from loopline.warehouse.models import QualityRun
from loopline.warehouse.pages.shared import Tab, short, tabs
from loopline.warehouse.shape import Rule, RuleKind

TREND = 12


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its result. `trend` has a bar for each run: x, y and height in a box of 12 by 100."""

    table: str
    label: str
    words: str
    failing: str
    keys: str
    months: str
    holds: bool
    trend: list[tuple[int, int, int]]
    trend_words: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table: how many rules it has and how many of them hold."""

    name: str
    url: str
    label: str
    rows: str
    rules: str
    failing: str
    holds: bool


@dataclass(frozen=True, slots=True)
class QualityPage:
    """All rules."""

    title: str
    subtitle: str
    tabs: list[Tab]
    verdict: str
    tone: str
    run_ago: str
    run_exact: str
    run_note: str
    rules: str
    held: str
    failing_rows: str
    broken: list[RuleRow]
    tables: list[TableRow]
    table: str
    table_label: str
    table_rules: list[RuleRow]
    chart: dict[str, object]
    chart_summary: str


@require_safe
def quality(request: Request) -> HttpResponse:
    """What fails now, every table with its rules; `?table=` shows each rule of one."""
    require(request.actor, "warehouse.view")
    runs = queries.quality_runs()
    entries = {entry.name: formats.bilingual(entry.about) for entry in queries.data_dictionary()}
    latest = runs[0].results if runs else []
    declared = {subject.name: {rule.name: rule for rule in subject.rules} for subject in rules.subjects()}
    history = _history(runs[:TREND])
    shown = [
        _row(found, declared[found["table"]][found["rule"]], entries, history)
        for found in latest
        if found["rule"] in declared.get(found["table"], {})
    ]
    asked = request.GET.get("table", "")
    broken = [row for row in shown if not row.holds]
    page = QualityPage(
        title=_("Quality"),
        subtitle=_("What must hold of every row, asked again of whatever a load has changed."),
        tabs=tabs("quality"),
        verdict=_verdict(runs, len(broken)),
        tone="info" if not runs else "bad" if broken else "good",
        run_ago=formats.ago(runs[0].at) if runs else "–",
        run_exact=formats.moment(runs[0].at) if runs else "",
        run_note=_run_note(runs[0]) if runs else "",
        rules=_("of %(count)s") % {"count": formats.number(len(shown))},
        held=formats.number(len(shown) - len(broken)),
        failing_rows=formats.number(sum(found["failing"] for found in latest)),
        broken=broken,
        tables=_tables(latest, entries),
        table=asked,
        table_label=short(entries.get(asked, "")),
        table_rules=[row for row in shown if row.table == asked],
        chart=_chart(runs),
        chart_summary=_("Rows that fail, by run"),
    )
    return render(request, "warehouse/quality.html", page)


def _verdict(runs: list[QualityRun], broken: int) -> str:
    if not runs:
        return _("The rules have not been asked yet; the next refresh asks them.")
    if not broken:
        return _("Every rule holds.")
    return ngettext("%(count)s rule does not hold.", "%(count)s rules do not hold.", broken) % {
        "count": formats.number(broken)
    }


def _run_note(run: QualityRun) -> str:
    took = {"seconds": formats.number(run.milliseconds / 1000, 1)}
    return (
        _("everything, in %(seconds)s s") % took if run.whole else _("what changed, in %(seconds)s s") % took
    )


def _history(runs: list[QualityRun]) -> dict[tuple[str, str], list[int]]:
    """How many rows failed a rule in each run, the oldest first."""
    found: dict[tuple[str, str], list[int]] = {}
    for run in reversed(runs):
        for result in run.results:
            found.setdefault((result["table"], result["rule"]), []).append(result["failing"])
    return found


def _row(
    found: dict[str, object], rule: Rule, entries: dict[str, str], history: dict[tuple[str, str], list[int]]
) -> RuleRow:
    table, name, failing = str(found["table"]), str(found["rule"]), int(str(found["failing"]))
    sample, months = found["sample"], found["months"]
    keys = [key for some in sample.values() for key in some] if isinstance(sample, dict) else []
    named = [month[:7] for month in months if month] if isinstance(months, dict) else []
    before = history.get((table, name), [])
    most = max(before, default=0) or 1
    return RuleRow(
        table,
        short(entries.get(table, table)),
        words_of(rule),
        formats.number(failing),
        ", ".join(keys[:5]),
        ", ".join(sorted(named)[-6:]),
        not failing,
        [
            (place * 8, 12 - (high := max(1, round(12 * count / most))), high)
            for place, count in enumerate(before)
        ],
        ", ".join(map(formats.number, before)),
    )


def words_of(rule: Rule) -> str:
    """A rule as a sentence."""
    columns = ", ".join(rule.columns)
    match rule.kind:
        case RuleKind.NOT_NULL:
            return _("%(columns)s is never empty") % {"columns": columns}
        case RuleKind.UNIQUE:
            return _("%(columns)s comes once only") % {"columns": columns}
        case RuleKind.REFERENCE:
            return _("%(columns)s is found in %(table)s") % {"columns": columns, "table": rule.refers}
        case RuleKind.SUM:
            parts = {"total": rule.columns[0], "parts": ", ".join(rule.columns[1:])}
            return _("%(total)s adds up from %(parts)s, to the fen") % parts
        case RuleKind.RANGE:
            return _bounds(rule)
        case RuleKind.ACCEPTED:
            accepted = rule.fails.partition("NOT IN")[2].strip(" ()").replace("'", "")
            return _("%(columns)s is one of: %(accepted)s") % {"columns": columns, "accepted": accepted}


def _bounds(rule: Rule) -> str:
    low, high = (bound.removeprefix("DATE ").strip("'") for bound in rule.bounds)
    bounds = {"columns": rule.columns[0], "low": low, "high": high}
    if high:
        return _("%(columns)s is between %(low)s and %(high)s") % bounds
    return _("%(columns)s is at least %(low)s") % bounds


def _tables(latest: list[dict[str, object]], entries: dict[str, str]) -> list[TableRow]:
    tables: dict[str, list[dict[str, object]]] = {}
    for found in latest:
        tables.setdefault(str(found["table"]), []).append(found)
    return [
        TableRow(
            name,
            f"{reverse('warehouse:quality')}?table={name}#rules",
            short(entries.get(name, name)),
            formats.number(int(str(results[0]["rows"]))),
            formats.number(len(results)),
            formats.number(sum(1 for found in results if found["failing"])),
            not any(found["failing"] for found in results),
        )
        for name, results in tables.items()
    ]


def _chart(runs: list[QualityRun]) -> dict[str, object]:
    """Rows that fail in the last runs; nothing to draw before the second."""
    if len(runs) < 2:
        return {}
    shown = list(reversed(runs))
    return {
        "xAxis": {"type": "category", "data": [formats.moment(run.at) for run in shown]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "line",
                "step": "end",
                "data": [run.failing for run in shown],
                "name": _("Rows that fail"),
            }
        ],
    }
