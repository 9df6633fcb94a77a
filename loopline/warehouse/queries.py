"""What has been loaded and what the tables mean."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import override

from loopline.kernel.errors import NotFound
from loopline.warehouse import derived, fixed, monthly, outcome, words
from loopline.warehouse.models import Load, QualityRun
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
    """A table or view. `keeping` is latest, history, fixed, built, view, records or derived."""

    name: str
    about: dict[str, str]
    keeping: str
    source: str
    columns: tuple[ColumnEntry, ...]


def data_dictionary() -> list[TableEntry]:
    """Every table of the lake that may be read, in the order of the star; those made from others come last."""
    return [*star_dictionary(), *_made()]


def star_dictionary() -> list[TableEntry]:
    """The tables that the warehouse itself defines."""
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
            TableEntry(name, _both(*usage_tables.ABOUT[name]), "records", "", _columns(columns, ()))
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


def table(name: str) -> TableEntry:
    """One table of the dictionary. Raises NotFound."""
    for entry in data_dictionary():
        if entry.name == name:
            return entry
    raise NotFound


def found_columns(text: str) -> list[tuple[TableEntry, ColumnEntry]]:
    """The columns that have a text in their name or in their meaning in either language, or in those of their table."""
    wanted = text.casefold()
    return [
        (entry, column)
        for entry in data_dictionary()
        for column in entry.columns
        if wanted
        in f"{entry.name}.{column.name} {' '.join(column.about.values())} {' '.join(entry.about.values())}".casefold()
    ]


def quality_runs(limit: int = 30) -> list[QualityRun]:
    """The newest runs of the rules in the open door's tenant, the newest first."""
    return list(QualityRun.objects.order_by("-pk")[:limit])


def _made() -> list[TableEntry]:
    """The tables made from others, in words that their makers give; a column of the star keeps its meaning there."""
    known = {
        column.name: (column.en, column.zh)
        for columns in (*(columns_of(table) for table in reversed(TABLES)), monthly.COLUMNS)
        for column in columns
    }
    told = usage_months.COLUMNS
    return [_of_made(name, derived.derived[name], known) for name in derived.names() if name not in told]


def _of_made(name: str, made: derived.Derived, known: dict[str, tuple[str, str]]) -> TableEntry:
    told = {code: _told(made, code) for code, _ in settings.LANGUAGES}

    def about(column: str, otherwise: tuple[str, str]) -> dict[str, str]:
        found = {code: texts.get(column, "") for code, texts in told.items()}
        return found if all(found.values()) else _both(*otherwise)

    columns = tuple(
        ColumnEntry(
            column,
            kind,
            about(column, known.get(column) or words.COLUMNS.get(column) or (column, column)),
            "",
            column == "month",
        )
        for column, kind in made.columns
    )
    return TableEntry(name, about("", words.TABLES.get(name, (name, name))), "derived", "", columns)


def _told(made: derived.Derived, code: str) -> dict[str, str]:
    """The words of its makers in a language."""
    with override(code):
        return {name: str(text) for name, text in (made.about() if made.about else {}).items()}


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
