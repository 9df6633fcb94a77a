"""Subscriptions as a file in clear, and that file as an import: lines of customers who are there already."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.imports import api as imports
from loopline.kernel import numbers
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.scope import Scope
from loopline.subscriptions import bulk, changes
from loopline.subscriptions.models import LEFT, Service, State, Subscription
from loopline.subscriptions.rules import lifecycle

SOURCE = "file"
COLUMNS = (
    "key", "customer_number", "account_number", "service", "number", "plan", "plan_version", "state", "monthly_fee",
    "started_on", "contract_ends_on", "ended_on", "end_reason", "characteristics",
)  # fmt: skip
VALUES = (
    "source", "source_key", "public_id", "customer__number", "account__number", "service", "number", "offering__code",
    "offering__revision", "state", "monthly_fee", "started_on", "contract_ends_on", "ended_on", "end_reason",
    "characteristics",
)  # fmt: skip
"""What the cells are made of."""

DIALLED = (Service.MOBILE, Service.FIXED)
FEES = ("plan", "plan_version", "monthly_fee", "contract_ends_on")
CHANGEABLE = {*FEES, "number", "state", "ended_on", "end_reason"}


def cells_of(values: Sequence[Any]) -> list[str]:
    """The cells of a subscription's row from its VALUES. Its key stays the same in another operator."""
    source, source_key, public_id, *told, characteristics = values
    key = source_key if source == SOURCE and source_key else str(public_id)
    extra = json.dumps(characteristics, ensure_ascii=False, sort_keys=True) if characteristics else ""
    return [key, *map(imports.text_of, told), extra]


