"""The customer file in full: every part of it, who is linked with whom, and what can be done about each line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loopline.customers import api, panels
from loopline.customers.models import (
    Account,
    Address,
    Consent,
    ContactMedium,
    Customer,
    IdentityDocument,
    Merge,
    ServiceStop,
)
from loopline.customers.pages.view import Header, Masked, Tab, crumbs, header, tabs, url
from loopline.customers.rules import lifecycle, masks
from loopline.customers.rules.documents import KINDS as DOCUMENTS
from loopline.customers.rules.matching import REASONS
from loopline.customers.wording import (
    ACCOUNT_KINDS,
    ACCOUNT_STATUSES,
    CHANNELS,
    DOCUMENT_STATES,
    HOUSEHOLD_ROLES,
    LIFE_CYCLES,
    LINK_REASONS,
    MEDIA,
    MEDIUM_ICONS,
    PAYMENT_METHODS,
    PLACES,
    PURPOSES,
    STOP_REASONS,
    word,
)
from loopline.kernel import clock, formats
from loopline.kernel.pages import Crumb, Request, render

TONES = {"verified": "good", "rejected": "bad", "unchecked": "neutral"}
STATUS_TONES = {"active": "good", "suspended": "warn", "closed": "neutral"}


@dataclass(frozen=True, slots=True)
class Act:
    """A button that posts."""

    label: str
    icon: str
    url: str
    values: dict[str, str] = field(default_factory=dict)
    kind: str = "quiet"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a part: what it is, masked, its state, and what can be done."""

    icon: str
    label: str
    value: Masked
    note: str = ""
    badge: str = ""
    tone: str = "neutral"
    ended: bool = False
    link: str = ""
    edit_url: str = ""
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file."""

    name: str
    title: str
    icon: str
    entries: list[Entry]
    empty: str
    add_label: str = ""
    add_url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConsentCell:
    """Consent to a purpose on a channel, and the button that turns it."""

    label: str
    state: str
    tone: str
    when: str
    act: Act | None


@dataclass(frozen=True, slots=True)
class FilePage:
    """The whole file."""

    title: str
    header: Header
    tabs: list[Tab]
    parts: list[Part]
    consents: list[tuple[str, list[ConsentCell]]]
    edit_url: str
    move_url: str


@dataclass(frozen=True)
class Desk:
    """Whose file it is and what who looks may do with it."""

    subject: panels.Subject
    may_edit: bool
    may_reveal: bool

    @property
    def customer(self) -> Customer:
        """Whose file it is."""
        return self.subject.customer

    def url(self, path: str) -> str:
        """An address below the customer's own."""
        return f"{url('view', self.customer)}/{path}"

    def hidden(self, value: str, name: str, label: str) -> Masked:
        """A masked value with the button that shows it."""
        return Masked(label, "", value, self.url(f"reveal/{name}") if self.may_reveal else "")


@require_GET
def whole_file(request: Request, public_id: UUID) -> HttpResponse:
    """Everything in one customer's file."""
    actor = request.actor
    customer = api.by_public_id(actor, public_id)
    panels.load()
    desk = Desk(panels.Subject(customer, actor), actor.may("customers.edit"), actor.may("customers.reveal"))
    page = FilePage(
        title=masks.name(customer.kind, customer.name),
        header=header(desk.subject),
        tabs=tabs(customer, "file"),
        parts=[
            _status(desk),
            _media(desk),
            _addresses(desk),
            _documents(desk),
            _accounts(desk),
            _household(desk),
            _doubles(desk),
        ],
        consents=_consents(desk),
        edit_url=url("edit", customer) if desk.may_edit else "",
        move_url=url("move", customer) if desk.may_edit else "",
    )
    return render(
        request, "customers/file.html", page, breadcrumbs=crumbs(customer, Crumb(_("Customer file")))
    )


def _status(desk: Desk) -> Part:
    row = desk.customer
    why = word(lifecycle.RULES, row.life_cycle_reason) if row.life_cycle_reason else _("As it was delivered")
    since = formats.day(row.life_cycle_since or row.joined_on)
    entries = [
        Entry(
            "refresh",
            _("Status"),
            Masked("", "", word(LIFE_CYCLES, row.life_cycle), ""),
            _("%(why)s, since %(day)s") % {"why": why, "day": since},
        )
    ]
    may_stop = desk.subject.actor.may("customers.stop")
    standing = api.stop_of(row, desk.subject.files)
    rows = ServiceStop.objects.filter(customer__in=desk.subject.files).order_by("-id")[:5]
    entries += [_stop(desk, stop, standing, may_stop=may_stop) for stop in rows]
    add = desk.url("stop") if may_stop and standing is None else ""
    return Part("status", _("Status and service"), "refresh", entries, "", _("Stop serving"), add)


def _stop(desk: Desk, stop: ServiceStop, standing: ServiceStop | None, *, may_stop: bool) -> Entry:
    holds = standing is not None and standing.pk == stop.pk
    until = _("until %(day)s") % {"day": formats.day(stop.until)} if stop.until else ""
    told = [formats.moment(stop.at), stop.by, stop.note, until]
    return Entry(
        "ban",
        _("Not to be served"),
        Masked("", "", word(STOP_REASONS, stop.reason), ""),
        " · ".join(part for part in told if part),
        _("in force") if holds else _("over"),
        "bad" if holds else "neutral",
        ended=not holds,
        edit_url=desk.url("resume") if holds and may_stop else "",
    )


