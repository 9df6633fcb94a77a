"""Data services: who takes them and uses them, where each stands in its life, and which partner provides it."""

from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Request, render
from loopline.kernel.period import add_months
from loopline.kernel.permission import require
from loopline.olap import api as olap
from loopline.olap.pages import subject
from loopline.olap.pages.subject import SubjectPage, Wish, in_month, since
from loopline.olap.question import Answer, Measured, Member, Question
from loopline.warehouse.api import NotLoaded

ICON = "device-analytics"
TREND = 3
"""Months over which a service's takers are compared."""


@require_safe
def services(request: Request) -> HttpResponse:
    """The subject."""
    actor = request.actor
    require(actor, "olap.view")
    title = _("Data services")
    subtitle = _("Take-up, use, stage of life and partner of data and value-added services")
    month = subject.last_month(actor)
    wishes = _wishes(month)
    try:
        answers = [olap.ask(actor, wish.question) for wish in wishes]
    except NotLoaded as refusal:
        page = subject.without_answer(title, subtitle, ICON, refusal)
    else:
        page = SubjectPage(
            title, subtitle, ICON, _help(), _stands_out(answers[1], answers[0], month),
            [subject.part_of(wish, answer) for wish, answer in zip(wishes, answers, strict=True)],
            [(_("All figures in the pivot"), subject.url_of(wishes[0].question))],
            *subject.told_of(answers[0]),
        )  # fmt: skip
    return render(request, "olap/subject.html", page, breadcrumbs=subject.crumbs(title))


def _wishes(month: date) -> list[Wish]:
    year, now = since(month), in_month(month)

    def asked(rows: tuple[str, ...], measures: str, *filters: olap.Filter, sort: int = 0) -> Question:
        named = tuple(olap.measured(name) for name in measures.split(","))
        return Question("services", rows=rows, measures=named, filters=filters, sort=sort)

    told = formats.month(month)
    over_time = Question(
        "services", rows=("month",), columns=("vas",), measures=(Measured("takers"),), filters=year
    )
    return [
        Wish(
            _("Services by stage of life"),
            _("%(month)s. Introduced in the first six months, then by the change of takers in three.")
            % {"month": told},
            asked(("stage", "vas"), "takers,penetration,active_rate,drop_rate,uses_per_user", now),
            "bar",
        ),
        Wish(_("Takers by month"), _("Lines that have each service at the end of the month."), over_time, "line"),
        Wish(
            _("Partners"),
            _("%(month)s: what partners' services bring, the basis of settling with them.") % {"month": told},
            asked(("partner",), "fees,charges,takers,taken,drop_rate", now, sort=-1),
            "bar",
        ),
        Wish(
            _("Given up after"),
            _("How long services had been taken that were dropped in the last twelve months."),
            asked(("taken_for",), "dropped,dropped:share", *year),
            "bar",
        ),
    ]  # fmt: skip


def _stands_out(takers: Answer, now: Answer, month: date) -> list[str]:
    """How many take services, which grows fastest, which loses most, which is used least."""
    (total, *_rest) = now.values.get((len(now.rows.keys) - 1, 0), (None,))
    if not total:
        return []
    count = len({key for key in takers.columns.keys if key and takers.figure((month,), key)})
    told = [
        _("Takers at the end of %(month)s: %(takers)s, of %(count)s services.")
        % {"month": formats.month(month), "count": count, "takers": formats.number(total)}
    ]
    changes = sorted(_changes(takers, month))
    if changes and changes[-1][0] > 0:
        told.append(
            _("%(service)s grows fastest: %(change)s in three months.")
            % {"service": changes[-1][1], "change": f"+{changes[-1][0]:.1f}%"}
        )
    if changes and changes[0][0] < 0:
        told.append(
            _("%(service)s loses most: %(change)s.")
            % {"service": changes[0][1], "change": f"−{-changes[0][0]:.1f}%"}
        )
    idle = sorted((rate, label) for label, rate in _active(now))
    if idle:
        told.append(
            _("%(service)s is used least: by %(share)s of its takers.")
            % {"service": idle[0][1], "share": f"{idle[0][0]:.1f}%"}
        )
    return told


def _changes(takers: Answer, month: date) -> list[tuple[Decimal, str]]:
    found = []
    for key, labels in zip(takers.columns.keys, takers.columns.labels, strict=True):
        now = takers.figure((month,), key)
        before = takers.figure((add_months(month, -TREND),), key)
        if key and now is not None and before:
            found.append(((Decimal(now) - Decimal(before)) * 100 / Decimal(before), labels[0]))
    return found


def _active(now: Answer) -> list[tuple[str, Decimal]]:
    """The active share of each service that has takers."""
    at = next(place for place, head in enumerate(now.heads) if head.measured.measure == "active_rate")
    found = []
    for row, (key, labels) in enumerate(zip(now.rows.keys, now.rows.labels, strict=True)):
        values = now.values.get((row, 0))
        if _is_service(key) and values and values[0] and values[at] is not None:
            found.append((labels[-1], Decimal(values[at] or 0)))
    return found


def _is_service(key: tuple[Member, ...]) -> bool:
    return len(key) == 2 and key[1] is not None


def _help() -> list[str]:
    return [
        _(
            "A service is an add-on of the catalogue, or a value-added service in the usage records. Its partner is "
            "the brand of its specification, else the partner in the list of services."
        ),
        _(
            "Whoever has a service takes it; whoever used it at least once in a month is active. Use is known for "
            "the months whose usage records were brought."
        ),
    ]
