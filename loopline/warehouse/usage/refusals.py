"""What is refused about files of usage records, each with its sentence."""

import json

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal

PROBLEMS = {
    "packed": _("it is packed (%(kind)s); unpack it first"),
    "empty": _("it is empty"),
    "heading": _("its heading is not UTF-8"),
    "no_column": _("there is no column for %(fields)s"),
    "layout_silent": _("the layout says nothing of %(fields)s"),
    "no_layout": _("nothing says how it is written"),
    "layout": _("its layout cannot be used: %(detail)s"),
    "no_header": _("it does not begin with its header"),
    "cut_off": _("it does not end with its trailer: it may have been cut off"),
    "trailer": _("its trailer says %(name)s %(said)s, its records give %(found)s"),
    "not_parquet": _("it is no readable Parquet file"),
    "unreadable": _("it cannot be read: %(detail)s"),
    "lines": _("it has %(lines)s lines, of which %(found)s could be told apart"),
    "missing": _("it cannot be opened: %(detail)s"),
    "not_plain": _("it is no plain file"),
    "key": _("the key “%(key)s” is empty or there twice"),
}
"""Why a file is of no use, by a code that the ledger keeps."""


class UnusableLayout(Refusal):
    """The description of a file's layout cannot be followed; `problem` says what is wrong with it, in English."""

    code = "usage_layout_unusable"
    sentence = _("The layout cannot be used: %(problem)s.")


class UnusableFile(Refusal):
    """A file of which nothing can be taken; nothing of it reaches the lake."""

    code = "usage_file_unusable"
    sentence = _("The file cannot be taken: %(problem)s.")

    def __init__(self, problem: str, **values: object) -> None:
        self.reason = json.dumps({"problem": problem, **values}, ensure_ascii=False, default=str)
        super().__init__(field=None, **values)

    @property
    def message(self) -> str:
        """The sentence in the language of whoever reads it."""
        return str(self.sentence) % {"problem": told(self.reason)}


class OriginalMissing(Refusal):
    """A file that a replay needs is no longer kept."""

    code = "usage_original_missing"
    status = 409
    sentence = _("The original of “%(name)s” is no longer kept; replay from a later day.")


def told(reason: str) -> str:
    """Why a file was refused, as the ledger keeps it, in the reader's language; '' for ''."""
    if not reason:
        return ""
    values = json.loads(reason)
    sentence: str = str(PROBLEMS[values.pop("problem")]) % values
    return sentence
