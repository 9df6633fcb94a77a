"""The customers' pages: the list, the unified view, the forms, the walk-in."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.customers.pages import (
    changes,
    file,
    forms,
    listing,
    merging,
    office,
    parts,
    view,
    walk_in,
)
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
menu.add(
    "stopped",
    MenuItem("customers", _("Not to be served"), "customers:stopped", "ban", "customers.stop"),
    order=30,
)
menu.add(
    "real_name",
    MenuItem("customers", _("Real-name check"), "customers:real_name", "user-check", "customers.stop"),
    order=40,
)
menu.add(
    "customer_rules",
    MenuItem("administration", _("Customer file rules"), "customers:rules", "adjustments", "customers.rules"),
)

_patterns = [
    path("", listing.customers, name="list"),
    path("/new", forms.new, name="new"),
    path("/stopped", office.stopped, name="stopped"),
    path("/real-name", office.real_name, name="real_name"),
    path("/rules", office.rules, name="rules"),
    path("/walk-in", walk_in.walk_in, name="walk_in"),
    path("/walk-in/open", walk_in.open_card, name="walk_in_open"),
    path("/<uuid:public_id>", view.overview, name="view"),
    path("/<uuid:public_id>/history", view.history, name="history"),
    path("/<uuid:public_id>/changes", changes.changes, name="changes"),
    path("/<uuid:public_id>/file", file.whole_file, name="file"),
    path("/<uuid:public_id>/contacts/<uuid:contact>/<slug:act>", parts.contact_act),
    path("/<uuid:public_id>/addresses", parts.add_address),
    path("/<uuid:public_id>/addresses/<uuid:address>", parts.edit_address),
    path("/<uuid:public_id>/addresses/<uuid:address>/<slug:act>", parts.address_act),
    path("/<uuid:public_id>/documents/<uuid:document>/check", parts.check_document),
    path("/<uuid:public_id>/consents", parts.turn_consent),
    path("/<uuid:public_id>/accounts", parts.open_account),
    path("/<uuid:public_id>/accounts/<uuid:account>", parts.edit_account),
    path("/<uuid:public_id>/household/<slug:act>", parts.link),
    path("/<uuid:public_id>/links/<slug:kind>/<uuid:other>/propose", parts.propose_again),
    path("/<uuid:public_id>/compare/<uuid:other>", merging.compare, name="compare"),
    path("/<uuid:public_id>/merges/<uuid:merge>/undo", parts.undo_merge),
    path("/<uuid:public_id>/stop", parts.stop),
    path("/<uuid:public_id>/resume", parts.resume),
    path("/<uuid:public_id>/edit", forms.edit, name="edit"),
    path("/<uuid:public_id>/move", forms.move, name="move"),
    path("/<uuid:public_id>/contacts", forms.contact, name="contact"),
    path("/<uuid:public_id>/documents", forms.document, name="document"),
    path("/<uuid:public_id>/consent", view.consent, name="consent"),
    path("/<uuid:public_id>/reveal/<str:field>", view.reveal, name="reveal"),
]
urlpatterns = [path("customers", include((_patterns, "customers")))]
