"""What an operator has decided about customer files, and what holds until he has."""

from loopline.customers.models import Policy


def policy() -> Policy:
    """The operator's policy; the default one where nothing was decided."""
    return Policy.objects.order_by("id").first() or Policy()
