"""Analysis on screen: the cubes, the pivot, the customers behind a figure, and the views that people keep."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.kernel.pages import MenuItem, menu
from loopline.olap.pages import behind, competition, cubes, filters, kept, pivot, sentence, services

menu.add("cubes", MenuItem("analysis", _("Cubes"), "olap:cubes", "box", "olap.view", "x"), order=10)
menu.add(
    "services",
    MenuItem("analysis", _("Data services"), "olap:services", services.ICON, "olap.view"),
    order=12,
)
menu.add(
    "competition",
    MenuItem("analysis", _("Competition"), "olap:competition", competition.ICON, "olap.view"),
    order=14,
)

_patterns = [
    path("/cubes", cubes.cubes, name="cubes"),
    path("/cubes/<slug:cube>", pivot.pivot, name="pivot"),
    path("/cubes/<slug:cube>/file", pivot.file, name="file"),
    path("/cubes/<slug:cube>/filter", filters.choose, name="filter"),
    path("/cubes/<slug:cube>/filtered", filters.apply, name="filtered"),
    path("/services", services.services, name="services"),
    path("/competition", competition.competition, name="competition"),
    path("/ask", sentence.ask, name="ask"),
    path("/behind", behind.behind, name="behind"),
    path("/views", kept.save, name="save"),
    path("/views/<uuid:public_id>", kept.show, name="view"),
    path("/views/<uuid:public_id>/rename", kept.rename, name="rename"),
    path("/views/<uuid:public_id>/share", kept.share, name="share"),
    path("/views/<uuid:public_id>/pin", kept.pin, name="pin"),
    path("/views/<uuid:public_id>/remove", kept.remove, name="remove"),
    path("/views/<uuid:public_id>/restore", kept.restore, name="restore"),
]
urlpatterns = [path("analysis", include((_patterns, "olap")))]
