"""What is refused about files of usage records, each with its sentence."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class UnusableLayout(Refusal):
    """The description of a file's layout cannot be followed."""

    code = "usage_layout_unusable"
    sentence = _("The layout cannot be used: %(problem)s.")


class UnusableFile(Refusal):
    """A file of which nothing can be taken; nothing of it reaches the lake."""

    code = "usage_file_unusable"
    sentence = _("The file cannot be taken: %(problem)s.")


class OriginalMissing(Refusal):
    """A file that a replay needs is no longer kept."""

    code = "usage_original_missing"
    status = 409
    sentence = _("The original of “%(name)s” is no longer kept; replay from a later day.")