def _media(desk: Desk) -> Part:
    today = clock.today(desk.subject.actor.zone)
    rows = ContactMedium.objects.filter(customer__in=desk.subject.files).order_by("kind", "-preferred", "id")
    add = desk.url("contacts") if desk.may_edit else ""
    entries = [_medium(desk, row, today) for row in rows[:50]]
    return Part(
        "contacts",
        _("Contact media"),
        "address-book",
        entries,
        _("No way to reach the customer yet."),
        _("Add a contact"),
        add,
    )


def _medium(desk: Desk, row: ContactMedium, today: date) -> Entry:
    ended = row.valid_to is not None and row.valid_to < today
    at = desk.url(f"contacts/{row.public_id}")
    acts = []
    if desk.may_edit and ended:
        acts = [Act(_("Holds again"), "arrow-back-up", f"{at}/resume")]
    elif desk.may_edit:
        acts = [Act(_("No longer holds"), "x", f"{at}/end")]
        if not row.preferred:
            acts.insert(0, Act(_("Prefer"), "star", f"{at}/prefer"))
    preferred = row.preferred and not ended
    return Entry(
        MEDIUM_ICONS.get(row.kind, "at"),
        word(MEDIA, row.kind),
        desk.hidden(
            masks.medium(row.kind, row.value, desk.subject.actor.country),
            f"medium:{row.public_id}",
            word(MEDIA, row.kind),
        ),
        _period(row.valid_from, row.valid_to),
        _("ended") if ended else _("preferred") if preferred else "",
        "accent" if preferred else "neutral",
        ended,
        acts=acts,
    )


def _addresses(desk: Desk) -> Part:
    today = clock.today(desk.subject.actor.zone)
    rows = Address.objects.filter(customer__in=desk.subject.files).order_by("id")[:50]
    entries = [_address(desk, row, today) for row in rows]
    add = desk.url("addresses") if desk.may_edit else ""
    return Part(
        "addresses", _("Addresses"), "map-pin", entries, _("No address yet."), _("Add an address"), add
    )


def _address(desk: Desk, row: Address, today: date) -> Entry:
    ended = row.valid_to is not None and row.valid_to < today
    at = desk.url(f"addresses/{row.public_id}")
    act = (
        Act(_("Holds again"), "arrow-back-up", f"{at}/resume")
        if ended
        else Act(_("No longer holds"), "x", f"{at}/end")
    )
    label = word(PLACES, row.kind)
    return Entry(
        "map-pin",
        label,
        desk.hidden(f"{row.region}{masks.street(row.street)}", f"address:{row.public_id}", label),
        _period(None, row.valid_to),
        _("ended") if ended else "",
        ended=ended,
        edit_url=at if desk.may_edit and not ended else "",
        acts=[act] if desk.may_edit else [],
    )


def _documents(desk: Desk) -> Part:
    rows = IdentityDocument.objects.filter(customer__in=desk.subject.files).order_by("id")[:20]
    limit = api.policy().lines_per_document
    entries = [_document(desk, row, limit) for row in rows]
    add = desk.url("documents") if desk.may_edit else ""
    return Part(
        "documents",
        _("Identity documents"),
        "id",
        entries,
        _("No document yet: the customer is not registered under his real name."),
        _("Add a document"),
        add,
    )


def _document(desk: Desk, row: IdentityDocument, limit: int) -> Entry:
    at = desk.url(f"documents/{row.public_id}/check")
    acts = []
    if desk.may_edit:
        wanted = ["verified", "rejected"] if row.state == "unchecked" else ["unchecked"]
        labels = {
            "verified": _("Is the bearer"),
            "rejected": _("Is not the bearer"),
            "unchecked": _("Check again"),
        }
        icons = {"verified": "user-check", "rejected": "user-x", "unchecked": "refresh"}
        acts = [Act(labels[state], icons[state], at, {"state": state}) for state in wanted]
    told = [
        _("valid to %(day)s") % {"day": formats.day(row.valid_to)} if row.valid_to else "",
        f"{row.checked_by}, {formats.moment(row.checked_at)}" if row.checked_at else "",
        _("%(count)s of %(most)s numbers") % {"count": row.lines, "most": limit} if row.lines else "",
    ]
    return Entry(
        "id",
        word(DOCUMENTS, row.kind),
        desk.hidden(row.masked, f"document:{row.public_id}", word(DOCUMENTS, row.kind)),
        " · ".join(part for part in told if part),
        word(DOCUMENT_STATES, row.state),
        "bad" if row.lines > limit else TONES.get(row.state, "neutral"),
        acts=acts,
    )


