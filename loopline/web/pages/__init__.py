"""The pages of no one module: the desk, the loop, messages and notices, background work."""

from django.urls import include, path

from loopline.web.pages import background, desk, log, loop, messages, notices, stream, writing

_patterns = [
    *desk.patterns,
    *loop.patterns,
    *messages.patterns,
    *writing.patterns,
    *notices.patterns,
    *log.patterns,
    *background.patterns,
    *stream.patterns,
]
urlpatterns = [path("", include((_patterns, "web")))]
