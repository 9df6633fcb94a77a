"""What other modules show on a campaign's page: they register here, campaigns know none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loopline.campaigns.models import Campaign
from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class EffectPanel:
    """A part of the campaign's page: a template that reads `panel.body`."""

    template: str
    body: Any


campaign_panels: Registry[Callable[[Actor, Campaign], EffectPanel | None]] = Registry("campaign panel")
