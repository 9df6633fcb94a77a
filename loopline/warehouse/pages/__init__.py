"""The warehouse on screen: loads and check, quality, data dictionary, lineage."""

from django.urls import include, path
from django.utils.translation import gettext_lazy

from loopline.kernel.pages import MenuItem, menu
from loopline.warehouse.pages import dictionary, loads, quality
from loopline.warehouse.usage.pages import patterns as usage_patterns

menu.add(
    "warehouse",
    MenuItem("analysis", gettext_lazy("Warehouse"), "warehouse:loads", "database", "warehouse.view", "h"),
    order=80,
)

_patterns = [
    path("", loads.loads, name="loads"),
    path("/progress", loads.progress, name="progress"),
    path("/refresh", loads.refresh, name="refresh"),
    path("/quality", quality.quality, name="quality"),
    path("/dictionary", dictionary.dictionary, name="dictionary"),
    path("/dictionary/<slug:table>", dictionary.table, name="table"),
    path("/lineage/<slug:table>/<slug:column>", dictionary.lineage, name="lineage"),
]
urlpatterns = [path("warehouse", include(([*_patterns, *usage_patterns], "warehouse")))]
