"""Two files side by side: which value holds, field by field, and then one file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from loopline.customers import api
from loopline.customers.actions.customer import told_value
from loopline.customers.models import Account, Address, ContactMedium, Customer, IdentityDocument
from loopline.customers.pages.view import crumbs, url
from loopline.customers.rules import masks
from loopline.customers.wording import FIELDS, LIFE_CYCLES, MEDIA, SEXES, TIERS, word
from loopline.kernel import formats
from loopline.kernel.errors import Refusal
from loopline.kernel.pages import Crumb, Request, render, undo, with_toast
from loopline.kernel.permission import Actor, require

type Teller = Callable[[list[int]], Sequence[str]]
_WORDS = {"sex": SEXES, "tier": TIERS, "life_cycle": LIFE_CYCLES}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files."""

    url: str
    number: str
    name: str
    branch: str
    version: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A field with the value of either side; `same`: there is nothing to choose."""

    name: str
    label: str
    left: str
    right: str
    same: bool
    take: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What hangs on either side and will be shown together."""

    label: str
    left: list[str]
    right: list[str]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two files beside each other; the left one will hold."""

    title: str
    url: str
    swap_url: str
    cancel_url: str
    left: Side
    right: Side
    choices: list[Choice]
    held: list[Held]
    reason: str
    error: str = ""


@require_http_methods(["GET", "POST"])
def compare(request: Request, public_id: UUID, other: UUID) -> HttpResponse:
    """Compare two files and merge the second into the first; it can be undone."""
    actor = request.actor
    require(actor, "customers.merge")
    left, right = api.by_public_id(actor, public_id), api.by_public_id(actor, other)
    asked = {name for name in api.FIELDS if request.POST.get(f"take_{name}") == "right"}
    if request.method == "GET":
        asked = {name for name in api.FIELDS if not getattr(left, name) and getattr(right, name)}
        return _shown(request, left, right, asked)
    versions = [request.POST.get(name, "") for name in ("version_left", "version_right")]
    try:
        merge = api.merge_customers(
            actor=actor,
            survivor=left,
            merged=right,
            take=asked,
            versions=(_number(versions[0]), _number(versions[1])),
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        undo(request)
        return _shown(request, left, right, asked, refusal)
    text = _("%(gone)s was merged into %(kept)s.") % {"gone": right.number, "kept": left.number}
    back = HttpResponseRedirect(url("file", left))
    return with_toast(back, text, undo_url=f"{url('view', left)}/merges/{merge.public_id}/undo")


def _shown(
    request: Request, left: Customer, right: Customer, asked: set[str], refusal: Refusal | None = None
) -> HttpResponse:
    title = _("Compare and merge")
    page = ComparePage(
        title,
        f"{url('view', left)}/compare/{right.public_id}",
        f"{url('view', right)}/compare/{left.public_id}",
        url("file", left),
        _side(left),
        _side(right),
        [_choice(left, right, name, take=name in asked) for name in api.FIELDS],
        _held(request.actor, left, right),
        request.POST.get("reason", ""),
        refusal.message if refusal else "",
    )
    status = refusal.status if refusal else 200
    return render(
        request, "customers/compare.html", page, status=status, breadcrumbs=crumbs(left, Crumb(title))
    )


def _side(row: Customer) -> Side:
    name = masks.name(row.kind, row.name)
    return Side(url("view", row), row.number, name, formats.named(row.branch), row.version)


def _choice(left: Customer, right: Customer, name: str, *, take: bool) -> Choice:
    same = getattr(left, name) == getattr(right, name)
    return Choice(name, word(FIELDS, name), _told(left, name), _told(right, name), same, take and not same)


def _told(row: Customer, name: str) -> str:
    value = getattr(row, name)
    if name == "joined_on":
        return formats.day(value)
    told = told_value(row.kind, name, value)
    return word(_WORDS.get(name, {}), str(told)) if told else "–"


def _held(actor: Actor, left: Customer, right: Customer) -> list[Held]:
    files = [(side, api.together(side)) for side in (left, right)]

    def both(label: str, tell: Teller) -> Held:
        return Held(label, *(list(tell(ids)) for _side_row, ids in files))

    return [
        both(
            _("Contact media"),
            lambda ids: [
                f"{word(MEDIA, row.kind)} {masks.medium(row.kind, row.value, actor.country)}"
                for row in ContactMedium.objects.filter(customer__in=ids).order_by("id")[:10]
            ],
        ),
        both(
            _("Addresses"),
            lambda ids: [
                f"{row.region}{masks.street(row.street)}"
                for row in Address.objects.filter(customer__in=ids).order_by("id")[:10]
            ],
        ),
        both(
            _("Identity documents"),
            lambda ids: list(
                IdentityDocument.objects.filter(customer__in=ids).values_list("masked", flat=True)[:10]
            ),
        ),
        both(
            _("Accounts"),
            lambda ids: list(Account.objects.filter(customer__in=ids).values_list("number", flat=True)[:10]),
        ),
    ]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
