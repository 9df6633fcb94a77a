"""Background work of campaigns, where the worker looks for it."""

from loopline.campaigns.starting import start

__all__ = ["start"]
