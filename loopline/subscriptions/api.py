"""The door of this module for other modules."""

from loopline.subscriptions.bulk import Written, known_subscriptions, write_subscriptions

__all__ = ["Written", "known_subscriptions", "write_subscriptions"]
