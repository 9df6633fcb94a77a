"""Opening a customer's file, compared with all files of the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from loopline.customers import matchkeys, queries
from loopline.customers.actions import inputs
from loopline.customers.actions.accounts import open_account
from loopline.customers.actions.contacts import add_address, add_contact, add_tokens
from loopline.customers.actions.personal import add_document
from loopline.customers.actions.stops import NotToBeServed
from loopline.customers.events import CustomerCreated, OpenedBeside
from loopline.customers.models import Customer, Kind, PersonKey
from loopline.customers.queries.matches import Known, Match, find_matches, prints_of
from loopline.customers.queries.policy import policy
from loopline.customers.rules import matching
from loopline.customers.rules.tokens import name_tokens, number_tokens
from loopline.customers.wording import word
from loopline.kernel import clock, scope, sealing, series
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor, require

TIERS = ("diamond", "gold", "silver", "standard")


class PossibleDuplicate(Refusal):
    """There are files that may be of this customer; `facts["candidates"]` holds them masked, with the reasons."""

    code = "possible_duplicate"
    status = 409
    sentence = _("There may be a file of this customer already: %(who)s.")

    def __init__(self, matches: Sequence[Match]) -> None:
        self.matches = list(matches)
        super().__init__(who="; ".join(map(told_match, matches)))

    @property
    def facts(self) -> dict[str, object]:
        """The candidates: nothing that names or reaches anybody."""
        return {"candidates": [shown_match(match) for match in self.matches]}


class SecondFileNeedsReason(Refusal):
    """Opening a second file beside another says why."""

    code = "reason_missing"
    sentence = _("Say in a few words why a second file is needed.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A new file, and the others that may be of the same customer."""

    customer: Customer
    matches: list[Match]


def told_match(match: Match) -> str:
    """A candidate in a line: C00000001 张** (North One): same document."""
    why = ", ".join(word(matching.REASONS, reason) for reason in match.why)
    return f"{match.number} {match.masked} ({match.branch}): {why}"


def shown_match(match: Match) -> dict[str, object]:
    """A candidate as plain values for a program."""
    return {
        "id": str(match.public_id),
        "number": match.number,
        "name": match.masked,
        "branch": match.branch,
        "reasons": match.why,
    }


def create_customer(*, actor: Actor, name: str, **given: object) -> Customer:
    """Open a customer's file with a key of his own and his first account; otherwise as `open_file`."""
    return open_file(actor=actor, name=name, **given).customer  # type: ignore[arg-type]


def open_file(
    *,
    actor: Actor,
    name: str,
    kind: str = Kind.PERSON,
    branch_id: int | None = None,
    sex: str = "",
    birth_date: date | None = None,
    tier: str = "",
    telephone: str = "",
    email: str = "",
    street: str = "",
    document_kind: str = "",
    document: str = "",
    sure: bool = False,
    reason: str = "",
) -> Opened:
    """Open a file, unless others anywhere in the operator may be of the same customer.

    Those are told by raising PossibleDuplicate, or beside the new file where the operator's policy only warns. Who
    holds `customers.duplicate` opens it all the same with `sure` and a `reason`, which is audited. Somebody who is
    not to be served gets no file at all (NotToBeServed). `branch_id` defaults to the branch of whoever acts.
    """
    require(actor, "customers.edit")
    inputs.choice("kind", kind, Kind.values)
    plain = inputs.text("name", name, required=True)
    number = inputs.medium("telephone", telephone, actor.country) if telephone.strip() else ""
    mail = inputs.medium("email", email, actor.country) if email.strip() else ""
    place = inputs.text("street", street)
    branch = queries.working_unit(actor, branch_id)
    matches = find_matches(
        Known(
            plain,
            birth_date,
            [number] if number else [],
            [mail] if mail else [],
            prints_of(document) if document.strip() else [],
            [("", place)] if place else [],
        )
    )
    told = _checked(actor, matches, reason, sure=sure)
    (running,) = series.take("customer", prefix="C")
    customer = Customer.objects.create(
        branch=branch,
        number=f"C{running:08d}",
        kind=kind,
        name=plain,
        sex=sex,
        birth_date=birth_date,
        born_key=matchkeys.born_key(actor.tenant_id, plain, birth_date),
        tier=inputs.choice("tier", tier, ["", *TIERS]),
        joined_on=clock.today(actor.zone),
    )
    customer.__dict__["opened_behind"] = scope.door()
    PersonKey.objects.create(customer=customer, branch=branch, wrapped=sealing.new_wrapped_key())
    record(CustomerCreated(number=customer.number, kind=kind), about=customer, by=actor)
    add_tokens(customer, name_tokens(plain) | number_tokens(customer.number, actor.country))
    open_account(actor=actor, customer=customer)
    for medium, value in (("telephone", number), ("email", mail)):
        if value:
            add_contact(actor=actor, customer=customer, kind=medium, value=value)
    if place:
        add_address(actor=actor, customer=customer, street=place)
    if document.strip():
        add_document(actor=actor, customer=customer, kind=document_kind, number=document)
    if matches:
        _tell_beside(actor, customer, matches, told)
    return Opened(customer, matches)


def _checked(actor: Actor, matches: list[Match], reason: str, *, sure: bool) -> str:
    """The reason for a second file, where one is needed."""
    if any(match.stopped and matching.DOCUMENT in match.why for match in matches):
        raise NotToBeServed
    if not matches or policy().duplicates == matching.WARN:
        return inputs.text("reason", reason)
    if not sure:
        raise PossibleDuplicate(matches)
    require(actor, "customers.duplicate")
    told = inputs.text("reason", reason)
    if len(told) < 2:
        raise SecondFileNeedsReason(field="reason")
    return told


def _tell_beside(actor: Actor, customer: Customer, matches: list[Match], reason: str) -> None:
    others = {match.number: match.why for match in matches}
    record(OpenedBeside(others=others, reason=reason), about=customer, by=actor)
    AccessRecord.objects.create(
        kind="second_file",
        staff_id=actor.staff_id,
        staff_name=actor.name,
        customer_id=customer.pk,
        reason=reason[:200],
    )
