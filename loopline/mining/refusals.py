"""What mining cannot do, each with a sentence fit for the screen. Those of a table are in `rules.refusals`."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, Refusal


class TooLittleHistory(Refusal):
    """No cut-off has months before and after it."""

    code = "too_little_history"
    sentence = _(
        "The warehouse holds %(months)s closed months. %(needed)s are needed: some to learn from, and two after "
        "each cut-off to see who left."
    )


class NoLabel(Refusal):
    """The import does not say who has left."""

    code = "no_label"
    sentence = _("This import has no column that says who has left.")


class NoSuchPopulation(Refusal):
    """Neither the history nor an import that is finished."""

    code = "no_such_population"
    sentence = _("There is no finished import “%(population)s” within what you may see.")


class NotTrained(Conflict):
    """Scores need a model."""

    code = "not_trained"
    sentence = _("This run has no model to score with.")


class AtWork(Conflict):
    """One thing at a time with one run."""

    code = "run_at_work"
    sentence = _("This run is at work already.")


class NobodyToScore(Refusal):
    """All have left, or the warehouse knows no life of anybody."""

    code = "nobody_to_score"
    sentence = _("There is nobody to score: all have left, or no bills and no usage are known.")


class TableTooLarge(Refusal):
    """An upload beyond the limit."""

    code = "table_too_large"
    sentence = _("The file is larger than %(allowed)s. Use `loopline mine evaluate` on the server.")


class TargetTwice(Refusal):
    """The target cannot be left out or give the order."""

    code = "target_twice"
    sentence = _("The target cannot be left out, nor give the order of time.")


class NoFile(Refusal):
    """Nothing was chosen."""

    code = "no_file"
    sentence = _("Choose a file first.")
