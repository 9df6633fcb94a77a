"""Who stands at the door, in one query: every request pays for it.

`queries.actor_of` says the same of a member of staff who is known already, and of those who stand in for others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from django.db import connection, models

from loopline.identity import queries
from loopline.identity.models import Session, Staff, Tenant, Token, Unit
from loopline.kernel.permission import Actor
from loopline.kernel.postgres.base import KEPT
from loopline.kernel.scope import Scope

_LAST = "\uffff"
_ADMITTED = """{kept}
SELECT {columns},
  ARRAY(SELECT DISTINCT jsonb_array_elements_text(r.permissions)
    FROM identity_staffrole x JOIN identity_role r ON r.id = x.role_id WHERE x.staff_id = s.id),
  CASE WHEN u.level = ANY (%s) THEN NULL ELSE ARRAY(
    SELECT b.id FROM identity_unit b WHERE b.path >= top.path AND b.path < top.path || '{last}') END,
  ARRAY(SELECT customer_key FROM identity_assignment WHERE staff_id = s.id
    UNION SELECT customer_key FROM identity_walkin WHERE staff_id = s.id AND until > %s),
  EXISTS (SELECT FROM identity_delegation d WHERE d.to_id = s.id AND d.ended_at IS NULL AND d.last_day >= %s)
FROM {table} k JOIN identity_staff s ON s.id = k.staff_id
JOIN identity_unit u ON u.id = s.unit_id
JOIN identity_unit top ON top.id = CASE WHEN u.level = 'team' THEN coalesce(u.parent_id, u.id) ELSE u.id END
CROSS JOIN identity_tenant t
WHERE k.key_digest = %s
"""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A session or token that is good, with its member of staff and what he may and sees at this moment."""

    row: Session | Token
    tenant: Tenant
    permissions: frozenset[str]
    branches: tuple[int, ...] | None
    customers: tuple[int, ...]
    has_deputies: bool

    def actor(self, now: datetime) -> Actor:
        """The actor, with names in the language of the moment."""
        staff = self.row.staff
        if self.has_deputies:
            return queries.actor_of(staff, now)
        scope = Scope(self.tenant.pk, self.branches, self.customers, staff.pk)
        return queries.assembled(staff, self.tenant, self.permissions, scope)


def admitted(kind: type[Session] | type[Token], key: str, now: datetime) -> Admitted | None:
    """Whose session or token has this key, if it is still good and he is active."""
    day = now.date() - timedelta(days=1)
    values: list[Any] = [sorted(queries.SEES_WHOLE_TENANT), now, day, queries.digest(key)]
    with connection.cursor() as cursor:
        cursor.execute(_statement(kind), values)
        found = cursor.fetchone()
    if found is None:
        return None
    cells = iter(found)
    row, staff, unit, tenant = (_made(model, cells) for model in (kind, Staff, Unit, Tenant))
    permissions, branches, customers, has_deputies = cells
    if not staff.is_active or (row.expires_at is not None and row.expires_at <= now):
        return None
    staff.unit, row.staff, staff.may_stand_in = unit, staff, has_deputies
    opened = tuple(customers)
    seen = None if branches is None else tuple(branches)
    return Admitted(row, tenant, frozenset(permissions), seen, opened, has_deputies)


@cache
def _statement(kind: type[models.Model]) -> str:
    tables = zip("ksut", (kind, Staff, Unit, Tenant), strict=True)
    columns = ", ".join(f'{name}."{field.column}"' for name, model in tables for field in _fields(model))
    return _ADMITTED.format(kept=KEPT, columns=columns, last=_LAST, table=kind._meta.db_table)


def _made(model: type[models.Model], cells: Any) -> Any:
    """A row of a model out of the next cells."""
    fields = _fields(model)
    values = [next(cells) for _field in fields]
    for place, field in enumerate(fields):
        if (convert := getattr(field, "from_db_value", None)) is not None:
            values[place] = convert(values[place], None, connection)
    return model.from_db("default", [field.attname for field in fields], values)


@cache
def _fields(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    return cast("list[models.Field[Any, Any]]", list(model._meta.concrete_fields))
