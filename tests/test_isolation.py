"""The permission property: for every model, whoever asks gets his own tenant and branches and nothing else.

A full row of every model is made in two branches of one operator and in another operator, from the models'
own field lists, so a model added tomorrow is tested tomorrow.
"""

import itertools
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopline.kernel import rowsecurity
from loopline.kernel.scope import Scope, enter
from loopline.testing import Operator, found_operator

SINGLE = {"identity.tenant"}
PERSONAL = {"messaging.message", "desk.appointment", "olap.savedview"}
_fresh = itertools.count(1)
_OURS = uuid4().hex[:6]
"""Begins the texts of this run: rows of earlier runs are in a kept database."""


def _value(field: models.Field) -> Any:
    number = next(_fresh)
    if isinstance(field, models.UUIDField):
        return None
    if isinstance(field, models.BinaryField):
        return os.urandom(16)
    if isinstance(field, models.DateTimeField):
        return datetime(2026, 5, 1, tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date(2026, 5, 1) + timedelta(days=number)
    if isinstance(field, models.DecimalField):
        return Decimal(0)
    if isinstance(field, models.JSONField):
        return field.get_default()
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.FloatField):
        return 0.5
    if isinstance(field, models.IntegerField):
        return number if _is_told_apart_by(field) else 0
    return (field.choices[0][0] if field.choices else f"x{_OURS}{number}") if not field.null else None


def _is_told_apart_by(field: models.Field) -> bool:
    rules = field.model._meta.constraints
    return any(isinstance(rule, models.UniqueConstraint) and field.name in rule.fields for rule in rules)


def _once_per_tenant(model: type[models.Model]) -> bool:
    """Whether an operator has one row of it, or one for each of a few words."""
    return any(
        rule.fields[:1] == ("tenant_id",)
        and all(model._meta.get_field(name).choices for name in rule.fields[1:])
        for rule in model._meta.constraints
        if isinstance(rule, models.UniqueConstraint) and rule.fields
    )


class Rows:
    """Makes one row of each model in a branch, the rows it refers to first."""

    def __init__(self, operator: Operator, branch: str, staff: str) -> None:
        self.operator, self.branch, self.staff = operator, branch, staff
        self.made: dict[type[models.Model], models.Model] = {}

    def make(self, model: type[models.Model]) -> models.Model:
        if model not in self.made:
            self.made[model] = self._existing(model) or self._new(model)
        return self.made[model]

    def _existing(self, model: type[models.Model]) -> models.Model | None:
        label = model._meta.label_lower
        key = {
            "identity.unit": self.operator.units[self.branch],
            "identity.staff": self.operator.staff[self.staff],
            "identity.tenant": self.operator.tenant,
        }.get(label)
        if key:
            return model._default_manager.get(pk=key)
        return model._default_manager.first() if _once_per_tenant(model) else None

    def _new(self, model: type[models.Model]) -> models.Model:
        row = model(tenant_id=self.operator.tenant)
        for field in model._meta.local_concrete_fields:
            if field.primary_key or field.column in {"tenant_id", "changed_xid", "xid"}:
                continue
            if isinstance(field, models.ForeignKey):
                if not field.null or field.name in {"branch", "customer"}:
                    setattr(row, field.name, self.make(field.related_model))
            elif not field.null and not isinstance(field, models.UUIDField):
                setattr(row, field.name, _value(field))
        plain = {field.name for field in model._meta.local_concrete_fields}
        for name in plain & {"branch_id", "customer_id", "sender_id"}:
            setattr(row, name, self._plain_reference(name))
        row.save(force_insert=True)
        return row

    def _plain_reference(self, name: str) -> int:
        if name == "branch_id":
            return self.operator.units[self.branch]
        if name == "sender_id":
            return self.operator.staff[self.staff]
        from loopline.customers.models import Customer

        return self.make(Customer).pk


def _guarded() -> list[type[models.Model]]:
    return [model for model in rowsecurity.guarded_models() if model._meta.label_lower not in SINGLE]


@pytest.fixture(scope="module")
def world(database: object) -> dict[str, Any]:
    """Two operators; in the first, everything once in the north and once in the south."""
    operator, other = found_operator(), found_operator()
    rows: dict[str, Any] = {"operator": operator, "other": other}
    for name, owner, branch, staff in [
        ("north", operator, "north-1", "clerk1"),
        ("south", operator, "south-1", "southerner"),
        ("foreign", other, "north-1", "clerk1"),
    ]:
        made = Rows(owner, branch, staff)
        with enter(Scope(owner.tenant, staff=owner.staff[staff])):
            for model in _guarded():
                made.make(model)
        rows[name] = made.made
    return rows


def _key(row: models.Model) -> tuple[Any, ...]:
    return row.pk if isinstance(row.pk, tuple) else (row.pk,)


