"""The search over everything, and the calendar."""

from django.urls import include, path

from loopline.desk.pages import appointment, calendar, search, sharing

urlpatterns = [
    path(
        "",
        include(([*search.patterns, *calendar.patterns, *sharing.patterns, *appointment.patterns], "desk")),
    ),
]
