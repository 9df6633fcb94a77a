"""Every address of the house: each module brings its pages and endpoints."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from loopline.config import health
from loopline.config.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", api.urls),
    path("tmf-api/", include("loopline.tmf.engine.urls")),
]
for module in settings.MODULES[1:]:  # the kernel makes pages possible and has none
    if find_spec(f"loopline.{module}.pages"):
        urlpatterns += import_module(f"loopline.{module}.pages").urlpatterns

handler400 = "loopline.kernel.pages.bad_request"
handler403 = "loopline.kernel.pages.forbidden"
handler404 = "loopline.kernel.pages.not_found"
handler500 = "loopline.kernel.pages.server_error"