def _accounts(desk: Desk) -> Part:
    rows = Account.objects.filter(customer__in=desk.subject.files).order_by("id")[:50]
    entries = [
        Entry(
            "wallet",
            word(ACCOUNT_KINDS, row.kind),
            Masked("", "", f"{row.number} {row.name}".strip(), ""),
            " · ".join(
                part
                for part in [
                    word(PAYMENT_METHODS, row.payment_method),
                    _("bill on day %(day)s") % {"day": row.bill_day},
                ]
                if part
            ),
            word(ACCOUNT_STATUSES, row.status),
            STATUS_TONES.get(row.status, "neutral"),
            ended=row.status == "closed",
            edit_url=desk.url(f"accounts/{row.public_id}") if desk.may_edit else "",
        )
        for row in rows
    ]
    add = desk.url("accounts") if desk.may_edit else ""
    return Part("accounts", _("Accounts"), "wallet", entries, _("No account yet."), _("Open an account"), add)


def _household(desk: Desk) -> Part:
    members = api.members_of(desk.subject.files)
    own = str(desk.customer.public_id)
    entries = []
    for member in members:
        mine = member.public_id == own
        leave = Act(_("Leave"), "door-exit", desk.url("household/leave"))
        since = _("since %(day)s") % {"day": formats.day(member.since)}
        entries.append(
            Entry(
                "user-check" if mine else "user",
                word(HOUSEHOLD_ROLES, member.role),
                Masked("", "", f"{member.name} · {member.number}", ""),
                f"{member.household} · {since}",
                link="" if mine else f"/customers/{member.public_id}",
                acts=[leave] if mine and desk.may_edit else [],
            )
        )
    for link in api.links_of(desk.customer, desk.subject.files):
        values = {"other": link.public_id, "kind": link.kind}
        acts = [
            Act(_("Belongs to it"), "check", desk.url("household/accept"), values, "plain"),
            Act(_("Does not"), "x", desk.url("household/decline"), values),
        ]
        entries.append(
            Entry(
                "user-question",
                _("Proposed"),
                Masked("", "", f"{link.name} · {link.number}", ""),
                ", ".join(word(LINK_REASONS, why) for why in link.why),
                _("group") if link.kind == "group" else _("household"),
                "info",
                link=f"/customers/{link.public_id}",
                acts=acts if desk.may_edit else [],
            )
        )
    empty = _("Nobody lives at the same address or pays for the same account.")
    return Part("household", _("Household and group"), "home", entries, empty)


def _doubles(desk: Desk) -> Part:
    may = desk.subject.actor.may("customers.merge")
    entries = []
    for match in api.doubles_of(desk.customer, desk.subject.files):
        values = {"other": str(match.public_id), "kind": "double"}
        act = Act(_("Not the same"), "x", desk.url("household/decline"), values)
        entries.append(
            Entry(
                "user-search",
                match.branch,
                Masked("", "", f"{match.masked} · {match.number}", ""),
                ", ".join(word(REASONS, why) for why in match.why),
                _("possible double"),
                "warn",
                edit_url=desk.url(f"compare/{match.public_id}") if may else "",
                acts=[act] if desk.may_edit else [],
            )
        )
    rows = Merge.objects.filter(customer__in=desk.subject.files, undone_at=None).select_related("merged")
    for row in rows.order_by("-id")[:20]:
        gone = row.merged
        undo = Act(_("Undo the merge"), "arrow-back-up", desk.url(f"merges/{row.public_id}/undo"))
        entries.append(
            Entry(
                "arrows-exchange",
                _("Merged"),
                Masked("", "", f"{masks.name(gone.kind, gone.name)} · {gone.number}", ""),
                " · ".join(part for part in [formats.moment(row.at), row.by, row.reason] if part),
                acts=[undo] if may else [],
            )
        )
    empty = _("No other file looks like this customer's.")
    return Part("doubles", _("Doubles"), "users", entries, empty)


def _consents(desk: Desk) -> list[tuple[str, list[ConsentCell]]]:
    known = {(row.purpose, row.channel): row for row in Consent.objects.filter(customer=desk.customer)}
    return [
        (
            word(PURPOSES, purpose),
            [_consent(desk, purpose, channel, known.get((purpose, channel))) for channel in channels],
        )
        for purpose, channels in api.PURPOSES.items()
    ]


def _consent(desk: Desk, purpose: str, channel: str, row: Consent | None) -> ConsentCell:
    states = {
        True: (_("agrees"), "good"),
        False: (_("does not want it"), "bad"),
        None: (_("not asked"), "neutral"),
    }
    state, tone = states[row.granted if row else None]
    turned = "0" if row and row.granted else "1"
    act = Act(
        _("Give consent") if turned == "1" else _("Withdraw consent"),
        "check" if turned == "1" else "x",
        desk.url("consents"),
        {"purpose": purpose, "channel": channel, "granted": turned},
    )
    may = desk.subject.actor.may("tasks.work")
    label = word(CHANNELS, channel) if channel else _("In general")
    return ConsentCell(label, state, tone, formats.day(row.at) if row else "", act if may else None)


def _period(begin: date | None, end: date | None) -> str:
    told = [
        _("from %(day)s") % {"day": formats.day(begin)} if begin else "",
        _("to %(day)s") % {"day": formats.day(end)} if end else "",
    ]
    return " ".join(part for part in told if part)
