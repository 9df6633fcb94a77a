"""What is done on the pages of groups: each is one post, and the page is shown again."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loopline.customers import api as customers
from loopline.documents import api as documents
from loopline.kernel import clock, numbers
from loopline.kernel.errors import Invalid, NotFound
from loopline.kernel.pages import Request
from loopline.kernel.permission import Actor, require
from loopline.keyaccounts import api
from loopline.keyaccounts.models import Group, GroupContract, GroupProduct, KeyPerson, Member
from loopline.keyaccounts.pages import parts
from loopline.keyaccounts.queries import groups as queries


def _page(group: Group) -> str:
    return reverse("keyaccounts:group", kwargs={"public_id": group.public_id})


def act_make_group(request: Request) -> tuple[str, str]:
    """Make a group of an organisation."""
    actor, given = request.actor, request.POST
    customer = customers.by_public_id(actor, parts.key_of(given.get("customer", "")))
    made = api.make_group(
        actor=actor, customer=customer, grade=given.get("grade", ""), industry=given.get("industry", ""),
        staff_count=_staff_count(request), parent=_parent(actor, given.get("parent", "")),
    )  # fmt: skip
    return _("%(number)s is a group customer now") % {"number": made.number}, _page(made)


def act_change_group(request: Request, public_id: UUID) -> tuple[str, str]:
    """Change a group or its head."""
    actor, given = request.actor, request.POST
    group = api.change_group(
        actor=actor, group=queries.get_group(actor, public_id), grade=given.get("grade", ""),
        industry=given.get("industry", ""), staff_count=_staff_count(request),
        parent=_parent(actor, given.get("parent", "")), version=parts.number_of(given, "version"),
    )  # fmt: skip
    return _("Changed"), _page(group)


def _parent(actor: Actor, key: str) -> Group | None:
    return queries.get_group(actor, parts.key_of(key)) if key else None


def _staff_count(request: Request) -> int | None:
    return (
        parts.number_of(request.POST, "staff_count") if request.POST.get("staff_count", "").strip() else None
    )


def act_add_members(request: Request, public_id: UUID) -> tuple[str, str]:
    """Customers by their numbers, or by their telephone numbers, become members."""
    actor, given = request.actor, request.POST
    group = queries.get_group(actor, public_id)
    words = given.get("members", "").replace(",", " ").replace("，", " ").split()[:200]
    chosen = [_customer(actor, word) for word in words]
    if not chosen:
        raise Invalid(field="members", reason=_("Give customer or telephone numbers."))
    made = api.add_members(
        actor=actor,
        group=group,
        chosen=chosen,
        since=parts.needed_day(given, "since"),
        role=given.get("role", ""),
    )
    return _("%(count)s members have joined") % {"count": len(made)}, _page(group)


def _customer(actor: Actor, word: str) -> customers.Customer:
    found = customers.Customer.objects.filter(number=word.upper(), survivor=None).first()
    if found is None:
        try:
            keys = customers.search(actor, numbers.e164(word, actor.country)).ids[:2]
        except numbers.NotANumber:
            keys = []
        found = customers.Customer.objects.filter(pk=keys[0]).first() if len(keys) == 1 else None
    if found is None:
        raise Invalid(field="members", reason=_("There is no customer %(number)s.") % {"number": word})
    return found


def act_end_member(request: Request, public_id: UUID) -> tuple[str, str]:
    """A member leaves today."""
    member = Member.objects.select_related("group").filter(public_id=public_id).first()
    if member is None:
        raise NotFound
    api.end_membership(actor=request.actor, member=member, on=clock.today(request.actor.zone))
    return _("The member has left"), _page(member.group)


def act_add_person(request: Request, public_id: UUID) -> tuple[str, str]:
    """Add a key person."""
    actor, given = request.actor, request.POST
    group = queries.get_group(actor, public_id)
    named = {name: given.get(name, "") for name in ("name", "role", "position", "telephone", "note")}
    person = api.Person(birth_date=parts.day_of(given, "birth_date", required=False), **named)
    api.set_key_person(actor=actor, group=group, person=person)
    return _("The key person is noted"), _page(group)


def act_end_person(request: Request, public_id: UUID) -> tuple[str, str]:
    """Somebody is a key person no longer."""
    person = _person(request.actor, public_id)
    api.end_key_person(actor=request.actor, person=person, on=clock.today(request.actor.zone))
    return _("No key person any more"), _page(person.group)


def _person(actor: Actor, public_id: UUID) -> KeyPerson:
    require(actor, "keyaccounts.view")
    found = KeyPerson.objects.select_related("group").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


@require_POST
def reveal_person(request: Request, public_id: UUID, field: str) -> HttpResponse:
    """The clear value as text; the look is in the audit."""
    person = _person(request.actor, public_id)
    address = request.META.get("REMOTE_ADDR", "")
    value = api.reveal_key_person(actor=request.actor, person=person, field=field, address=address)
    shown = numbers.national(value, request.actor.country) if field == "telephone" else value
    return HttpResponse(shown, content_type="text/plain; charset=utf-8")


def act_sign_contract(request: Request, public_id: UUID) -> tuple[str, str]:
    """Sign a contract, with its file."""
    actor, given = request.actor, request.POST
    group = queries.get_group(actor, public_id)
    renews = None
    if given.get("renews"):
        renews = GroupContract.objects.filter(public_id=parts.key_of(given["renews"]), group=group).first()
    made = api.sign_contract(
        actor=actor, group=group, name=given.get("name", ""), number=given.get("number", ""), renews=renews,
        starts_on=parts.needed_day(given, "starts_on"), ends_on=parts.needed_day(given, "ends_on"),
        value=parts.amount_of(given, "value"), notice_days=parts.number_of(given, "notice_days", 60),
    )  # fmt: skip
    _attach(request, made)
    return _("Contract %(number)s is kept") % {"number": made.number}, _page(group)


def act_attach(request: Request, public_id: UUID) -> tuple[str, str]:
    """Hang a file on a contract."""
    contract = _contract(request.actor, public_id)
    if not _attach(request, contract):
        raise Invalid(field="file", reason=_("Choose a file."))
    return _("File added"), _page(contract.group)


def _attach(request: Request, contract: GroupContract) -> bool:
    file = request.FILES.get("file")
    if file is None:
        return False
    if file.size is None or file.size > documents.LARGEST:
        raise documents.TooLarge(field="file", most=documents.LARGEST // 2**20)
    api.attach_file(actor=request.actor, contract=contract, name=file.name or "", content=file.read())
    return True


def act_end_contract(request: Request, public_id: UUID) -> tuple[str, str]:
    """A contract ends today, before its day."""
    actor, contract = request.actor, _contract(request.actor, public_id)
    reason = request.POST.get("reason", "")
    api.terminate_contract(actor=actor, contract=contract, on=clock.today(actor.zone), reason=reason)
    return _("The contract has ended"), _page(contract.group)


def _contract(actor: Actor, public_id: UUID) -> GroupContract:
    require(actor, "keyaccounts.view")
    found = GroupContract.objects.select_related("group").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def act_add_product(request: Request, public_id: UUID) -> tuple[str, str]:
    """The group has bought something."""
    actor, given = request.actor, request.POST
    group = queries.get_group(actor, public_id)
    contract = None
    if given.get("contract"):
        contract = GroupContract.objects.filter(
            public_id=parts.key_of(given["contract"]), group=group
        ).first()
    api.add_product(
        actor=actor, group=group, name=given.get("name", ""), quantity=parts.number_of(given, "quantity"),
        monthly_fee=parts.amount_of(given, "monthly_fee"), since=parts.needed_day(given, "since"), contract=contract,
    )  # fmt: skip
    return _("The product is noted"), _page(group)


def act_end_product(request: Request, public_id: UUID) -> tuple[str, str]:
    """The group gives something up."""
    product = GroupProduct.objects.select_related("group").filter(public_id=public_id).first()
    if product is None:
        raise NotFound
    api.end_product(actor=request.actor, product=product, on=clock.today(request.actor.zone))
    return _("The product is given up"), _page(product.group)
