"""The addresses below `/tmf-api/`."""

import pkgutil
from importlib import import_module

from django.urls import path

from loopline.tmf import resources
from loopline.tmf.engine import views

for _found in pkgutil.iter_modules(resources.__path__):
    import_module(f"{resources.__name__}.{_found.name}")

app_name = "tmf"
urlpatterns = [
    path("<str:api>/v4/openapi.json", views.document),
    path("<str:api>/v4/hub", views.hub),
    path("<str:api>/v4/hub/<str:key>", views.hub),
    path("<str:api>/v4/<str:resource>", views.many),
    path("<str:api>/v4/<str:resource>/<str:key>", views.one),
    path("<str:api>/v4/<str:above>/<str:above_key>/hub", views.hub),
    path("<str:api>/v4/<str:above>/<str:above_key>/hub/<str:key>", views.hub),
    path("<str:api>/v4/<str:above>/<str:above_key>/<str:resource>", views.many),
    path("<str:api>/v4/<str:above>/<str:above_key>/<str:resource>/<str:key>", views.one),
]
