"""What the customer file itself brings: its columns, filters and orders of the list, and the consent panel."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import listing, queries
from loopline.customers.models import Customer
from loopline.customers.panels import GLANCE, Panel, Subject, panels
from loopline.customers.wording import CHANNELS, LIFE_CYCLES, TIERS, word
from loopline.identity import api as identity
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.kernel.postgres.compiled import Compiled


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """Channel → whether the customer agreed to marketing on it; None: not asked."""

    channels: dict[str, bool | None]


@dataclass(frozen=True, slots=True)
class ConsentMark:
    """One channel with its state in words."""

    channel: str
    label: str
    tone: str
    state: str
    granted: bool


@dataclass(frozen=True, slots=True)
class ConsentPanel:
    """Consent at a glance, each channel a button that changes it."""

    title: str
    marks: list[ConsentMark]
    url_id: str
    may_change: bool


def gather_consent(subject: Subject) -> ConsentFacts:
    """Consent to marketing by channel."""
    given = queries.consents_of([subject.customer.pk])
    return ConsentFacts({channel: given.get((subject.customer.pk, channel)) for channel in CHANNELS})


def show_consent(subject: Subject, facts: ConsentFacts) -> ConsentPanel:
    """The marks of the four channels."""
    states = {
        True: ("good", _("agrees")),
        False: ("bad", _("does not want it")),
        None: ("neutral", _("not asked")),
    }
    marks = [
        ConsentMark(
            channel,
            word(CHANNELS, channel),
            *states[granted],
            granted=bool(granted),
        )
        for channel, granted in facts.channels.items()
    ]
    may_change = subject.actor.may("tasks.work")
    return ConsentPanel(_("May we contact"), marks, str(subject.customer.public_id), may_change)


def _branches(actor: Actor) -> Sequence[tuple[str, str]]:
    within = actor.scope.branches
    return [(unit.code, formats.named(unit)) for unit in _halls() if within is None or unit.pk in within]


@Compiled
def _halls() -> QuerySet[identity.Unit]:
    rows = identity.Unit.objects.filter(is_active=True).exclude(level="team")
    return rows.only("code", "name", "name_en").order_by("path")


def _in_branch(rows: "QuerySet[Customer]", code: str) -> "QuerySet[Customer]":
    return rows.filter(branch_id__in=identity.subtree_of(code))


def _each_branch(code: str) -> list[Q]:
    return [Q(branch_id=unit) for unit in identity.subtree_of(code)]


listing.filters.add(
    "status",
    listing.Filter(
        gettext_lazy("Status"),
        lambda actor: list(LIFE_CYCLES.items()),
        lambda rows, value: rows.filter(life_cycle=value),
    ),
    order=10,
)
listing.filters.add(
    "tier",
    listing.Filter(
        gettext_lazy("Tier"),
        lambda actor: list(TIERS.items()),
        lambda rows, value: rows.filter(tier=value),
    ),
    order=20,
)
listing.filters.add(
    "branch", listing.Filter(gettext_lazy("Branch"), _branches, _in_branch, _each_branch), order=30
)


def _own_sort(label: listing.Text, column: str, *, descending: bool = False) -> listing.Sort:
    return listing.Sort(label, lambda rows: rows, column, owner="id", descending=descending)


listing.sorts.add("number", _own_sort(gettext_lazy("Number"), "number"), order=10)
listing.sorts.add("name", _own_sort(gettext_lazy("Name"), "name"), order=20)
listing.sorts.add("joined", _own_sort(gettext_lazy("Customer since"), "joined_on", descending=True), order=30)
panels.add("consent", Panel(GLANCE, "customers/consent.html", gather_consent, show_consent), order=40)
