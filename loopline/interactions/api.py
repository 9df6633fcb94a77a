"""The door of this module for other modules."""

from loopline.interactions.bulk import write_interactions

__all__ = ["write_interactions"]
