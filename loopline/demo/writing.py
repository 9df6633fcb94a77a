"""The world's rows become rows of the product, through the doors of the modules that own them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from loopline.billing import api as billing
from loopline.catalogue import api as catalogue
from loopline.customers import api as customers
from loopline.demo.bills import Lines, by_line
from loopline.demo.columns import moments, renamed, yuan
from loopline.demo.facts import Facts, Table
from loopline.demo.keys import SOURCE, Keys
from loopline.demo.wording import CHANNELS, END_REASONS, KINDS, TIERS_FROM_FEN, TOPICS, summaries
from loopline.identity.api import Unit
from loopline.interactions import api as interactions
from loopline.subscriptions import api as subscriptions


@dataclass(frozen=True, slots=True)
class Places:
    """What the rows of one operator refer to: units and offerings by code, and the time zone."""

    units: dict[str, int]
    offerings: dict[str, int]
    zone: str

    @classmethod
    def of_door(cls, zone: str) -> "Places":
        """Of the operator of the open door."""
        return cls(
            dict(Unit.objects.values_list("code", "pk")),
            catalogue.keys_by_code(),
            zone,
        )


def write_arrivals(facts: Facts, places: Places) -> Keys:
    """Create new customers with their accounts and lines; `facts` holds rows of these customers alone."""
    people, accounts = facts["customers"], facts["accounts"]
    order = np.argsort(people["customer"])
    rows = _customers(facts, places)
    made = customers.write_customers(rows.take(pa.array(order)), source=SOURCE)
    branches = [places.units[code] for code in people["branch"][order].tolist()]
    methods = accounts["payment_method"][np.argsort(accounts["account"])].tolist()
    who = people["customer"][order].tolist()
    found = list(zip(who, made.customer_ids, made.account_ids, branches, methods, strict=True))
    return Keys.of(found, _write_lines(facts, Keys.of(found, []), places))


def write_life(facts: Facts, keys: Keys, lines: Lines, places: Places, *, new: bool = False) -> None:
    """Add usage, bills, payments and contacts of customers who are there. What is there already is left alone.

    Rows of a customer are written one after another, whole months of his on a page of the table: whoever looks at
    him reads few pages. `new`: nothing of theirs is there.
    """
    if len(facts["usage"]["subscription"]):
        usage = _ordered(facts["usage"], "subscription", "month")
        _write_usage(usage, keys, new=new)
        _write_bills(by_line(facts["bills"], usage, lines), keys, new=new)
    if len(facts["payments"]["payment"]):
        _write_payments(_ordered(facts["payments"], "account", "paid_on"), keys, new=new)
    if len(facts["interactions"]["interaction"]):
        _write_interactions(_ordered(facts["interactions"], "customer", "on"), keys, places, new=new)


def _ordered(table: Table, *columns: str) -> Table:
    order = np.lexsort([table[name] for name in reversed(columns)])
    return {name: values[order] for name, values in table.items()}


def write_lines(facts: Facts, keys: Keys, places: Places) -> None:
    """Create the lines of customers who are there already: new numbers."""
    _write_lines(facts, keys, places)


def interaction_keys(interaction: np.ndarray) -> np.ndarray:
    """The source keys of contacts."""
    return np.asarray(np.char.add(f"{SOURCE}-", interaction.astype("U")))


def end_states(line: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """State of a subscription that ended: of those who leave of their own will, two in five take their number along."""
    ported = (kind == "voluntary") & (line // 16 * 7919 % 5 < 2)
    return np.where(ported, "ported_out", "terminated")


def _customers(facts: Facts, places: Places) -> pa.Table:
    people, accounts = facts["customers"], facts["accounts"]
    if not np.array_equal(people["customer"], accounts["account"]):
        raise ValueError("customers and accounts are not in the same order")
    left = _left_on(facts, people["customer"])
    addresses = [address.partition("区") for address in people["address"].tolist()]
    columns = {
        "branch_id": np.array([places.units[code] for code in people["branch"].tolist()]),
        "source_key": people["customer"].astype("U"),
        "number": people["number"],
        "kind": people["kind"],
        "name": people["name"],
        "sex": people["sex"],
        "birth_date": people["birth_date"],
        "life_cycle": np.where(np.isnat(left), "active", "lost"),
        "tier": _tiers(facts["subscriptions"], people["customer"]),
        "joined_on": people["joined_on"],
        "left_on": left,
        "telephone": people["phone"],
        "email": people["email"],
        "region": np.array([place + mark for place, mark, _ in addresses]),
        "street": np.array([street for _, _, street in addresses]),
        "document_kind": people["document_kind"],
        "document": people["document"],
        "account_number": accounts["number"],
        "payment_method": accounts["payment_method"],
        "consent_call": people["consent_phone"],
        **{f"consent_{way}": people[f"consent_{way}"] for way in ("sms", "email", "wechat", "profiling")},
    }
    return pa.table({name: _array(values) for name, values in columns.items()})


def _left_on(facts: Facts, customer: np.ndarray) -> np.ndarray:
    """The day on which each customer left for good, NaT for those who stay."""
    ended = facts["terminations"]
    gone = ended["kind"] != "internal"
    days = dict(zip(ended["customer"][gone].tolist(), ended["on"][gone], strict=True))
    never = np.datetime64("NaT", "D")
    return np.array([days.get(key, never) for key in customer.tolist()], dtype="datetime64[D]")


def _tiers(lines: Table, customer: np.ndarray) -> np.ndarray:
    """Tier by what all lines cost a month."""
    first_number = lines["subscription"] % 4 == 0
    who = lines["customer"][first_number]
    low = int(customer.min())
    fee = np.bincount(
        who - low, weights=lines["fee_fen"][first_number], minlength=int(customer.max()) - low + 1
    )
    names = np.array(list(TIERS_FROM_FEN))
    return np.asarray(
        names[np.searchsorted(list(TIERS_FROM_FEN.values()), fee[customer - low], side="right") - 1]
    )


def _write_lines(facts: Facts, keys: Keys, places: Places) -> list[tuple[int, int]]:
    lines = facts["subscriptions"]
    order = np.argsort(lines["subscription"])
    key = lines["subscription"][order]
    ended = facts["terminations"]
    how = dict(zip(ended["subscription"].tolist(), ended["kind"].tolist(), strict=True))
    over = ~np.isnat(lines["terminated_on"][order])
    kind = np.array([how.get(each, "") for each in key.tolist()], dtype="U")
    columns = {
        **keys.paying(lines["customer"][order]),
        "source_key": key.astype("U"),
        "offering_id": np.array([places.offerings[code] for code in lines["plan"][order].tolist()]),
        "service": lines["service"][order],
        "number": lines["service_number"][order],
        "state": np.where(over, end_states(key, kind), "active"),
        "started_on": lines["started_on"][order],
        "contract_ends_on": lines["contract_ends_on"][order],
        "ended_on": lines["terminated_on"][order],
        "end_reason": np.where(over, renamed(kind, END_REASONS), ""),
    }
    table = pa.table({name: _array(values) for name, values in columns.items()})
    table = table.append_column("monthly_fee", yuan(lines["fee_fen"][order]))
    made = subscriptions.write_subscriptions(table, source=SOURCE)
    return list(zip(key.tolist(), made.ids, strict=True))


def _write_usage(usage: Table, keys: Keys, *, new: bool) -> None:
    columns = {
        **keys.hanging(usage["subscription"] // 16),
        "subscription_id": keys.lines(usage["subscription"]),
        "month": usage["month"],
        "minutes": usage["minutes_on_net"] + usage["minutes_off_net"],
        "minutes_competitor": usage["minutes_competitors"],
        "messages": usage["sms"],
        "data_mb": usage["data_mb"],
        "roaming_days": usage["roaming_days"],
        # Dropped calls of a mobile line, faults of a broadband line: no line has both.
        "faults": usage["dropped_calls"] + usage["faults"],
    }
    billing.write_usage(columns, new=new)


def _write_bills(bills: Table, keys: Keys, *, new: bool) -> None:
    columns = {
        **keys.paying(bills["subscription"] // 16),
        "subscription_id": keys.lines(bills["subscription"]),
        "month": bills["month"],
        "due_on": bills["due_on"],
        **{name: yuan(bills[name]) for name in ("monthly_fee", "usage_charge", "discount", "amount")},
    }
    billing.write_bills(columns, new=new)


def _write_payments(payments: Table, keys: Keys, *, new: bool) -> None:
    occasion = renamed(payments["occasion"], {"bill": "B", "top_up": "T", "settlement": "S"})
    columns = {
        **keys.paying(payments["account"]),
        "reference": np.char.add(occasion, payments["payment"].astype("U")),
        "paid_on": payments["paid_on"],
        "amount": yuan(payments["amount_fen"]),
        "method": keys.methods(payments["account"]),
    }
    billing.write_payments(columns, new=new)


def _write_interactions(contacts: Table, keys: Keys, places: Places, *, new: bool) -> None:
    columns = {
        **keys.hanging(contacts["customer"]),
        "kind": renamed(contacts["kind"], KINDS),
        "channel": renamed(contacts["channel"], CHANNELS),
        "at": moments(contacts["on"], contacts["interaction"], places.zone),
        "on": contacts["on"],
        "topic": renamed(contacts["topic"], TOPICS),
        "summary": summaries(contacts),
        "resolved_on": contacts["resolved_on"],
        "source_key": interaction_keys(contacts["interaction"]),
    }
    interactions.write_interactions(columns, new=new)


def _array(values: np.ndarray) -> pa.Array:
    return (
        pa.array(values.tolist(), pa.string())
        if values.dtype.kind == "U"
        else pa.array(values, from_pandas=True)
    )
