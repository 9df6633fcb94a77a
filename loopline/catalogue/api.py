"""The door of this module for other modules."""

from loopline.catalogue.models import Offering, OfferingKind

__all__ = ["Offering", "OfferingKind"]
