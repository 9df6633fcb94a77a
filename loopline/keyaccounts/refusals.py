"""Why something about key accounts is not done."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import Conflict, Refusal


class NotAbove(Refusal):
    """A post reports to one of a higher level, and never to one below itself."""

    code = "not_above"
    sentence = _("A post reports to one of a higher level that is not below itself.")


class HasPost(Conflict):
    """Somebody holds one post at a time."""

    code = "has_post"
    sentence = _("%(who)s holds a post already.")


class StillInCharge(Conflict):
    """Whoever has customers hands them over before his post ends."""

    code = "still_in_charge"
    sentence = _("%(count)s customers are still in charge of this post. Hand them over first.")


class StillAbove(Conflict):
    """A post to which others report does not end."""

    code = "still_above"
    sentence = _("%(count)s posts report to this one. Let them report to another first.")


class NoRoom(Refusal):
    """A manager has as many customers as he may have."""

    code = "no_room"
    sentence = _("%(who)s may have %(limit)s customers and would have %(count)s.")


class OutOfReach(Refusal):
    """Only who sees a post and the customer puts one in charge of the other."""

    code = "out_of_reach"
    status = 403
    sentence = _("This post or customer is not within what you may see.")


class NothingToGive(Refusal):
    """Nobody would change hands."""

    code = "nothing_to_give"
    sentence = _("No customer would come into other hands.")


class RunUnderWay(Conflict):
    """One run by rules at a time."""

    code = "run_under_way"
    sentence = _("A run is under way. Wait for its end or stop it.")


class NotTheLast(Conflict):
    """Only the last run is taken back, and only once it has ended."""

    code = "not_the_last"
    sentence = _("Only the latest assignment can be taken back, once, after its end.")


class PostIsOver(Conflict):
    """Nobody gets customers back whose appointment is over."""

    code = "post_is_over"
    sentence = _("%(who)s has no post any more, so the customers cannot go back. Give them to somebody else.")


class NotPlanned(Conflict):
    """A visit that is done or cancelled stays so."""

    code = "not_planned"
    sentence = _("This visit is no longer planned: it is %(state)s.")


class NotOpen(Conflict):
    """A step of a care plan that is done or dropped stays so."""

    code = "care_not_open"
    sentence = _("This step is done or dropped already.")


class AlreadyAGroup(Conflict):
    """An organisation is one group customer."""

    code = "already_a_group"
    sentence = _("This organisation is the group customer %(number)s already.")


class NotAnOrganisation(Refusal):
    """Only an organisation is a group customer."""

    code = "not_an_organisation"
    sentence = _("Only an organisation can be a group customer.")


class WouldCircle(Refusal):
    """A group under one of its own parts would be its own head office."""

    code = "would_circle"
    sentence = _("%(name)s stands below this group already, so it cannot stand above it.")


class AlreadyAMember(Conflict):
    """A customer or line is a member of one group at a time."""

    code = "already_a_member"
    sentence = _("This customer is a member of %(group)s.")


class NumberTaken(Conflict):
    """A contract number is used once."""

    code = "contract_number_taken"
    sentence = _("There is a contract %(number)s already.")
