"""Every address of the house: each module brings its pages and endpoints."""

from django.urls import URLPattern, URLResolver, include, path

from loopline.config import health
from loopline.config.api import api
from loopline.kernel.modules import brought

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", api.urls),
    path("tmf-api/", include("loopline.tmf.engine.urls")),
]
for pages in brought("pages").values():
    urlpatterns += pages.urlpatterns

handler400 = "loopline.kernel.pages.bad_request"
handler403 = "loopline.kernel.pages.forbidden"
handler404 = "loopline.kernel.pages.not_found"
handler500 = "loopline.kernel.pages.server_error"
