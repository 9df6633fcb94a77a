"""Why a file, a mapping or a single value was not taken: each with a stable code and a sentence for the screen."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class FileRefused(Refusal):
    """The whole file is not taken, and nothing was changed by it."""

    code = "file_refused"
    sentence = _("This file cannot be imported.")


class NoFileChosen(FileRefused):
    """A form came without a file."""

    code = "file_not_chosen"
    sentence = _("No file was chosen.")


class FileMissing(FileRefused):
    """Nothing is there under this path."""

    code = "file_missing"
    sentence = _("There is no file %(name)s.")


class NotAFile(FileRefused):
    """The path is a folder or a device."""

    code = "file_not_a_file"
    sentence = _("%(name)s is a folder or a device, not a file. Choose the file itself.")


class FileUnreadable(FileRefused):
    """The system does not let us read it."""

    code = "file_unreadable"
    sentence = _("%(name)s may not be read by this program. Check who may read it.")


class FileEmpty(FileRefused):
    """No byte, or nothing but blanks."""

    code = "file_empty"
    sentence = _("The file is empty. Nothing was changed.")


class HeaderOnly(FileRefused):
    """A header and no row."""

    code = "file_header_only"
    sentence = _("The file has a header and not a single row below it. Nothing was changed.")


class HeaderMissing(FileRefused):
    """The first row is no header."""

    code = "file_header_missing"
    sentence = _("The first row names no columns. Put the column names into the first row.")


class TooManyColumns(FileRefused):
    """Wider than a table about customers is."""

    code = "file_too_many_columns"
    sentence = _(
        "The file has %(columns)s columns, and at most %(allowed)s can be imported. "
        "Keep the columns that describe the customer and try again."
    )


class FileTooLarge(FileRefused):
    """More bytes or cells than the limits allow."""

    code = "file_too_large"
    sentence = _(
        "The file is larger than can be imported at once (%(allowed)s). Split it, or bring it as csv."
    )


class FileExpandsTooFar(FileRefused):
    """A decompression bomb, or a file that looks like one."""

    code = "file_expands_too_far"
    sentence = _(
        "The file unpacks to more than %(allowed)s from %(size)s, which no ordinary table does. "
        "It was not opened further."
    )


class FileBroken(FileRefused):
    """Cut off or damaged."""

    code = "file_broken"
    sentence = _("The file is damaged or was cut off (%(kind)s). Fetch or save it again.")


class FileEncrypted(FileRefused):
    """Protected by a password."""

    code = "file_encrypted"
    sentence = _("The file is protected by a password. Save it without one and try again.")


class OldWorkbook(FileRefused):
    """The binary workbook of before 2007, or a document of that family."""

    code = "file_old_workbook"
    sentence = _("This is an old Excel format. Save it as .xlsx or csv and try again.")


class UnknownFormat(FileRefused):
    """Not a table at all."""

    code = "file_unknown_format"
    sentence = _("This is not a table (%(looks_like)s). Bring csv, gz of csv, xlsx or parquet.")


class UnknownEncoding(FileRefused):
    """The text is in an encoding that we do not read."""

    code = "file_unknown_encoding"
    sentence = _(
        "The text is neither UTF-8 nor GB 18030 (row %(row)s). Save the file as UTF-8 and try again."
    )


class LineTooLong(FileRefused):
    """A line without an end."""

    code = "file_line_too_long"
    sentence = _("The file has a line of more than %(allowed)s; this is no table.")


class NestedColumn(FileRefused):
    """A parquet column of lists or records."""

    code = "file_nested_column"
    sentence = _("The column “%(column)s” holds lists or records. Flatten it and try again.")


class MappingRefused(Refusal):
    """The mapping of columns to fields cannot be used."""

    code = "mapping_refused"
    sentence = _("The mapping cannot be used.")


class MappingUnreadable(MappingRefused):
    """Not the TOML that is expected."""

    code = "mapping_unreadable"
    sentence = _("The mapping is not readable: %(detail)s")


class MappingUnknownColumn(MappingRefused):
    """Names a column that the file does not have."""

    code = "mapping_unknown_column"
    sentence = _("The mapping names the column “%(column)s”, which the file does not have.")


class MappingUnknownField(MappingRefused):
    """Names a field that does not exist."""

    code = "mapping_unknown_field"
    sentence = _(
        "The mapping gives “%(column)s” to “%(field_name)s”, which is no field. Fields are: %(known)s."
    )


class MappingDoubled(MappingRefused):
    """Two columns for one field."""

    code = "mapping_doubled"
    sentence = _("The mapping gives both “%(first)s” and “%(second)s” to “%(field_name)s”.")


class FieldsMissing(MappingRefused):
    """A field that must be there has no column."""

    code = "mapping_fields_missing"
    sentence = _("No column was found for: %(fields)s. Name one in the mapping.")


class NothingMapped(MappingRefused):
    """No column fills any field."""

    code = "mapping_nothing"
    sentence = _("No column of this file fills a field of ours. Choose at least one.")


class ImportAtWork(Refusal):
    """The import runs or is over."""

    code = "import_at_work"
    status = 409
    sentence = _("This import is running or is over. Bring the file again to import it anew.")


def sentence_of(code: str, values: dict[str, str]) -> str:
    """The sentence of a refusal that was kept by its code, in the reader's language."""
    known = {kind.code: kind for kind in _refusals(Refusal)}
    if code not in known:
        return str(
            _("Something broke on our side. What was imported so far is kept; the rest can be continued.")
        )
    return known[code](**values).message


