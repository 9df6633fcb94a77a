"""Why a statement did not run, in words."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.kernel import formats
from loopline.sandbox.models import Statement, Status
from loopline.sandbox.rules import statement as rules
from loopline.sandbox.running import LIMITS

SENTENCES: dict[str, str | Promise] = {
    "empty": gettext_lazy("There is no statement yet."),
    "too_long": gettext_lazy("The statement is longer than %(word)s characters."),
    "too_deep": gettext_lazy("The statement is nested too deeply."),
    "several": gettext_lazy("Ask one statement at a time."),
    "not_a_query": gettext_lazy("Only queries run here (SELECT, WITH … SELECT); nothing can be changed."),
    "parameter": gettext_lazy("Placeholders have no value here. Write the value itself."),
    "function": gettext_lazy("The function %(word)s cannot be used here."),
    "qualified": gettext_lazy("Name the table alone, without a database or schema: %(word)s."),
    "no_table": gettext_lazy("There is no table %(word)s that you may ask."),
    "no_column": gettext_lazy("There is no column %(word)s here."),
    "no_function": gettext_lazy("There is no function %(word)s."),
    "syntax": gettext_lazy("The statement cannot be read here."),
    "binding": gettext_lazy("The statement does not fit its tables."),
    "catalogue": gettext_lazy("Something that the statement names is not there."),
    "conversion": gettext_lazy("A value cannot be turned into the type that is asked for."),
    "too_slow": gettext_lazy("The statement took longer than %(seconds)s seconds and was ended."),
    "too_large": gettext_lazy(
        "The statement needed more memory than it may have (%(memory)s MB) and was ended."
    ),
    "reaches_out": gettext_lazy("A statement reads the tables that are listed here, and nothing else."),
    "failed": gettext_lazy("The statement could not be carried out."),
}
_MISSING = re.compile(r'(?:Referenced column|Values list) "?([^"!]+)"?(?: does not have| not found)')
_NO_FUNCTION = re.compile(r"Function with name (\S+) does not exist")


def explain(row: Statement) -> tuple[str, str, str]:
    """Why a statement did not run: a sentence, what DuckDB says to it, and where ("line 2, column 8"); '' for none."""
    if row.status not in (Status.REFUSED, Status.FAILED):
        return "", "", ""
    code, word, detail = row.fault, row.word, ""
    if row.status == Status.FAILED:
        detail = row.word
        if found := _MISSING.search(detail):
            code, word = "no_column", found[1]
        elif found := _NO_FUNCTION.search(detail):
            code, word = "no_function", found[1]
    values = {"word": word, "seconds": LIMITS.seconds, "memory": formats.number(LIMITS.memory_mb)}
    sentence = str(SENTENCES.get(code, SENTENCES["failed"])) % values
    if row.at < 0:
        return sentence, detail, ""
    line, column = rules.place(row.sql, row.at)
    return sentence, detail, _("line %(line)s, column %(column)s") % {"line": line, "column": column}
