"""What a resource is: its declaration, from which the engine answers every request."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.db import models
from django.db.models import Expression, F, Q, Value

from loopline.kernel.models import Event
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry

ROOT = "/tmf-api"
CREATED, CHANGED, MOVED_ON, DELETED = "Create", "AttributeValueChange", "StateChange", "Delete"
"""The kinds of event that hubs hear."""

SHAPES: Mapping[str, Mapping[str, str]] = {
    "period": {"startDateTime": "date-time", "endDateTime": "date-time"},
    "money": {"unit": "string", "value": "number"},
    "reference": {"id": "string", "href": "string", "name": "string", "role": "string"},
    "characteristic": {"id": "string", "name": "string", "valueType": "string", "value": "any"},
    "note": {"id": "string", "author": "string", "date": "date-time", "text": "string"},
}
"""Attributes of the objects that occur everywhere. Every object may carry more, which is kept as it was sent."""

PLAIN = ("string", "number", "integer", "boolean", "date-time", "any")


@dataclass(frozen=True, slots=True)
class View:
    """Who looks, from where, and whether he may see personal data unmasked.

    `data` is what `prepare` fetched, `above` the row of the resource below which he looks.
    """

    actor: Actor
    base: str = ""
    clear: bool = False
    data: Any = None
    above: Any = None

    def href(self, api: str, resource: str, key: object) -> str:
        """The absolute address of an entity."""
        return f"{self.base}{ROOT}/{api}/v4/{resource}/{quote(str(key), safe='')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a resource.

    `kind` is one of PLAIN or SHAPES or `object`, with `[]` behind it for a list. With a `column` (a path as in
    `filter()`, or an expression) it is read from there, filtered and sorted by it; `codes` translates the column's
    values. `read` computes it instead, and `paths` names columns by which parts of it are filtered. With neither of
    the three, or `kept`, what the client sent is stored beside the row as it is and given back; column and `read`
    then serve rows that a client has not sent it for. `keeps` picks from a list what is none of ours: that alone is
    kept, and follows what `read` finds. `find` looks for a value that `read` takes out of more than one column.
    `mask` hides a personal value from who may not see it.
    """

    name: str
    kind: str = "string"
    column: str | Expression = ""
    read: Callable[[Any, View], Any] | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[Any, str | None] = field(default_factory=dict)
    mask: Callable[[Any, View], Any] | None = None
    required: bool = False
    kept: bool = False
    settable: bool = True
    changeable: bool = True
    default: Callable[[View], Any] | None = None
    among: tuple[str, ...] = ()
    keeps: Callable[[Any], Any] | None = None
    find: Callable[[str, Actor], Q] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the client's own value is stored beside the row."""
        return self.kept or self.keeps is not None or (not self.column and self.read is None)

    @property
    def shape(self) -> str:
        """The kind without the brackets of a list."""
        return self.kind.removesuffix("[]")

    @property
    def source(self) -> Expression | F | None:
        """What the database compares and sorts by, or None."""
        return F(self.column) if isinstance(self.column, str) and self.column else self.column or None

    def shown(self, row: Any, view: View, beside: Mapping[str, Any]) -> Any:
        """The value to show: what a client sent where that is kept, else what the row has; masked if need be."""
        if self.keeps is not None:
            all_of_them = [*(self.value(row, view) or []), *beside.get(self.name, [])]
            value: Any = all_of_them or ([] if self.required else None)
        elif self.is_kept and self.name in beside:
            value = beside[self.name]
        else:
            value = self.value(row, view)
        if value is None or self.mask is None or view.clear:
            return value
        return self.mask(value, view)

    def to_keep(self, value: Any) -> Any:
        """What of a sent value is stored beside the row."""
        return self.keeps(value) if self.keeps is not None and value is not None else value

    def value(self, row: Any, view: View) -> Any:
        """The value as the row has it, before any that was kept."""
        if self.read is not None:
            return self.read(row, view)
        if not isinstance(self.column, str) or not self.column:
            return None
        value = row
        for part in self.column.split("__"):
            value = getattr(value, part, None)
        if self.codes:
            return self.codes.get(value, value)
        return None if value == "" and not self.required else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """That a resource lies below the entities of another of its API: `/topic/{id}/event`.

    `rows` narrows the resource's rows to those below one entity. `alone`: it has an address of its own besides.
    """

    resource: str
    rows: Callable[[Any, models.QuerySet[Any]], models.QuerySet[Any]]
    alone: bool = False


