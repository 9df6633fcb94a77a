"""The form of an order is signed, on screen or on paper, and archived for good."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.documents import api as documents
from loopline.kernel import formats
from loopline.kernel.errors import Conflict, Invalid, NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.orders import paper, wording
from loopline.orders.events import FormSigned
from loopline.orders.models import AcceptanceForm, Channel, Order, OrderItem
from loopline.orders.rules import signatures
from loopline.orders.rules.activation import ActivationCode

SCANS = ("application/pdf", "image/png", "image/jpeg")


class AlreadySigned(Conflict):
    """A form is signed once."""

    code = "already_signed"
    sentence = gettext_lazy("The form of order %(number)s is signed already.")


@dataclass(frozen=True, slots=True)
class _Signed:
    """What is archived: how it was signed, under which name, its bytes and the moment."""

    how: str
    name: str
    content: bytes
    at: datetime


def form_of(actor: Actor, order: Order, code: tuple[UUID, ActivationCode] | None = None) -> paper.Paper:
    """What stands on the form of an order, not signed yet; items with what belongs to them are prefetched.

    `code` is the activation code of one of its items, which was asked for on purpose.
    """
    who: list[tuple[str, str]] = []
    if order.customer is not None:
        known = customers.documents_of(customers.together(order.customer))
        papers = known.get(order.customer.pk) or [paper for each in known.values() for paper in each]
        who = [
            (_("Customer"), f"{wording.who(order)} · {order.customer.number}"),
            (_("Document"), papers[0].masked if papers else "–"),
        ]
    return paper.Paper(
        operator=actor.operator,
        title=_("Acceptance form"),
        number=order.number,
        facts=[
            (_("Order"), order.number),
            (_("Accepted on"), formats.moment(order.created_at)),
            *who,
            (_("Branch"), formats.named(order.branch)),
            (_("Accepted by"), f"{order.staff_name} · {Channel(order.channel).label}"),
        ],
        items=[
            _item(actor, item, code[1] if code and code[0] == item.public_id else None)
            for item in order.items.all()
        ],
        item_head=_("What is asked for"),
        totals=[
            (_("Due now"), formats.money(order.due_now)),
            (_("Each month"), formats.money(order.monthly)),
        ],
        agreement_head=_("Agreement"),
        agreement=order.agreement.splitlines(),
        signature_label=_("Signature of the customer"),
        signed="",
        date_label=_("Date:"),
        page_label=_("Page {page}"),
    )


def sign_on_screen(*, actor: Actor, order: UUID, drawing: str, now: datetime) -> AcceptanceForm:
    """Archive the form with the signature that was drawn. Raises Invalid, AlreadySigned."""
    row = _unsigned(actor, order)
    picture = signatures.picture(drawing)
    if picture is None:
        raise Invalid(field="signature", reason=_("Please let the customer sign in the box."))
    moment = formats.moment(now)
    signed = replace(
        form_of(actor, row),
        signature=picture,
        signed=_("Signed on screen, %(moment)s, before %(who)s") % {"moment": moment, "who": actor.name},
        date_label=_("Date:") + " " + moment,
    )
    content = paper.make(signed)
    return _archive(actor, row, _Signed("screen", f"{row.number}.pdf", content, now))


def file_scan(*, actor: Actor, order: UUID, name: str, content: bytes, now: datetime) -> AcceptanceForm:
    """Archive the scan of a form that was signed on paper: PDF, PNG or JPEG. Raises Invalid, AlreadySigned."""
    row = _unsigned(actor, order)
    return _archive(actor, row, _Signed("paper", name, content, now))


def _unsigned(actor: Actor, order: UUID) -> Order:
    require(actor, "orders.accept")
    rows = Order.objects.select_for_update(of=("self",)).select_related("customer", "branch")
    row = (
        rows.prefetch_related("items__offering", "items__subscription", "items__profile")
        .filter(public_id=order)
        .first()
    )
    if row is None:
        raise NotFound
    if AcceptanceForm.objects.filter(order=row).exists():
        raise AlreadySigned(number=row.number)
    return row


def _archive(actor: Actor, row: Order, signed: _Signed) -> AcceptanceForm:
    kept = documents.keep_document(
        actor=actor,
        about=row,
        name=signed.name,
        content=signed.content,
        branch=row.branch_id,
        customer=row.customer_id,
    )
    if kept.media_type not in SCANS:
        raise documents.TypeNotTaken(field="file")
    made = AcceptanceForm.objects.create(
        order=row,
        customer_id=row.customer_id,
        branch_id=row.branch_id,
        how=signed.how,
        document=kept,
        sha256=kept.sha256,
        by_id=actor.staff_id,
        by_name=actor.name,
        signed_at=signed.at,
    )
    record(FormSigned(how=signed.how, sha256=kept.sha256), about=row, by=actor)
    return made


def _item(actor: Actor, item: OrderItem, code: ActivationCode | None) -> paper.PaperItem:
    lines = [wording.price_line(line) for line in item.prices]
    profile = wording.profile_of(item)
    kind = "eSIM" if item.detail.get("sim") == "esim" else "SIM"
    notes = [wording.masked(item.number, actor), f"{kind} …{item.iccid[-6:]}" if item.iccid else ""]
    if profile is not None and profile.shown_at is not None:
        notes.append(_("activation code given out %(moment)s") % {"moment": formats.moment(profile.shown_at)})
    return paper.PaperItem(
        title=wording.what(item),
        note=" · ".join(note for note in notes if note),
        lines=[(line.text, line.note, line.amount) for line in lines],
        code=paper.PaperCode(code.text, wording.activation(code)) if code else None,
    )
