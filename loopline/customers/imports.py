"""The import targets "customer files", of which each row is a customer by his number, "accounts" and "addresses".

What an export in clear has taken out comes in again: rows that say what is on file are duplicates in the ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api, exporting
from loopline.customers.belongings import AccountFiles, AddressFiles
from loopline.customers.models import Address, Customer
from loopline.customers.queries.matches import Known, find_matches, prints_of
from loopline.customers.rules import documents, matching
from loopline.customers.wording import (
    ACCOUNT_KINDS,
    ACCOUNT_STATUSES,
    KINDS,
    LIFE_CYCLES,
    PLACES,
    SEXES,
    TIERS,
    Words,
)
from loopline.identity import api as identity
from loopline.imports import api as imports
from loopline.kernel import numbers
from loopline.kernel.errors import Refusal

SOURCE = "customer_files"
_CHANGED = ("name", "sex", "birth_date", "tier", "life_cycle")


def fields(country: str) -> list[imports.Field]:
    """A customer number that is new, or missing, makes a customer; every other field is optional."""
    return [
        imports.Field("number", _("Customer number"), ["customer number", "number", "客户编号"]),
        imports.Field("name", _("Customer name"), ["name", "customer name", "客户名称", "姓名"], longest=200),
        imports.Field("kind", _("Kind"), ["kind", "客户类型"], kind="choice", choices=_words(KINDS)),
        imports.Field("sex", _("Sex"), ["sex", "gender", "性别"], kind="choice", choices=_words(SEXES)),
        imports.Field(
            "birth_date", _("Date of birth"), ["birth_date", "birth date", "出生日期"], kind="date"
        ),
        imports.Field("tier", _("Tier"), ["tier", "等级"], kind="choice", choices=_words(TIERS)),
        imports.Field(
            "life_cycle",
            _("Status"),
            ["life_cycle", "status", "状态"],
            kind="choice",
            choices=_words(LIFE_CYCLES),
        ),
        imports.Field(
            "telephone", _("Telephone"), ["telephone", "phone", "电话"], kind="phone", country=country
        ),
        imports.Field("email", _("E-mail"), ["email", "e-mail", "电子邮箱"]),
        imports.Field("region", _("Region"), ["region", "地区"], longest=200),
        imports.Field("street", _("Street and number"), ["street", "address", "地址"], longest=200),
        imports.Field("document_kind", _("Document"), ["document_kind", "证件类型"]),
        imports.Field("document", _("Document number"), ["document", "证件号码"], kind="document"),
        imports.Field("branch", _("Branch code"), ["branch", "branch code", "归属网点"]),
        imports.Field("joined_on", _("Customer since"), ["joined_on", "入网日期"], kind="date"),
    ]


class CustomerFiles:
    """Writes one import's rows; duplicates over the whole operator are refused where the policy refuses them."""

    def __init__(self, order: imports.Order) -> None:
        self._order = order
        self._units = dict(identity.Unit.objects.filter(is_active=True).values_list("code", "pk"))

    def create(self, rows: imports.Rows) -> imports.Written:
        """Make customers of new numbers; bring the others to what the rows say."""
        told = [text or "" for text in rows.field("number")]
        known = dict(Customer.objects.filter(number__in=[n for n in told if n]).values_list("number", "pk"))
        there = [place for place, number in enumerate(told) if number in known]
        fresh = [place for place, number in enumerate(told) if number not in known]
        ids: list[int | None] = [None] * len(rows)
        bad: list[imports.RejectedRow] = []
        for place, key in zip(fresh, self._made(rows, fresh, bad), strict=True):
            ids[place] = key
        found = self.update(rows.chosen(there), [known[told[place]] for place in there])
        for place, key in zip(there, found.ids, strict=True):
            ids[place] = key
        same = frozenset(there[at] for at in found.unchanged)
        changed = frozenset(place for place in there if ids[place] is not None) - same
        return imports.Written(ids, [*bad, *found.rejected], same, changed)

    def update(self, rows: imports.Rows, ids: Sequence[int]) -> imports.Written:
        """Bring customers to what the rows say. A blank cell takes nothing away; nobody changes branch."""
        on_file = exporting.clear_rows(list(ids))
        people = Customer.objects.select_for_update().in_bulk(list(ids))
        done: list[int | None] = []
        bad: list[imports.RejectedRow] = []
        same = set()
        for place, key in enumerate(ids):
            row = _row(rows, place)
            fault = self._fault(rows, place, row, home=people[key].branch_id)
            changes = {name: value for name, value in row.items() if value != on_file[key].get(name)}
            if not fault and changes:
                fault = self._changed(rows, place, people[key], changes)
            elif not fault:
                same.add(place)
            bad += [fault] if fault else []
            done.append(None if fault else key)
        return imports.Written(done, bad, frozenset(same))

    def _made(
        self, rows: imports.Rows, places: list[int], bad: list[imports.RejectedRow]
    ) -> list[int | None]:
        seen: dict[str, int] = {}
        good: list[int] = []
        told = [_row(rows, place) for place in places]
        for at, (place, row) in enumerate(zip(places, told, strict=True)):
            home = self._units.get(row.get("branch", ""), self._order.branch)
            fault = self._fault(rows, place, row, home=home) or self._double(rows, place, row, seen)
            if fault:
                bad.append(fault)
            else:
                good.append(at)
        made: list[int | None] = [None] * len(places)
        if good:
            written = api.write_customers(
                self._columns([told[at] for at in good], rows, [places[at] for at in good]),
                source=SOURCE,
                country=self._order.actor.country,
            )
            for at, key in zip(good, written.customer_ids, strict=True):
                made[at] = key
        return made

    def _columns(
        self, told: list[dict[str, str]], rows: imports.Rows, places: list[int]
    ) -> dict[str, list[object]]:
        plain = ("number", "name", "sex", "tier", "email", "region", "street", "document")
        texts: dict[str, list[object]] = {name: [row.get(name, "") for row in told] for name in plain}
        country = self._order.actor.country
        return texts | {
            "name": [row.get("name") or row.get("number") or "?" for row in told],
            "kind": [row.get("kind") or "person" for row in told],
            "life_cycle": [row.get("life_cycle") or "active" for row in told],
            "telephone": [
                numbers.e164(row["telephone"], country) if row.get("telephone") else "" for row in told
            ],
            "document_kind": [_kind(row) for row in told],
            "birth_date": [rows.field("birth_date")[place] for place in places],
            "joined_on": [rows.field("joined_on")[place] for place in places],
            "branch_id": [self._units.get(row.get("branch", ""), self._order.branch) for row in told],
        }

    def _fault(
        self, rows: imports.Rows, place: int, row: Mapping[str, str], *, home: int
    ) -> imports.RejectedRow | None:
        for name in ("name", "email", "street", "region"):
            if "*" in row.get(name, ""):
                return self._refuse(rows, place, name, row[name], "masked")
        branch = row.get("branch", "")
        if branch and branch not in self._units:
            return self._refuse(rows, place, "branch", branch, "unknown_branch")
        if self._order.allowed is not None and home not in self._order.allowed:
            return self._refuse(rows, place, "branch", branch, "branch_out_of_reach")
        return None

    def _double(
        self, rows: imports.Rows, place: int, row: Mapping[str, str], seen: dict[str, int]
    ) -> imports.RejectedRow | None:
        """A file that may be of the same customer, in the operator or further up in this file."""
        if api.policy().duplicates == matching.WARN:
            return None
        country = self._order.actor.country
        telephone = numbers.e164(row["telephone"], country) if row.get("telephone") else ""
        known = Known(
            row.get("name", ""),
            rows.field("birth_date")[place],
            [telephone] if telephone else [],
            [row["email"]] if row.get("email") else [],
            prints_of(row["document"]) if row.get("document") else [],
            [(row.get("region", ""), row["street"])] if row.get("street") else [],
        )
        for match in find_matches(known)[:1]:
            card = f"{match.masked} · {match.number}"
            return self._refuse(rows, place, "number", row.get("number", ""), "double_known", card=card)
        for mark in (telephone, row.get("document", "")):
            if mark and seen.setdefault(mark, place) != place:
                first = rows.numbers[seen[mark]]
                return self._refuse(rows, place, "number", row.get("number", ""), "double_twice", row=first)
        return None

    def _changed(
        self, rows: imports.Rows, place: int, customer: Customer, changes: dict[str, str]
    ) -> imports.RejectedRow | None:
        actor = self._order.actor
        wanted: dict[str, object] = {name: changes[name] for name in _CHANGED if name in changes}
        if "birth_date" in wanted:
            wanted["birth_date"] = date.fromisoformat(changes["birth_date"])
        try:
            if wanted:
                api.change_customer(actor=actor, customer=customer, version=customer.version, changes=wanted)
            for kind in ("telephone", "email"):
                if kind in changes:
                    medium = api.add_contact(actor=actor, customer=customer, kind=kind, value=changes[kind])
                    api.prefer_contact(actor=actor, customer=customer, contact=str(medium.public_id))
            if "document" in changes:
                api.add_document(
                    actor=actor, customer=customer, kind=_kind(changes), number=changes["document"]
                )
            if changes.keys() & {"region", "street"}:
                self._place(customer, changes)
        except Refusal as refusal:
            return self._refuse(rows, place, refusal.field or "number", "", "refused", why=refusal.message)
        return None

    def _place(self, customer: Customer, changes: Mapping[str, str]) -> None:
        actor, at = self._order.actor, Address.objects.filter(customer=customer).order_by("id").first()
        given = {name: changes[name] for name in ("region", "street") if name in changes}
        if at is not None:
            api.change_address(
                actor=actor, customer=customer, address=str(at.public_id), kind=at.kind, **given
            )
        elif "street" in given:
            api.add_address(
                actor=actor, customer=customer, street=given["street"], region=given.get("region", "")
            )

    def _refuse(
        self, rows: imports.Rows, place: int, name: str, value: str, code: str, **values: str | int
    ) -> imports.RejectedRow:
        column = self._order.columns.get(name, "")
        return imports.RejectedRow(rows.numbers[place], column, value, imports.Reason(code, values))


