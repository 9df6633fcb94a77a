"""The catalogue on screen: the list, an offer with its versions, the designer, two versions side by side."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.catalogue.pages import designer, listing, offer
from loopline.kernel.pages import Creation, MenuItem, creations, menu

menu.add(
    "catalogue.list",
    MenuItem("market", _("Catalogue"), "catalogue:list", "packages", "catalogue.view", "p"),
    order=20,
)
creations.add(
    "catalogue.offer", Creation(_("Offering"), "catalogue:new", "packages", "catalogue.design"), order=60
)

_patterns = [
    path("", listing.offers, name="list"),
    path("/new", designer.new, name="new"),
    path("/design", designer.part, name="part"),
    path("/price", designer.preview, name="preview"),
    path("/<uuid:public_id>", offer.one, name="one"),
    path("/<uuid:public_id>/price", offer.price, name="price"),
    path("/<uuid:public_id>/design", designer.change, name="change"),
    path("/<uuid:public_id>/version", offer.version, name="version"),
    path("/<uuid:public_id>/state", offer.state, name="state"),
    path("/<uuid:public_id>/remove", offer.remove, name="remove"),
    path("/<uuid:public_id>/compare/<uuid:other>", offer.compare, name="compare"),
]
urlpatterns = [path("catalogue", include((_patterns, "catalogue")))]
