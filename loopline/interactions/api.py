"""The door of this module for other modules."""

from loopline.interactions.bulk import write_interactions
from loopline.interactions.touches import record_interaction, withdraw_interaction

__all__ = ["record_interaction", "withdraw_interaction", "write_interactions"]
