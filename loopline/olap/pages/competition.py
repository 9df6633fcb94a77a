"""Competitors: calls to and from other operators, their share by region, and numbers ported in and out."""

from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loopline.kernel import formats
from loopline.kernel.pages import Request, render
from loopline.kernel.period import add_months
from loopline.kernel.permission import Actor, require
from loopline.olap import api as olap
from loopline.olap.cubes.operators import OWN
from loopline.olap.pages import subject
from loopline.olap.pages.subject import SubjectPage, Wish, in_month, since
from loopline.olap.question import Answer, Filter, Measured, Op, Question
from loopline.warehouse.api import NotLoaded

ICON = "arrows-exchange"


@require_safe
def competition(request: Request) -> HttpResponse:
    """The subject."""
    actor = request.actor
    require(actor, "olap.view")
    title = _("Competition")
    subtitle = _("Calls to and from other operators, their share by region, and ported numbers")
    month = subject.last_month(actor)
    try:
        wishes = _wishes(month, _recorded(actor, month))
        answers = [olap.ask(actor, wish.question) for wish in wishes]
    except NotLoaded as refusal:
        page = subject.without_answer(title, subtitle, ICON, refusal)
    else:
        page = SubjectPage(
            title, subtitle, ICON, _help(), _stands_out(answers, month),
            [subject.part_of(wish, answer) for wish, answer in zip(wishes, answers, strict=True)],
            [
                (_("Competitors in the pivot"), subject.url_of(wishes[0].question)),
                (_("Between networks in the pivot"), subject.url_of(wishes[1].question)),
            ],
            *subject.told_of(answers[0]),
        )  # fmt: skip
    return render(request, "olap/subject.html", page, breadcrumbs=subject.crumbs(title))


def _recorded(actor: Actor, month: date) -> date:
    """The last month with calls in the usage records, or the last that is over."""
    question = Question("operators", rows=("month",), measures=(Measured("minutes_out"),), totals=False)
    months = [key[0] for key in olap.ask(actor, question).rows.keys if isinstance(key[0], date)]
    return max((one for one in months if one <= month), default=month)


def _wishes(month: date, recorded: date) -> list[Wish]:
    now, year = in_month(month), since(month)

    def asked(cube: str, rows: str, measures: str, *filters: Filter, sort: int = 0) -> Question:
        named = tuple(olap.measured(name) for name in measures.split(","))
        return Question(cube, rows=(rows,), measures=named, filters=filters, sort=sort)

    others = Filter("operator", Op.NOT_IN, (OWN,))
    by_region = "competitor_share,minutes_competitor,ported_out,port_rate"
    return [
        Wish(
            _("Share by region"),
            _("%(month)s: the share of all minutes that went to other operators.")
            % {"month": formats.month(month)},
            asked("competitors", "district", by_region, now, sort=-1),
            "bar",
        ),
        Wish(
            _("By operator"),
            _("%(month)s, from the usage records: minutes to and from each, and ours to theirs.")
            % {"month": formats.month(recorded)},
            asked(
                "operators", "operator", "other_out,other_in,balance,calls_out,calls_in,callers",
                in_month(recorded), others, sort=-1,
            ),
            "bar",
        ),
        Wish(
            _("Share by month"),
            _("Minutes to other operators, and their share of all minutes."),
            asked("competitors", "month", "competitor_share,minutes_competitor,callers", *year),
            "line",
        ),
        Wish(
            _("Ported numbers"),
            _("Numbers that came from other operators and went to them."),
            asked("competitors", "month", "ported_in,ported_out,port_balance,port_rate", *year),
            "bar",
        ),
    ]  # fmt: skip


def _stands_out(answers: list[Answer], month: date) -> list[str]:
    """The share of calls and where it is highest; who is called most; numbers that came and went."""
    regions, operators, shares, ported = answers
    told = []
    now, before = (shares.figure((one,)) for one in (month, add_months(month, -1)))
    if now is not None:
        said = _("In %(month)s %(share)s of all minutes went to other operators")
        text = said % {"month": formats.month(month), "share": f"{now:.1f}%"}
        told.append(_ended(text, None if before is None else Decimal(now) - Decimal(before)))
    if len(regions.rows.keys) > 2 and (most := regions.figure(regions.rows.keys[0])) is not None:
        told.append(
            _("Most in %(region)s: %(share)s.")
            % {"region": regions.rows.labels[0][-1], "share": f"{most:.1f}%"}
        )
    if operators.rows.keys and (minutes := operators.figure(operators.rows.keys[0])):
        told.append(
            _("%(operator)s is called most: %(minutes)s minutes.")
            % {"operator": operators.rows.labels[0][-1], "minutes": formats.number(round(minutes))}
        )
    out = ported.figure((month,), measure=1)
    if out is not None:
        came = ported.figure((month,)) or 0
        said = ngettext(
            "%(out)s number left for another operator, %(came)s came.",
            "%(out)s numbers left for other operators, %(came)s came.",
            int(out),
        )
        told.append(said % {"out": formats.number(out), "came": formats.number(came)})
    return told


def _ended(text: str, change: Decimal | None) -> str:
    if change is None or abs(change) < Decimal("0.05"):
        return _("%(text)s.") % {"text": text}
    points = f"{abs(change):.1f}"
    if change > 0:
        return _("%(text)s, %(points)s points more than the month before.") % {"text": text, "points": points}
    return _("%(text)s, %(points)s points less than the month before.") % {"text": text, "points": points}


def _help() -> list[str]:
    return [
        _(
            "Shares by region and month come from the monthly usage of lines; minutes by operator from the usage "
            "records of the months that were brought."
        ),
        _(
            "A number came in when the order that ports it was completed, and left when its line ended as ported out."
        ),
    ]