type Kind = str | Callable[[Event], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of an API. See the package's docstring for an example.

    `key` is the column of the public id, `sort` the order of a list. `is_whole`: the row itself is the JSON that was
    kept. `is_personal`: what clients sent beyond the declaration is shown in clear alone. `refresh` drops from what
    was kept beside a row whatever the row has overtaken since. `heard` says, as a filter, which row an event means
    that is about another object, such as the customer to whom an account was opened. A resource `within` another has
    the row above it in the body that `create` gets, under the other's name.
    """

    api: str
    name: str
    model: type[models.Model]
    rows: Callable[[Actor], models.QuerySet[Any]]
    attributes: tuple[Attribute, ...]
    see: str
    create: Callable[[Actor, dict[str, Any]], Any] | None = None
    patch: Callable[[Actor, Any, dict[str, Any]], Any] | None = None
    delete: Callable[[Actor, Any], None] | None = None
    prepare: Callable[[list[Any], View], Any] | None = None
    key: str = "public_id"
    sort: tuple[str, ...] = ("pk",)
    state: str = ""
    events: Mapping[str, Kind] = field(default_factory=dict)
    is_whole: bool = False
    is_personal: bool = False
    refresh: Callable[[Any, dict[str, Any]], dict[str, Any]] | None = None
    heard: Callable[[Event], dict[str, Any]] | None = None
    about: str = ""
    within: Within | None = None

    def found(self, view: View) -> models.QuerySet[Any]:
        """The rows that are at the address where he looks."""
        rows = self.rows(view.actor)
        return rows if self.within is None or view.above is None else self.within.rows(view.above, rows)

    def address(self, view: View, key: object) -> str:
        """The absolute address of an entity of it."""
        if self.within is None or view.above is None:
            return view.href(self.api, self.name, key)
        return f"{view.href(self.api, self.within.resource, view.above.public_id)}/{self.name}/{key}"

    @property
    def holders(self) -> tuple[str, ...]:
        """Below which resources it is found; "" stands for an address of its own."""
        if self.within is None:
            return ("",)
        return ("", self.within.resource) if self.within.alone else (self.within.resource,)

    @property
    def type(self) -> str:
        """The name of its type: `ProductOrder` for `productOrder`."""
        return self.name[0].upper() + self.name[1:]

    @property
    def path(self) -> str:
        """`partyManagement/individual`: unique among all resources."""
        return f"{self.api}/{self.name}"

    def attribute(self, name: str) -> Attribute | None:
        """The declared attribute of this name."""
        return next((each for each in self.attributes if each.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """What every entity of it has."""
        return tuple(each.name for each in self.attributes if each.required)


resources: Registry[Resource] = Registry("resource")


def register(resource: Resource) -> Resource:
    """Mount a resource."""
    return resources.add(resource.path, resource)


def kept(kind: str, names: str, **options: Any) -> Iterable[Attribute]:
    """Declare attributes of one kind that are stored as clients send them: `kept("string", "title nationality")`."""
    return (Attribute(name=name, kind=kind, **options) for name in names.split())


def usually(name: str, value: str | bool | int, **options: Any) -> Attribute:
    """Declare an attribute that rows have with this value unless a client has sent another one."""
    kinds: dict[type, tuple[str, models.Field[Any, Any]]] = {
        str: ("string", models.TextField()),
        bool: ("boolean", models.BooleanField()),
        int: ("integer", models.IntegerField()),
    }
    kind, output = kinds[type(value)]
    column = Value(value, output_field=output)
    return Attribute(name=name, kind=kind, kept=True, column=column, read=lambda row, view: value, **options)


def state_or_change(*fields: str) -> Callable[[Event], str]:
    """The kind of an event whose payload tells `changes`: a change of state when it touches one of these fields."""

    def decide(event: Event) -> str:
        return MOVED_ON if set(event.payload.get("changes", ())) & set(fields) else CHANGED

    return decide