def _row(rows: imports.Rows, place: int) -> dict[str, str]:
    """What a row says, in the words of an export in clear; blank cells say nothing."""
    told = {}
    for name in exporting.CLEAR:
        value = rows.field(name)[place]
        if value is None or value == "":
            continue
        text = value.isoformat() if isinstance(value, date) else str(value)
        told[name] = exporting.outward(text) if name == "telephone" else _undone(text)
    return told


def _undone(text: str) -> str:
    """A text that was marked so that no spreadsheet takes it for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _kind(row: Mapping[str, str]) -> str:
    given = row.get("document_kind", "")
    if not row.get("document") or given in documents.KINDS:
        return given if row.get("document") else ""
    return "credit_code" if documents.is_credit_code(row["document"]) else "identity_card"


def _words(words: Words) -> dict[str, list[str]]:
    return {code: [code, str(label)] for code, label in words.items()}


imports.add_reasons(
    {
        "double_known": gettext_lazy("there may be a file of this customer already (%(card)s)"),
        "double_twice": gettext_lazy("row %(row)s may be of the same customer"),
    }
)


def account_fields(country: str) -> list[imports.Field]:
    """An account of a customer who is there already. A number that is new, or missing, opens one."""
    field = imports.Field
    return [
        field("number", _("Account number"), ["account number", "账户编号"], longest=40),
        field("customer_number", _("Customer number"), ["customer number", "客户编号"]),
        field("kind", _("Kind"), ["账户类型"], kind="choice", choices=_words(ACCOUNT_KINDS)),
        field("name", _("Account name"), ["账户名称"], longest=200),
        field("status", _("Account status"), ["账户状态"], kind="choice", choices=_words(ACCOUNT_STATUSES)),
        field("payment_method", _("Payment method"), ["付款方式", "缴费方式"], longest=200),
        field("bill_day", _("Bill day"), ["账单日", "出账日"], kind="integer"),
    ]


def address_fields(country: str) -> list[imports.Field]:
    """An address of a customer who is there already. A key that is new, or missing, adds one."""
    field = imports.Field
    return [
        field("key", _("Key of the address"), ["address key", "地址标识"], longest=40),
        field("customer_number", _("Customer number"), ["customer number", "客户编号"]),
        field("kind", _("Kind of address"), ["地址类型"], kind="choice", choices=_words(PLACES)),
        field("region", _("Region"), ["地区"], longest=200),
        field("street", _("Street and number"), ["address", "地址"], longest=200),
        field("postcode", _("Postcode"), ["邮编", "邮政编码"], longest=12),
    ]


imports.register(
    imports.Target(
        name=SOURCE,
        label=gettext_lazy("Customer files"),
        permission="customers.import",
        fields=fields,
        writer=CustomerFiles,
        identity=("number",),
    )
)
imports.register(
    imports.Target(
        name="accounts",
        label=gettext_lazy("Accounts"),
        permission="customers.edit",
        fields=account_fields,
        writer=AccountFiles,
        identity=("number",),
    )
)
imports.register(
    imports.Target(
        name="addresses",
        label=gettext_lazy("Addresses"),
        permission="customers.edit",
        fields=address_fields,
        writer=AddressFiles,
        identity=("key",),
    )
)
