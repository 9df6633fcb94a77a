"""What has been loaded and what the tables mean."""

from dataclasses import dataclass

from django.conf import settings

from loopline.warehouse import monthly, outcome
from loopline.warehouse.models import Load
from loopline.warehouse.shape import columns_of
from loopline.warehouse.star import TABLES


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
    """A table (or view) in the data dictionary. `keeping` is latest, history, built or view."""

    name: str
    about: dict[str, str]
    keeping: str
    source: str
    columns: tuple[ColumnEntry, ...]


def data_dictionary() -> list[TableEntry]:
    """Every table of the lake that may be read, in the order of the star."""
    followed = [
        TableEntry(
            table.name,
            _both(table.en, table.zh),
            table.keeping.value,
            table.relation,
            tuple(
                ColumnEntry(
                    column.name,
                    column.type,
                    _both(column.en, column.zh),
                    column.refers,
                    column.name == table.key,
                )
                for column in columns_of(table)
            ),
        )
        for table in TABLES
    ]
    built = tuple(
        ColumnEntry(
            column.name,
            column.type,
            _both(column.en, column.zh),
            column.refers,
            column.name in ("subscription_id", "month"),
        )
        for column in monthly.COLUMNS
    )
    views = [TableEntry(name, _both(*words), "view", "", ()) for name, words in outcome.DESCRIPTIONS.items()]
    return [*followed, TableEntry(monthly.NAME, _both(monthly.EN, monthly.ZH), "built", "", built), *views]


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