def _columns(model: type[models.Model]) -> str:
    return ", ".join(str(field.column) for field in model._meta.pk_fields)


def _keys(model: type[models.Model]) -> set[tuple[Any, ...]]:
    """Every key that can be seen, by raw SQL and by the ORM; the two must agree."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_columns(model)} FROM {model._meta.db_table}")
        raw = set(cursor.fetchall())
    assert {_key(row) for row in model._default_manager.all()} == raw
    return raw


def _change(row: models.Model, change: str, *values: Any) -> int:
    """Rows touched by raw SQL that aims at exactly this row."""
    marks = ", ".join(["%s"] * len(_key(row)))
    words = change.format(table=row._meta.db_table) + f" WHERE ({_columns(type(row))}) = ({marks})"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words, [*values, *_key(row)])
        return cursor.rowcount


def _bound_to_branch(model: type[models.Model]) -> bool:
    bound = {"branch", "customer", "customer_itself", "handled", "part", "sharing", "task", "event"}
    return model.row_policy in bound


def test_every_model_has_a_row_in_each_place(world):
    for place in ("north", "south", "foreign"):
        assert set(_guarded()) <= set(world[place])


@pytest.mark.parametrize("who", ["admin", "clerk1", "clerk2", "north", "southerner"])
def test_each_person_sees_his_tenant_and_branches_on_every_model(world, who):
    operator = world["operator"]
    sees_north = who in {"admin", "clerk1", "north"}
    sees_south = who in {"admin", "southerner"}
    with operator.door(who):
        for model in _guarded():
            keys = _keys(model)
            assert _key(world["foreign"][model]) not in keys, model
            if _bound_to_branch(model):
                assert (_key(world["north"][model]) in keys) == sees_north, model
                assert (_key(world["south"][model]) in keys) == sees_south, model
            elif model._meta.label_lower not in PERSONAL:
                assert _key(world["north"][model]) in keys, model


def test_a_message_is_personal_even_to_the_administrator(world):
    from loopline.messaging.models import Message

    with world["operator"].door("admin"):
        assert _keys(Message) == set()
    with world["operator"].door("clerk1"):
        assert _keys(Message) == {_key(world["north"][Message])}


def test_what_is_not_seen_is_not_changed_or_deleted(world):
    with world["operator"].door("clerk2"):
        for model in _guarded():
            if not _bound_to_branch(model):
                continue
            for place in ("north", "south", "foreign"):
                row = world[place][model]
                assert _change(row, "UPDATE {table} SET tenant_id = tenant_id") == 0, model
                assert _change(row, "DELETE FROM {table}") == 0, model


def test_no_row_can_be_written_into_another_tenant_or_branch(world):
    foreign = world["other"].tenant
    with world["operator"].door("clerk1"):
        for model in _guarded():
            if model.row_policy == "shared":
                continue
            row = world["north"][model]
            with pytest.raises(DatabaseError, match=r"row-level security|permission"):
                _change(row, "UPDATE {table} SET tenant_id = %s", foreign)
            if model.row_policy in {"branch", "customer", "customer_itself"}:
                south = world["operator"].units["south-1"]
                with pytest.raises(DatabaseError, match="row-level security"):
                    _change(row, "UPDATE {table} SET branch_id = %s", south)


def test_an_opened_customer_is_seen_with_all_that_hangs_on_him_and_no_other(world):
    from loopline.customers.models import Customer

    operator, customer = world["operator"], world["south"][Customer].pk
    scope = Scope(operator.tenant, (operator.units["north-1"],), (customer,), operator.staff["clerk1"])
    with enter(scope):
        for model in _guarded():
            if model.row_policy in {"customer", "customer_itself"}:
                assert _key(world["south"][model]) in _keys(model), model
            elif model.row_policy == "branch":
                assert _key(world["south"][model]) not in _keys(model), model


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_scope_shows_exactly_its_branches(world, data):
    """For any tenant and any set of branches: a row is seen if and only if its tenant and branch are in it."""
    operator, other = world["operator"], world["other"]
    tenant = data.draw(st.sampled_from([operator.tenant, other.tenant, 0, 999_999]))
    units = sorted(operator.units.values()) + sorted(other.units.values())
    branches = data.draw(st.one_of(st.none(), st.sets(st.sampled_from(units)).map(tuple)))
    model = data.draw(st.sampled_from([model for model in _guarded() if model.row_policy == "customer"]))
    expected = {
        _key(row)
        for row in (world[place][model] for place in ("north", "south", "foreign"))
        if row.tenant_id == tenant and (branches is None or row.branch_id in branches)
    }
    with enter(Scope(tenant, branches)):
        assert _keys(model) == expected
