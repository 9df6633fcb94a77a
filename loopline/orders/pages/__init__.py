"""Orders on screen: accept one, the list, one with its steps, and what is in jeopardy."""

from django.urls import include, path

from loopline.orders import task_kind
from loopline.orders.pages import accepting, listing, view

__all__ = ["task_kind", "urlpatterns"]

_patterns = [
    path("orders", listing.order_list, name="list"),
    path("orders/new", accepting.new, name="new"),
    path("orders/quote", accepting.quote, name="quote"),
    path("orders/numbers", accepting.numbers, name="numbers"),
    path("orders/<uuid:public_id>", view.one, name="one"),
    path("orders/<uuid:public_id>/cancel", view.cancel, name="cancel"),
    path("orders/<uuid:public_id>/progress", view.progress, name="progress"),
    path("orders/items/<uuid:item>/release", view.release, name="release"),
]
urlpatterns = [path("", include((_patterns, "orders")))]
