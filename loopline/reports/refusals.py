"""Why something about a report is refused."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Refusal


class NoReportName(Refusal):
    """A report has a name."""

    code = "report_without_name"
    sentence = _("Give the report a name.")


class TooManySections(Refusal):
    """A report is too long."""

    code = "too_many_sections"
    sentence = _("A report has at most %(most)s sections.")


class BadSchedule(Refusal):
    """A schedule that names no day or hour."""

    code = "bad_schedule"
    sentence = _("Choose a day and an hour that there are.")


class BadAddress(Refusal):
    """An address that is none."""

    code = "bad_mail_address"
    sentence = _("This is not an e-mail address.")


class NobodyChosen(Refusal):
    """A recipient that is neither person, role nor address."""

    code = "no_recipient"
    sentence = _("Choose a person, a role or an address.")


class NotYours(Refusal):
    """A report that somebody else keeps."""

    code = "report_of_another"
    status = 403
    sentence = _("This report belongs to %(who)s. Copy it to change it.")


class MailNotInDoubt(Refusal):
    """A mail of which it is known that it went, or that it is under way."""

    code = "mail_not_in_doubt"
    status = 409
    sentence = _("Of this mail there is no doubt: it was sent, or is being sent.")


class ReportHasRuns(Refusal):
    """A report with an archive is not removed."""

    code = "report_has_runs"
    status = 409
    sentence = _("This report has been made before; its archive is kept. Stop its schedule instead.")
