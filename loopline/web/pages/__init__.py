"""The pages of no one module: the desk, the loop, the search, messages, background work."""

from django.urls import include, path

from loopline.web.pages import stream

_patterns = [*stream.patterns]
urlpatterns = [path("", include((_patterns, "web")))]
