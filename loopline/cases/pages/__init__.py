"""The tickets' pages: the list, a new one, one ticket, and the standards of service."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.cases import task_kind
from loopline.cases.pages import acts, listing, new, standards, ticket
from loopline.kernel.pages import Area, Creation, MenuItem, areas, creations, menu

__all__ = ["task_kind", "urlpatterns"]

areas.add("service", Area(_("Customer service"), "headset"), order=1)
menu.add("cases", MenuItem("service", _("Tickets"), "cases:list", "ticket", "cases.work", "k"), order=10)
menu.add(
    "cases.standards",
    MenuItem("administration", _("Service standards"), "cases:standards", "adjustments", "cases.configure"),
    order=40,
)
creations.add("ticket", Creation(_("New ticket"), "cases:new", "ticket", "cases.work"))

_patterns = [
    path("tickets", listing.tickets, name="list"),
    path("tickets/new", new.new, name="new"),
    path("tickets/new/hint", new.hint, name="hint"),
    path("tickets/<uuid:public_id>", ticket.ticket, name="one"),
    path("tickets/<uuid:public_id>/edit", ticket.edit, name="edit"),
    *(
        path(f"tickets/<uuid:public_id>/{name.replace('_', '-')}", act, name=name)
        for name, act in acts.ACTS.items()
    ),
    path("service-standards", standards.page, name="standards"),
    path("service-standards/<slug:what>", standards.save, name="save_standards"),
]
urlpatterns = [path("", include((_patterns, "cases")))]
