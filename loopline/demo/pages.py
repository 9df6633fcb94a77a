"""What the demo shows on the desk: how far it has grown."""

from django.urls import URLPattern
from django.utils.translation import gettext as _

from loopline.demo.status import here
from loopline.kernel import formats
from loopline.kernel.permission import Actor
from loopline.web.api import Banner, banners

urlpatterns: list[URLPattern] = []


def growing(actor: Actor) -> Banner | None:
    """How many customers are there, while further ones are still coming."""
    now = here()
    if now.complete:
        return None
    return Banner(
        label=_("The demo operator is growing"),
        percent=now.percent,
        detail=_("%(done)s of %(target)s customers are here. You can work meanwhile.")
        % {"done": formats.number(now.customers), "target": formats.number(now.target)},
    )


banners.add("demo.growing", growing)
