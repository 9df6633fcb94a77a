"""The door of this module for other modules."""

from loopline.interactions.bulk import resolve_interactions, write_interactions
from loopline.interactions.models import Channel, Interaction, InteractionKind, Result
from loopline.interactions.records import correct_interaction, interactions
from loopline.interactions.touches import record_interaction, settle_interaction, withdraw_interaction

__all__ = [
    "Channel",
    "Interaction",
    "InteractionKind",
    "Result",
    "correct_interaction",
    "interactions",
    "record_interaction",
    "resolve_interactions",
    "settle_interaction",
    "withdraw_interaction",
    "write_interactions",
]