class SubscriptionFiles(imports.Files):
    """Makes lines by the thousand; changes those that are there as an order would."""

    columns, key = COLUMNS, "key"

    def __init__(self, order: imports.Order) -> None:
        super().__init__(order)
        rows = Offering.objects.order_by("is_sold", "revision").values_list("code", "revision", "pk")
        self._plans = {(code, str(revision)): key for code, revision, key in rows}
        self._plans |= {(code, ""): key for code, _revision, key in rows}

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Subscriptions by their keys: our own, or that of the operator whom they came from."""
        found = bulk.known_subscriptions(SOURCE, keys)
        ours = {key: uuid for key in keys if (uuid := _uuid(key)) is not None}
        rows = Subscription.objects.filter(public_id__in=list(ours.values())).exclude(source=SOURCE)
        by_uuid = dict(rows.values_list("public_id", "pk"))
        return {key: by_uuid[uuid] for key, uuid in ours.items() if uuid in by_uuid} | found

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = Subscription.objects.filter(pk__in=ids).values_list("pk", *VALUES)
        return {key: imports.said(dict(zip(COLUMNS, cells_of(values), strict=True))) for key, *values in rows}

    def make(self, row: imports.Told) -> int:
        """One line."""
        (made,) = self.make_all([row])
        if isinstance(made, Refusal):
            raise made
        return made

    def make_all(self, rows: Sequence[imports.Told]) -> list[int | Refusal]:
        """Lines of customers whom the actor sees, each paid by an account of theirs, no number in use twice."""
        people, paying = self._people(rows)
        in_use = self._in_use([number for row in rows for number in self._numbers(row)])
        found: list[dict[str, object] | Refusal] = []
        for row in rows:
            try:
                found.append(self._columns(row, people, paying, in_use))
            except Refusal as refusal:
                found.append(refusal)
        good = [columns for columns in found if not isinstance(columns, Refusal)]
        if not good:
            return [each for each in found if isinstance(each, Refusal)]
        written = bulk.write_subscriptions(
            {name: [columns[name] for columns in good] for name in good[0]},
            source=SOURCE,
            country=self.actor.country,
        )
        keys = iter(written.ids)
        return [each if isinstance(each, Refusal) else next(keys) for each in found]

    def alter(self, key: int, wanted: imports.Told, on_file: imports.Told) -> None:
        """Change number, plan, fee and state as an order does; what else stands on file stays."""
        if fixed := sorted(wanted.keys() - CHANGEABLE):
            raise Invalid(field=fixed[0], reason=_("This cannot be changed."))
        number = _stored({**on_file, **wanted}, self.actor.country)
        if number != _stored(on_file, self.actor.country):
            if self._in_use([number]):
                raise _number_in_use()
            changes.change_number(actor=self.actor, subscription=key, number=number)
        if wanted.keys() & set(FEES):
            told = {**on_file, **wanted}
            fee, ends = told.get("monthly_fee"), told.get("contract_ends_on")
            changes.change_plan(
                actor=self.actor,
                subscription=key,
                offering=self._plan(told) if "plan" in told else None,
                monthly_fee=Decimal(fee) if fee else None,
                contract_ends_on=date.fromisoformat(ends) if ends else None,
            )
        if "state" in wanted:
            self._step(key, wanted, on_file)
        elif ended := wanted.keys() & {"ended_on", "end_reason"}:
            raise Invalid(field=min(ended), reason=_("This changes together with the state only."))

    def _step(self, key: int, wanted: imports.Told, on_file: imports.Told) -> None:
        steps = (done for done, (_, to) in lifecycle.AFTER.items() if to == wanted["state"])
        for done in steps:
            if lifecycle.after(on_file["state"], done):
                on = date.fromisoformat(wanted["ended_on"]) if "ended_on" in wanted else self.order.as_of
                changes.change_state(
                    actor=self.actor, subscription=key, done=done, on=on, reason=wanted.get("end_reason", "")
                )
                return
        raise changes.NotInThisState(field="state", state=State(on_file["state"]).label)

    def _people(
        self, rows: Sequence[imports.Told]
    ) -> tuple[dict[str, tuple[int, int]], dict[tuple[int, str], int]]:
        """Customer number → (key, branch); (customer, account number, or blank for his first) → account."""
        told = {row.get("customer_number", "") for row in rows}
        found = customers.Customer.objects.filter(number__in=told, survivor=None)
        people = {
            number: (key, branch) for number, key, branch in found.values_list("number", "pk", "branch_id")
        }
        accounts = customers.Account.objects.filter(customer__in=[key for key, _ in people.values()])
        paying: dict[tuple[int, str], int] = {}
        for key, customer, number in accounts.order_by("id").values_list("pk", "customer_id", "number"):
            paying[customer, number] = key
            paying.setdefault((customer, ""), key)
        return people, paying

    def _numbers(self, row: Mapping[str, str]) -> list[str]:
        with suppress(Refusal):
            return [_stored(row, self.actor.country)]
        return []

    def _in_use(self, told: Sequence[str]) -> set[str]:
        """Those of the numbers that some line of the operator has now."""
        with imports.within(Scope(self.actor.tenant_id)):
            rows = Subscription.objects.filter(number__in=[number for number in told if number])
            gone = (State.TERMINATED, State.PORTED_OUT)
            return set(rows.exclude(state__in=gone).values_list("number", flat=True))

    def _columns(
        self,
        row: imports.Told,
        people: Mapping[str, tuple[int, int]],
        paying: Mapping[tuple[int, str], int],
        in_use: set[str],
    ) -> dict[str, object]:
        if row.get("customer_number", "") not in people:
            customers.by_number(self.actor, row.get("customer_number", ""))
        customer, branch = people[row["customer_number"]]
        account = paying.get((customer, row.get("account_number", "")))
        if account is None:
            raise Invalid(field="account_number", reason=_("The customer has no such account."))
        number, state = _stored(row, self.actor.country), row.get("state", State.ACTIVE.value)
        if number and state not in (State.TERMINATED, State.PORTED_OUT):
            if number in in_use:
                raise _number_in_use()
            in_use.add(number)
        return {
            "source_key": row.get("key", ""),
            "customer_id": customer,
            "branch_id": branch,
            "account_id": account,
            "offering_id": self._plan(row) if "plan" in row else None,
            "service": row.get("service", Service.MOBILE.value),
            "number": number,
            "state": state,
            "monthly_fee": Decimal(row["monthly_fee"]) if "monthly_fee" in row else None,
            "end_reason": row.get("end_reason", ""),
            "characteristics": _characteristics(row.get("characteristics", "")),
            "import_run_id": self.order.run,
            **_days(row, ended=state in LEFT),
        }

    def _plan(self, row: Mapping[str, str]) -> int:
        found = self._plans.get((row["plan"], row.get("plan_version", "")))
        if found is None:
            raise Invalid(field="plan", reason=_("There is no such offer in the catalogue."))
        return found


def _days(row: Mapping[str, str], *, ended: bool) -> dict[str, date | None]:
    days = {
        name: date.fromisoformat(row[name]) if name in row else None
        for name in ("started_on", "contract_ends_on", "ended_on")
    }
    start, end = days["started_on"], days["ended_on"]
    if ended != (end is not None):
        raise Invalid(
            field="ended_on", reason=_("A line that has ended has a day of its end, another one has none.")
        )
    if start and end and end < start:
        raise Invalid(field="ended_on", reason=_("The end lies before the beginning."))
    return days


def _stored(row: Mapping[str, str], country: str) -> str:
    """The number as it is kept: of what is dialled as E.164, of other lines the name. Raises Invalid."""
    text = row.get("number", "")
    if not text or row.get("service", Service.MOBILE) not in DIALLED:
        return text
    try:
        return numbers.e164(text, country)
    except numbers.NotANumber as refusal:
        raise Invalid(field="number", reason=refusal.message) from None


def _characteristics(text: str) -> str:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid(field="characteristics", reason=_('A JSON object such as {"speed": 300}.'))
    return json.dumps(found, ensure_ascii=False)


def _number_in_use() -> Invalid:
    return Invalid(field="number", reason=_("The number is in use by another line."))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