def _refusals(base: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _refusals(kind)


REASONS: dict[str, str | Promise] = {
    "cells_missing": _("the row has %(cells)s cells, the header has %(columns)s"),
    "cells_extra": _("the row has %(cells)s cells, the header has %(columns)s"),
    "quote_open": _("a quotation mark is opened here and never closed"),
    "quote_misplaced": _("text stands behind a closing quotation mark"),
    "cell_too_long": _("the cell is longer than 131,072 characters"),
    "nul": _("the cell contains a NUL byte"),
    "wrong_byte": _("the cell contains a byte that is not %(encoding)s"),
    "other_encoding": _("this row is in UTF-8, the rest of the file in GB 18030"),
    "required": _("a value is required"),
    "not_number": _("this is not a number"),
    "not_finite": _("infinite or undefined numbers are not accepted"),
    "too_large": _("the number is too large"),
    "not_whole": _("this is not a whole number"),
    "too_precise": _("more than %(places)s decimal places"),
    "not_digits": _("only digits are expected"),
    "rounded": _("Excel has rounded this number beyond its fifteenth digit; format the column as text"),
    "not_boolean": _("yes or no is expected"),
    "not_date": _("this is not a date; write it as 2024-01-05"),
    "no_such_day": _("this day does not exist"),
    "date_ambiguous": _("day and month cannot be told apart; write the date as 2024-01-05"),
    "date_out_of_range": _("the year must lie between 1900 and 2100"),
    "masked": _("a masked value is not accepted; the whole value is needed"),
    "not_phone": _("this is not a telephone number"),
    "not_document": _("this is not a document number"),
    "check_digit": _("the check digit does not fit; a digit is probably wrong"),
    "not_choice": _("expected is one of: %(choices)s"),
    "too_long": _("longer than %(allowed)s characters"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one value or row was rejected: a code of `REASONS` and its values, fit to be stored as JSON."""

    code: str
    values: dict[str, str | int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in the language of whoever reads it."""
        return str(REASONS[self.code]) % self.values


class ValueRefused(ValueError):
    """One value cannot be taken for its field."""

    def __init__(self, code: str, **values: str | int) -> None:
        self.reason = Reason(code, values)
        super().__init__(code)


def add_reasons(reasons: dict[str, str | Promise]) -> None:
    """Reasons that a target brings for rows it does not take: code → sentence."""
    REASONS.update(reasons)
