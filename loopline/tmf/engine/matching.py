"""Comparisons inside kept JSON, in SQL: a path through objects and arrays, and a condition on what it finds."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast

from loopline.tmf.engine.resource import Resource
from loopline.tmf.models import Leftover

STEP = re.compile(r"[@A-Za-z_][@A-Za-z0-9_-]{0,63}")
COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TEXT = "(v.item #>> '{}')"


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator of COMPARE or `regex`, and a value: text, a moment or a number."""

    operator: str
    value: Any

    @property
    def sql(self) -> str:
        """On `v.item`; a value of another type does not match, and never breaks the query."""
        if self.operator == "regex":
            return f"{_TEXT} ~ %s"
        sign = COMPARE[self.operator]
        if isinstance(self.value, datetime):
            guard = f"pg_input_is_valid({_TEXT}, 'timestamptz')"
            return f"CASE WHEN {guard} THEN {_TEXT}::timestamptz {sign} %s::timestamptz ELSE false END"
        if self.operator != "eq" and _number(self.value):
            guard = "jsonb_typeof(v.item) = 'number'"
            return f"CASE WHEN {guard} THEN {_TEXT}::numeric {sign} %s::numeric ELSE false END"
        return f"{_TEXT} {sign} %s"


class InJson(Func):
    """Whether a path in a JSON column finds something that meets a condition (None: anything at all)."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: str, path: list[str], condition: Condition | None) -> None:
        super().__init__(F(column))
        self.path = "$" + "".join(f'."{step}"' for step in path)
        self.condition = condition

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        body, params = compiler.compile(self.source_expressions[0])
        found = f"SELECT FROM jsonb_path_query({body}, %s::jsonpath) AS v(item)"
        given = [*params, self.path]
        if self.condition is not None:
            found += f" WHERE {self.condition.sql}"
            given.append(self.condition.value)
        return f"EXISTS ({found})", given


def in_kept(resource: Resource, path: list[str], condition: Condition | None) -> Q:
    """Rows of a resource in whose kept JSON a path meets a condition."""
    if resource.is_whole:
        return Q(InJson("body", path, condition))
    beside = Leftover.objects.filter(resource=resource.path, about_id=OuterRef("pk"))
    return Q(Exists(beside.filter(InJson("body", path, condition))))


def text_in_kept(resource: Resource, name: str) -> Any:
    """A kept attribute as text, for sorting."""
    text = Func(
        F("body"),
        template="(%(expressions)s #>> ARRAY[" + "'" + name.replace("'", "") + "'])",
        output_field=TextField(),
    )
    if resource.is_whole:
        return text
    beside = Leftover.objects.filter(resource=resource.path, about_id=OuterRef("pk"))
    return Subquery(beside.values(found=Cast(text, TextField()))[:1])


def _number(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", text) is not None
