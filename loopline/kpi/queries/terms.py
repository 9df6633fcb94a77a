"""The measures that indicators can be made of, and what they are called."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loopline.identity.api import Unit
from loopline.kernel.errors import Invalid, Refusal
from loopline.kpi.queries.counts import counts
from loopline.kpi.queries.cubes import narrowed, question_behind
from loopline.kpi.rules.formula import PLAN, WORK, Formula
from loopline.olap import api as olap

PLANS = {"on_plan": _("Indicators that will reach their target"), "judged": _("Indicators with a target")}


def terms() -> list[tuple[str, str]]:
    """Every measure with its name: `work.orders_completed`, `revenue.arpu`."""
    work = [(f"{WORK}.{name}", f"{counts[name].source} · {counts[name].label}") for name in counts.names()]
    plans = [(f"{PLAN}.{name}", str(label)) for name, label in PLANS.items()]
    cubes = [
        (f"{cube.name}.{name}", f"{cube.label} · {measure.label}")
        for cube in olap.cubes
        for name, measure in cube.measures.items()
    ]
    return [*cubes, *work, *plans]


def check_formula(formula: Formula) -> None:
    """Refuse a formula with a measure that nobody knows, of two kinds of sources, or with filters that do not fit."""
    known = dict(terms())
    for term, field in ((formula.numerator, "numerator"), (formula.denominator, "denominator")):
        if term not in known and (term or field == "numerator"):
            raise Invalid(field=field, reason=_("There is no such measure."))
    others = {
        source if source in (WORK, PLAN) else "cube" for term in formula.terms for source in [_source(term)]
    }
    if len(others) > 1:
        raise Invalid(
            field="denominator", reason=_("Divide cubes by cubes, and recorded work by recorded work.")
        )
    if not formula.filters:
        return
    if others != {"cube"}:
        raise Invalid(field="filters", reason=_("Only cubes can be filtered."))
    for term in formula.terms:
        try:
            narrowed(_source(term), formula.filters)
        except Refusal as refusal:
            raise Invalid(field="filters", reason=refusal.message) from None


def _source(term: str) -> str:
    return term.partition(".")[0]


def source_of(term: str) -> str:
    """Where a measure is recorded, in words."""
    return dict(terms()).get(term, term)


def cube_address(formula: Formula, unit: Unit, kind: str, first: date) -> str:
    """The address of the question behind a value; '' for what no cube tells."""
    question = question_behind(formula, unit, kind, first)
    if question is None:
        return ""
    return reverse("olap:pivot", kwargs={"cube": question.cube}) + "?" + olap.address(question).lstrip("?")
