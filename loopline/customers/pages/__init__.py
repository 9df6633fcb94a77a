"""The customers' pages: the list, the unified view, the forms, the walk-in."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.customers.pages import forms, listing, view, walk_in
from loopline.kernel.pages import MenuItem, menu

menu.add(
    "customers",
    MenuItem("customers", _("Customers"), "customers:list", "users", "customers.view", "c"),
    order=10,
)
menu.add(
    "walk_in",
    MenuItem("customers", _("Walk-in"), "customers:walk_in", "user-search", "customers.walk_in", "w"),
    order=20,
)

_patterns = [
    path("", listing.customers, name="list"),
    path("/export", listing.export, name="export"),
    path("/new", forms.new, name="new"),
    path("/walk-in", walk_in.walk_in, name="walk_in"),
    path("/walk-in/open", walk_in.open_card, name="walk_in_open"),
    path("/<uuid:public_id>", view.overview, name="view"),
    path("/<uuid:public_id>/history", view.history, name="history"),
    path("/<uuid:public_id>/edit", forms.edit, name="edit"),
    path("/<uuid:public_id>/move", forms.move, name="move"),
    path("/<uuid:public_id>/contacts", forms.contact, name="contact"),
    path("/<uuid:public_id>/documents", forms.document, name="document"),
    path("/<uuid:public_id>/consent", view.consent, name="consent"),
    path("/<uuid:public_id>/reveal/<str:field>", view.reveal, name="reveal"),
]
urlpatterns = [path("customers", include((_patterns, "customers")))]
