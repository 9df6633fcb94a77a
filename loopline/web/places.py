"""Where things are: the address of a module's page in the menu, for whoever may see it."""

from django.urls import reverse

from loopline.kernel.pages import menu
from loopline.kernel.permission import Actor


def page_of(actor: Actor, module: str) -> str:
    """The first page of a module in the menu, or "" where the actor may see none."""
    for entry in menu:
        if entry.url_name.startswith(f"{module}:") and (not entry.permission or actor.may(entry.permission)):
            return reverse(entry.url_name)
    return ""
