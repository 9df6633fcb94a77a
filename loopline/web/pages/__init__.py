"""The pages of no one module: the desk, the loop, the search, messages, background work."""

from django.urls import include, path

from loopline.web.pages import background, desk, log, loop, messages, outgoing, search, stream

_patterns = [
    *desk.patterns,
    *loop.patterns,
    *search.patterns,
    *messages.patterns,
    *log.patterns,
    *background.patterns,
    *outgoing.patterns,
    *stream.patterns,
]
urlpatterns = [path("", include((_patterns, "web")))]
