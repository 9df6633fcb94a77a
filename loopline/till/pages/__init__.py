"""Tills on screen: the day, taking money, receipts, and what the operator has decided."""

from django.urls import include, path

from loopline.till.pages import day, office, receipt, taking

__all__ = ["urlpatterns"]

_patterns = [
    path("till", day.here, name="here"),
    path("till/open", day.open_till, name="open"),
    path("till/days", office.days, name="days"),
    path("till/set-up", office.set_up, name="set_up"),
    path("till/terms", office.terms, name="terms"),
    path("till/pay", taking.take, name="pay"),
    path("till/refund", taking.refund, name="refund"),
    path("till/deposits/<uuid:deposit>/return", taking.return_deposit, name="return_deposit"),
    path("till/receipts/<uuid:public_id>", receipt.one, name="receipt"),
    path("till/receipts/<uuid:public_id>/print", receipt.print_one, name="print"),
    path("till/receipts/<uuid:public_id>/correct", receipt.correct, name="correct"),
    path("till/days/<uuid:public_id>", day.one, name="day"),
    path("till/days/<uuid:public_id>/count", day.count, name="count"),
    path("till/days/<uuid:public_id>/confirm", day.confirm, name="confirm"),
    path("till/days/<uuid:public_id>/reject", day.reject, name="reject"),
]
urlpatterns = [path("", include((_patterns, "till")))]
