"""Typed characteristics of subscriptions: which names an operator's data has brought, and of which type."""

from collections.abc import Mapping

from loopline.kernel.models import Attribute

OWNER = "subscription"


def register_characteristics(types: Mapping[str, str]) -> None:
    """Make names known with their types; where a name is known with another type, the wider one holds."""
    known = {row.name: row for row in Attribute.objects.filter(owner=OWNER, name__in=list(types))}
    Attribute.objects.bulk_create(
        [Attribute(owner=OWNER, name=name, kind=kind) for name, kind in types.items() if name not in known],
        ignore_conflicts=True,
    )
    for name, row in known.items():
        wide = wider(row.kind, types[name])
        if wide != row.kind:
            row.kind = wide
            row.save(update_fields=["kind"])


def wider(one: str, other: str) -> str:
    """The type that holds values of both: integer and decimal are decimal, all other pairs text."""
    if one == other:
        return one
    return "decimal" if {one, other} == {"integer", "decimal"} else "text"


def characteristic_types() -> dict[str, str]:
    """The operator's characteristics by name: integer, decimal, boolean, date or text."""
    return dict(Attribute.objects.filter(owner=OWNER).order_by("name").values_list("name", "kind"))
