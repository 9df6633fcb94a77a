"""The door of this module for other modules."""

from loopline.subscriptions.bulk import Written, known_subscriptions, write_subscriptions
from loopline.subscriptions.models import LEFT, Service, State

__all__ = ["LEFT", "Service", "State", "Written", "known_subscriptions", "write_subscriptions"]
