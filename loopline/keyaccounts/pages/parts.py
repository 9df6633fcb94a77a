"""What several pages of key accounts share: posts and figures in words, dates from forms, acts that answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loopline.kernel import formats
from loopline.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from loopline.kernel.pages import Request, again, with_toast
from loopline.keyaccounts import wording
from loopline.keyaccounts.models import Level, Post
from loopline.keyaccounts.queries.figures import Figures


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name; `tone` says whether it asks for something."""

    label: str
    value: str
    exact: str = ""
    icon: str = ""
    note: str = ""
    tone: str = ""
    url: str = ""


def figures_of(found: Figures, links: dict[str, str] | None = None) -> list[Figure]:
    """What a team stands for, ready to be placed; `links` leads to what is behind a number."""
    to = links or {}
    return [
        Figure(_("Key accounts"), formats.number(found.customers), icon="users", url=to.get("all", "")),
        Figure(
            _("Revenue last month"), formats.compact(found.revenue), formats.money(found.revenue), "report-money"
        ),
        Figure(
            _("Arrears"), formats.compact(found.arrears), formats.money(found.arrears), "receipt",
            _("%(count)s customers") % {"count": formats.number(found.owing)} if found.owing else "",
            url=to.get("arrears", ""),
        ),
        Figure(_("At risk"), formats.number(found.at_risk), icon="heart-broken", url=to.get("risk", "")),
        Figure(_("Visits overdue"), formats.number(found.overdue), icon="calendar-time", url=to.get("overdue", "")),
        Figure(_("Open complaints"), formats.number(found.complaints), icon="mood-sad", url=to.get("complaints", "")),
    ]  # fmt: skip


def post_label(post: Post) -> str:
    """Somebody with his level and unit."""
    return f"{formats.named(post.staff)} · {Level(post.level).label} · {formats.named(post.unit)}"


def post_options(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Posts to choose from, in the order of the tree."""
    return [(str(post.public_id), "　" * (post.path.count("/") - 2) + post_label(post)) for post in posts]


def tier(code: str) -> tuple[str, str]:
    """A tier and its tone."""
    return (str(wording.TIERS[code]), wording.TIER_TONES[code]) if code in wording.TIERS else ("", "")


def risk(value: float | None) -> tuple[str, str]:
    """A chance of leaving, and its tone."""
    if value is None:
        return "–", "neutral"
    return formats.percent(value, 0), "bad" if value >= 0.4 else "warn" if value >= 0.15 else "good"


def key_of(text: str) -> UUID:
    """A public id from a form. Raises NotFound."""
    try:
        return UUID(text)
    except ValueError as fault:
        raise NotFound from fault


def day_of(given: QueryDict, name: str, *, required: bool = True) -> date | None:
    """A day from a form. Raises Invalid."""
    text = given.get(name, "").strip()
    if not text and not required:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Invalid(field=name, reason=_("Give a day.")) from fault


def needed_day(given: QueryDict, name: str) -> date:
    """A day that must be there. Raises Invalid."""
    found = day_of(given, name)
    assert found is not None
    return found


def moment_of(given: QueryDict, name: str, zone: Any) -> datetime:
    """A local moment from a form, as UTC. Raises Invalid."""
    try:
        found = datetime.fromisoformat(given.get(name, ""))
        return found.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise Invalid(field=name, reason=_("Give a day and a time.")) from fault


def number_of(given: QueryDict, name: str, default: int | None = None) -> int:
    """A whole number from a form. Raises Invalid."""
    text = given.get(name, "").strip()
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(field=name, reason=_("Give a whole number."))
    return int(text)


def amount_of(given: QueryDict, name: str) -> Decimal:
    """An amount of money from a form. Raises Invalid."""
    try:
        found = Decimal(given.get(name, "").replace(",", "").strip() or "x")
    except InvalidOperation as fault:
        raise Invalid(field=name, reason=_("Give an amount.")) from fault
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise Invalid(field=name, reason=_("Give an amount."))
    return found.quantize(Decimal("0.01"))


type Act = Callable[..., tuple[str, str]]
"""Does what a form asks for; answers with what to say, and the address to go to."""


def acting(act: Act) -> Callable[..., HttpResponse]:
    """A page that only acts. A refusal is said in the form it was sent from, which keeps what was typed."""

    def answer(request: Request, **keys: Any) -> HttpResponse:
        try:
            with transaction.atomic():  # what a refused act has written must not show on its page
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


def customer_url(public_id: object) -> str:
    """A customer's page."""
    return reverse("customers:view", kwargs={"public_id": public_id})
