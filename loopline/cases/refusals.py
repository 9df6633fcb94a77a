"""The expected ways in which something about a ticket is not possible."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, Refusal


class IllegalStep(Conflict):
    """The step does not follow from the state."""

    code = "illegal_step"
    sentence = _("A ticket that is “%(before)s” cannot become “%(after)s”.")


class ReasonMissing(Refusal):
    """A step that must be explained."""

    code = "reason_missing"
    sentence = _("Please say why, in a sentence.")


class NothingWritten(Refusal):
    """A note, reply or title without words."""

    code = "nothing_written"
    sentence = _("Please write a few words.")


class WorkedByAnother(Conflict):
    """The ticket is somebody else's by name."""

    code = "ticket_taken"
    sentence = _("%(who)s works on this ticket. Ask to have it handed over.")


class TooLateToReopen(Conflict):
    """The period for reopening is over."""

    code = "too_late_to_reopen"
    sentence = _("It was closed more than %(days)s days ago. Open a new ticket and refer to this one.")


class ChildrenOpen(Conflict):
    """A mass fault cannot be part of another one."""

    code = "no_parent_of_parents"
    sentence = _("A mass fault cannot be part of another ticket, and only a mass fault has parts.")


class NotTheReceiver(Refusal):
    """The unit or person cannot take the ticket."""

    code = "not_a_receiver"
    sentence = _("Choose a unit that is in use, and a person who works in it.")


class CalendarWithoutHours(Refusal):
    """Nobody would ever work."""

    code = "calendar_without_hours"
    sentence = _("A calendar needs working hours, such as 09:00-12:00 13:30-18:00, on at least one day.")


class HasHistory(Conflict):
    """Somebody has worked on it."""

    code = "ticket_has_history"
    sentence = _("Only a ticket that nobody has worked on can be deleted. Withdraw it instead.")
