"""Orders on screen: accept one, the list, one with its steps, and what is in jeopardy."""

from django.urls import include, path

from loopline.orders import task_kind
from loopline.orders.pages import accepting, activation, listing, paper, view, visits

__all__ = ["task_kind", "urlpatterns"]

_patterns = [
    path("orders", listing.order_list, name="list"),
    path("orders/new", accepting.new, name="new"),
    path("orders/porting-code", accepting.porting_code, name="porting_code"),
    path("orders/quote", accepting.quote, name="quote"),
    path("orders/numbers", accepting.numbers, name="numbers"),
    path("orders/<uuid:public_id>", view.one, name="one"),
    path("orders/<uuid:public_id>/form.pdf", paper.form, name="form"),
    path("orders/<uuid:public_id>/sign", paper.sign, name="sign"),
    path("orders/<uuid:public_id>/scan", paper.scan, name="scan"),
    path("orders/<uuid:public_id>/cancel", view.cancel, name="cancel"),
    path("orders/<uuid:public_id>/progress", view.progress, name="progress"),
    path("orders/visits", visits.calendar, name="visits"),
    path("orders/visits/offer", visits.offer, name="offer"),
    path("orders/visits/<uuid:visit>/move", visits.move, name="visit_move"),
    path("orders/visits/<uuid:visit>/end", visits.end, name="visit_end"),
    path("orders/items/<uuid:item>/visit", visits.book, name="visit_book"),
    path("orders/items/<uuid:item>/activation", activation.activation, name="activation"),
    path("orders/items/<uuid:item>/activation.pdf", activation.activation_form, name="activation_form"),
    path("orders/items/<uuid:item>/release", view.release, name="release"),
]
urlpatterns = [path("", include((_patterns, "orders")))]
