"""The search over everything, and the calendar."""

from django.urls import include, path

from loopline.desk.pages import appointment, calendar, search

urlpatterns = [
    path("", include(([*search.patterns, *calendar.patterns, *appointment.patterns], "desk"))),
]
