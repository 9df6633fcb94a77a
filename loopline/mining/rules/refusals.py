"""What the miner refuses to answer, each with a sentence fit for the screen."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class ColumnMissing(Refusal):
    code = "column_missing"
    sentence = _("The table has no column “%(column)s”. Its columns are: %(columns)s.")


class TargetNotTwoValued(Refusal):
    code = "target_not_two_valued"
    sentence = _(
        "The target “%(column)s” has %(count)s different values (%(values)s). "
        "It must have exactly two, such as Yes and No."
    )


class TargetNotTheSame(Refusal):
    code = "target_not_the_same"
    sentence = _(
        "The target “%(column)s” of the test file has values that the training file lacks: %(values)s."
    )


class TooFewRows(Refusal):
    code = "too_few_rows"
    sentence = _(
        "There are %(positives)s rows of “%(positive)s” and %(negatives)s others. "
        "At least %(needed)s of each are needed for an honest figure."
    )


class NothingToLearnFrom(Refusal):
    code = "nothing_to_learn_from"
    sentence = _("After leaving out identifiers and constant columns, no column is left to learn from.")


class TimeNotReadable(Refusal):
    code = "time_not_readable"
    sentence = _(
        "The column “%(column)s” cannot be read as a date or a number on every row, so it cannot give "
        "the order."
    )


class TimeTooCoarse(Refusal):
    code = "time_too_coarse"
    sentence = _(
        "In the order of time no later part has enough rows of both kinds to test on after an earlier "
        "part to learn from."
    )


class ModelNotReadable(Refusal):
    code = "model_not_readable"
    sentence = _("This is not a churn model that this version can read.")
