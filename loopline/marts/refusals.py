"""Why a table cannot be brought, a mart not be found or refreshed."""

from django.utils.translation import gettext_lazy as _

from loopline.imports.api import add_reasons
from loopline.kernel.errors import Conflict, NotFound, Refusal

add_reasons(
    {
        "telling": _("may tell who somebody is: choose it as a key, or leave the column out"),
        "not_month": _("is not a month; write 2026-01 or 2026年1月"),
    }
)


class UnknownMart(NotFound):
    """There is no such mart."""

    code = "unknown_mart"
    sentence = _("There is no mart called %(name)s.")


class TooManyRows(Refusal):
    """More rows than a brought table may have."""

    code = "mart_too_many_rows"
    sentence = _("The file has more than %(allowed)s rows. Add them up first, or bring part of them.")


class TableTooLarge(Refusal):
    """Appending would make the table larger than it may be."""

    code = "mart_too_large"
    sentence = _("With these rows the table would have more than %(allowed)s rows. Replace it instead.")


class TooManyMarts(Refusal):
    """More brought tables than an operator may keep."""

    code = "too_many_marts"
    sentence = _("At most %(allowed)s tables can be kept. Remove one that is no longer needed.")


class TitleMissing(Refusal):
    """A mart has a name."""

    code = "missing"
    sentence = _("Please give the table a name.")


class NameTaken(Conflict):
    """Another cube has this name."""

    code = "mart_name_taken"
    sentence = _(
        "There is a cube called %(name)s. Bring the file into that table again, or choose another name."
    )


class BadName(Refusal):
    """A name that cannot be an address."""

    code = "bad_mart_name"
    sentence = _(
        "A name for programs has lower case letters, digits and underscores, and begins with a letter."
    )


class RolesUnfit(Refusal):
    """Roles that cannot be."""

    code = "roles_unfit"
    sentence = _("The columns do not fit: %(why)s")


class ColumnsDiffer(Refusal):
    """A file that is brought again lacks columns of the table."""

    code = "columns_differ"
    sentence = _("The file has no column %(columns)s, which the table has. Bring it as a table of its own.")


class AtWork(Conflict):
    """Another file of this mart is on its way."""

    code = "mart_at_work"
    sentence = _("This file is no longer waiting to be brought.")
