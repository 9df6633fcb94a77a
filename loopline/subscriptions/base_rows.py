"""Rows of a customer base into customers, accounts and subscriptions."""

import json
from calendar import monthrange
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg import sql

from loopline.catalogue.api import Offering
from loopline.customers import api as customers
from loopline.imports.api import Order, Rows, Written
from loopline.kernel import copying
from loopline.kernel.period import add_months
from loopline.kernel.scope import Aside, at_once, beside
from loopline.subscriptions.base_checks import GONE, Checks, units_by_name
from loopline.subscriptions.base_fields import SERVICES
from loopline.subscriptions.characteristics import register_characteristics
from loopline.subscriptions.models import State, Subscription

SOURCE = "import"
CHURNED = "churned"
"""The end reason of a subscription whose file only says that its user has left."""

_CHANGED = (
    "offering_id", "service", "number", "state", "started_on", "contract_ends_on", "ended_on", "end_reason",
    "monthly_fee", "import_run_id", "characteristics",
)  # fmt: skip


class CustomerBase:
    """Writes one import's rows. Told apart by subscriber number, else customer number, else the whole row.

    Several subscriptions of one customer number hang on one customer and account. A blank cell never takes away what
    is there, and an import never moves a customer to another branch.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._units = units_by_name()
        self._plans = _plans()
        self._services = {word.casefold(): service for service, words in SERVICES.items() for word in words}
        if order.again:
            customers.drop_unmade_tokens()
        kept = {order.columns["churned"]: "boolean"} if "churned" in order.columns else {}
        register_characteristics({**order.types, **kept})

    def create(self, rows: Rows) -> Written:
        """Make customers that are not there yet, and a subscription for each row."""
        checks = Checks(rows, self._order)
        checks.plain_values()
        branches = checks.branches(self._units)
        people = [
            str(key) if key else own for key, own in zip(rows.field("customer_key"), rows.keys, strict=True)
        ]
        known = customers.known_customers(SOURCE, list(dict.fromkeys(people)))
        self._check_known(checks, branches, people, known)
        checks.telephones([state not in GONE for state, _ in self._ends(rows)], [None] * len(rows))
        checks.documents([known[key][0] if key in known else key for key in people])
        ids: list[int | None] = [None] * len(rows)
        good = checks.good
        if good:
            taken = rows.chosen(good)
            taken_people, taken_branches = [people[at] for at in good], [branches[at] for at in good]
            with nullcontext(at_once) if self._order.trial else beside() as aside:
                made = self._write(taken, taken_people, taken_branches, known, aside)
            for place, key in zip(good, made, strict=True):
                ids[place] = key
        return Written(ids, list(checks.bad.values()))

    def update(self, rows: Rows, ids: Sequence[int]) -> Written:
        """Bring subscriptions and their customers to what the rows say."""
        there = {
            row.pk: row for row in Subscription.objects.select_for_update(of=("self",)).filter(pk__in=ids)
        }
        before = [there[key] for key in ids]
        checks = Checks(rows, self._order)
        checks.plain_values()
        checks.branches(self._units)
        for place, row in enumerate(before):
            if not checks.may_write(row.branch_id):
                checks.refuse(place, "customer_key", rows.keys[place], "elsewhere")
        checks.telephones([state not in GONE for state, _ in self._ends(rows)], ids)
        checks.documents([row.customer_id for row in before])
        good = checks.good
        if good:
            self._amend(rows.chosen(good), [before[place] for place in good])
        accepted = set(good)
        return Written(
            [key if place in accepted else None for place, key in enumerate(ids)], list(checks.bad.values())
        )

    def _check_known(
        self, checks: Checks, branches: list[int], people: list[str], known: dict[str, tuple[int, int]]
    ) -> None:
        """A customer who is there keeps his branch, and is touched only by those who may write to it."""
        home = customers.branches_of([customer for customer, _ in known.values()])
        for place, key in enumerate(people):
            if key in known:
                branches[place] = home[known[key][0]]
                if not checks.may_write(branches[place]):
                    checks.refuse(place, "customer_key", key, "elsewhere")

    def _write(
        self,
        rows: Rows,
        people: list[str],
        branches: list[int],
        known: dict[str, tuple[int, int]],
        aside: Aside,
    ) -> list[int]:
        ends, starts = self._ends(rows), self._starts(rows)
        first = list({key: place for place, key in reversed(list(enumerate(people)))}.values())[::-1]
        staying = {key for key, (state, _) in zip(people, ends, strict=True) if state == State.ACTIVE}
        new = rows.chosen(first)
        left = [people[place] not in staying for place in first]
        documents = [text or "" for text in new.field("document")]
        made = customers.write_customers(
            {
                "branch_id": [branches[place] for place in first],
                "source_key": [people[place] for place in first],
                "name": [self._name(new, place) for place in range(len(new))],
                "kind": ["organisation" if _kind(text) == "credit_code" else "person" for text in documents],
                "sex": [sex or "" for sex in new.field("sex")],
                "birth_date": new.field("birth_date"),
                "joined_on": [starts[place] for place in first],
                "life_cycle": ["lost" if gone else "active" for gone in left],
                "left_on": [
                    ends[place][1] if gone else None for place, gone in zip(first, left, strict=True)
                ],
                "telephone": [text or "" for text in new.field("telephone")],
                "email": [text or "" for text in new.field("email")],
                "street": [text or "" for text in new.field("street")],
                "document": documents,
                "document_kind": [_kind(text) for text in documents],
                "payment_method": [text or "" for text in new.field("payment_method")],
            },
            source=SOURCE,
            country=self._order.actor.country,
            known=known,
            aside=aside,
        )
        pairs = zip(made.customer_ids, made.account_ids, strict=True)
        owners = dict(zip((people[place] for place in first), pairs, strict=True))
        plans = [self._plans.get(_folded(text)) for text in rows.field("plan")]
        ids = copying.reserve_ids(Subscription, len(rows))
        copying.copy_columns(
            Subscription,
            {
                "id": ids,
                "source": [SOURCE] * len(rows),
                "customer_id": [owners[key][0] for key in people],
                "account_id": [owners[key][1] for key in people],
                "branch_id": branches,
                "source_key": rows.keys,
                "offering_id": plans,
                "service": [self._services.get(_folded(text), "mobile") for text in rows.field("service")],
                "number": [text or "" for text in rows.field("telephone")],
                "state": [str(state) for state, _ in ends],
                "started_on": starts,
                "contract_ends_on": rows.field("contract_ends_on"),
                "ended_on": [ended for _, ended in ends],
                "end_reason": [CHURNED if state == State.TERMINATED else "" for state, _ in ends],
                "monthly_fee": rows.field("monthly_fee"),
                "import_run_id": [self._order.run] * len(rows),
                "characteristics": self._characteristics(rows),
            },
        )
        written = {place for place, created in zip(first, made.created, strict=True) if created}
        self._find_by_number(rows, people, branches, owners, written)
        return ids

    def _find_by_number(
        self,
        rows: Rows,
        people: list[str],
        branches: list[int],
        owners: dict[str, tuple[int, int]],
        written: set[int],
    ) -> None:
        """Customers are found by the numbers of their further subscriptions too; the first came with them."""
        told = enumerate(zip(rows.field("telephone"), people, branches, strict=True))
        more = [
            (number, owners[key][0], at)
            for place, (number, key, at) in told
            if number and place not in written
        ]
        if more:
            customers.write_number_tokens(more, self._order.actor.country)

    def _amend(self, rows: Rows, before: list[Subscription]) -> None:
        ends, starts, extras = self._ends(rows), self._starts(rows), self._characteristics(rows)
        told = zip(
            before, ends, starts, extras,
            rows.field("plan"), rows.field("service"), rows.field("telephone"),
            rows.field("contract_ends_on"), rows.field("monthly_fee"), rows.field("churned"),
            strict=True,
        )  # fmt: skip
        changes = []
        for old, (state, ended), start, extra, plan, service, number, contract, fee, churned in told:
            stays = ended is None and (churned is None or (churned is False and old.end_reason != CHURNED))
            gone = old.ended_on or ended if state == State.TERMINATED else None
            changes.append(
                (
                    old.pk,
                    self._plans.get(_folded(plan)) or old.offering_id,
                    self._services.get(_folded(service)) or old.service,
                    number or old.number,
                    old.state if stays else str(state),
                    start or old.started_on,
                    contract or old.contract_ends_on,
                    old.ended_on if stays else gone,
                    old.end_reason if stays else (CHURNED if state == State.TERMINATED else ""),
                    old.monthly_fee if fee is None else fee,
                    self._order.run,
                    extra,
                )
            )
        with copying.staged(Subscription, ["id", *_CHANGED], changes) as stage, connection.cursor() as cursor:
            cursor.execute(_update(stage))
        customers.amend_customers(self._amendments(rows, before), country=self._order.actor.country)
        methods = zip(before, rows.field("payment_method"), strict=True)
        customers.amend_accounts({old.account_id: method for old, method in methods if method})

    def _amendments(self, rows: Rows, before: list[Subscription]) -> dict[int, customers.Amendment]:
        """What becomes of the customers; of two rows of one customer the later one holds."""
        names = ("name", "sex", "birth_date", "telephone", "document", "churned")
        told = zip(before, *(rows.field(name) for name in names), strict=True)
        return {
            old.customer_id: customers.Amendment(
                name=name,
                sex=sex,
                birth_date=birth,
                telephone=number or "",
                replaces=old.number,
                document=document or "",
                document_kind=_kind(document or ""),
                life_cycle=None if churned is None else "lost" if churned else "active",
                left_on=self._order.as_of if churned else None,
            )
            for old, name, sex, birth, number, document, churned in told
        }

    def _name(self, rows: Rows, place: int) -> str:
        """A file without names has its keys for names; a row without either, its number in the file."""
        name = rows.field("name")[place] or rows.field("customer_key")[place]
        if name:
            return str(name)
        return rows.keys[place] if not rows.keys[place].startswith("#") else f"#{rows.numbers[place]}"

    def _ends(self, rows: Rows) -> list[tuple[State, date | None]]:
        """State and end of each row: left where the file says so or names a day that has come."""
        as_of = self._order.as_of
        told = zip(rows.field("churned"), rows.field("ended_on"), strict=True)
        return [
            (State.TERMINATED, ended or as_of)
            if churned or (churned is None and ended and ended <= as_of)
            else (State.ACTIVE, None)
            for churned, ended in told
        ]

    def _starts(self, rows: Rows) -> list[date | None]:
        """The start of service: as told, else the file's day less the months in service."""
        told = zip(rows.field("started_on"), rows.field("tenure"), strict=True)
        return [
            start or (None if months is None else months_before(self._order.as_of, months))
            for start, months in told
        ]

    def _characteristics(self, rows: Rows) -> list[str]:
        """Each row's added fields as JSON: what has no field, the label of leaving, and plans that we do not have."""
        columns: dict[str, Sequence[Any]] = dict(rows.characteristics)
        labels = self._order.columns
        if "churned" in rows.fields:
            columns[labels["churned"]] = rows.fields["churned"]
        for field, known in (("plan", self._plans), ("service", self._services)):
            if field in rows.fields:
                columns[labels[field]] = [
                    text if text and _folded(text) not in known else None for text in rows.fields[field]
                ]
        names = list(columns)
        blank = {labels[field] for field in ("plan", "service") if field in rows.fields}
        told = zip(*columns.values(), strict=True) if columns else [()] * len(rows)
        return [
            _as_json(
                {
                    name: value
                    for name, value in zip(names, values, strict=True)
                    if value is not None or name not in blank
                }
            )
            for values in told
        ]


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day: 31 March less 1 is 28 February."""
    month = add_months(day.replace(day=1), -months)
    return month.replace(day=min(day.day, monthrange(month.year, month.month)[1]))


def _plans() -> dict[str, int]:
    """Offering by code and by either name, in small letters; of several versions the one on sale, else the newest."""
    found: dict[str, int] = {}
    rows = Offering.objects.order_by("is_sold", "revision")
    for key, code, name, english in rows.values_list("pk", "code", "name", "name_en"):
        found |= {_folded(word): key for word in (english, name, code) if word}
    return found


def _kind(document: str) -> str:
    if not document:
        return ""
    if document[:17].isdigit() and len(document) in (15, 18):
        return "identity_card"
    return "credit_code" if len(document) == 18 else "other"


def _folded(text: object) -> str:
    return str(text or "").strip().casefold()


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


_as_json = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


def _update(stage: sql.Identifier) -> sql.Composed:
    kept = [name for name in _CHANGED if name != "characteristics"]
    sets = [sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in kept]
    return sql.SQL(
        "UPDATE subscriptions_subscription t SET {}, characteristics = t.characteristics || s.characteristics, "
        "version = t.version + 1 FROM {} s WHERE t.id = s.id"
    ).format(sql.SQL(", ").join(sets), stage)
