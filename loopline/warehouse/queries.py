"""What has been loaded and what the tables mean."""

from dataclasses import dataclass

from django.conf import settings

from loopline.warehouse import fixed, monthly, outcome
from loopline.warehouse.models import Load
from loopline.warehouse.shape import Column, Table, columns_of
from loopline.warehouse.star import TABLES
from loopline.warehouse.usage import months as usage_months
from loopline.warehouse.usage import tables as usage_tables


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """A column in the data dictionary; `about` is {"en": …, "zh-hans": …}, `refers` the table it points to."""

    name: str
    type: str
    about: dict[str, str]
    refers: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table (or view) in the data dictionary. `keeping` is latest, history, fixed, built or view."""

    name: str
    about: dict[str, str]
    keeping: str
    source: str
    columns: tuple[ColumnEntry, ...]


def data_dictionary() -> list[TableEntry]:
    """Every table of the lake that may be read, in the order of the star."""
    return [
        *(
            _entry(table, table.keeping.value, table.relation, columns_of(table), (table.key,))
            for table in TABLES
        ),
        *(_entry(table, "fixed", "", table.columns, (table.key,)) for table in fixed.FIXED),
        TableEntry(
            monthly.NAME,
            _both(monthly.EN, monthly.ZH),
            "built",
            "",
            _columns(monthly.COLUMNS, ("subscription_id", "month")),
        ),
        *(
            TableEntry(name, _both(*usage_tables.ABOUT[name]), "latest", "", _columns(columns, ()))
            for name, columns in usage_tables.ALL.items()
        ),
        *(
            TableEntry(name, _both(*usage_months.ABOUT[name]), "built", "", _columns(columns, ()))
            for name, columns in usage_months.COLUMNS.items()
        ),
        *(
            TableEntry(name, _both(view.en, view.zh), "view", "", _columns(view.columns, ()))
            for name, view in outcome.DEFINITIONS.items()
        ),
    ]


def _entry(
    table: Table | fixed.Fixed, keeping: str, source: str, columns: tuple[Column, ...], keys: tuple[str, ...]
) -> TableEntry:
    return TableEntry(table.name, _both(table.en, table.zh), keeping, source, _columns(columns, keys))


def _columns(columns: tuple[Column, ...], keys: tuple[str, ...]) -> tuple[ColumnEntry, ...]:
    return tuple(
        ColumnEntry(column.name, column.type, _both(column.en, column.zh), column.refers, column.name in keys)
        for column in columns
    )


def table_names() -> list[str]:
    """The names of everything one may read in a tenant's schema."""
    return [entry.name for entry in data_dictionary()]


def latest_load() -> Load | None:
    """The newest finished load of the open door's tenant."""
    return Load.objects.filter(status="done").order_by("-pk").first()


def recent_loads(limit: int = 20) -> list[Load]:
    """The newest loads of the open door's tenant, the newest first."""
    return list(Load.objects.order_by("-pk")[:limit])


def _both(en: str, zh: str) -> dict[str, str]:
    return {language: text for (language, _), text in zip(settings.LANGUAGES, (en, zh), strict=True)}
