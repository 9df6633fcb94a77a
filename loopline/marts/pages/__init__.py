"""Data marts on screen: the cards, bringing a table in two steps, a brought table with its history."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.imports.api import bounded
from loopline.kernel.pages import MenuItem, menu
from loopline.marts.columns import LIMITS
from loopline.marts.pages import bringing, listing, table

menu.add(
    "marts", MenuItem("analysis", _("Data marts"), "marts:list", "building-store", "olap.view"), order=75
)

_patterns = [
    path("", listing.marts, name="list"),
    path("/bring", bounded(bringing.bring, LIMITS.file_bytes), name="bring"),
    path("/loads/<uuid:public_id>", bringing.show, name="load"),
    path("/loads/<uuid:public_id>/start", bringing.start, name="start"),
    path("/loads/<uuid:public_id>/discard", bringing.discard, name="discard"),
    path("/loads/<uuid:public_id>/progress", bringing.progress, name="progress"),
    path("/tables/<slug:name>", table.mart, name="mart"),
    path("/tables/<slug:name>/again", bounded(table.again, LIMITS.file_bytes), name="again"),
    path("/tables/<slug:name>/remove", table.remove, name="remove"),
    path("/tables/<slug:name>/restore", table.restore, name="restore"),
    path("/subjects/<slug:name>/refresh", listing.refresh, name="refresh"),
]
urlpatterns = [path("marts", include((_patterns, "marts")))]
