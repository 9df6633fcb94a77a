"""Pages: the effect of campaigns, the board of indicators, one indicator, breaches, and their setting."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.kernel.pages import MenuItem, menu
from loopline.kpi import task_kind
from loopline.kpi.pages import board, breach, editing, effect, indicator, relationship, scorecard, work

__all__ = ["task_kind", "urlpatterns"]

menu.add(
    "kpi.board",
    MenuItem("performance", _("Indicators"), "kpi:board", "target-arrow", "kpi.view", "z"),
    order=10,
)
menu.add(
    "kpi.breaches", MenuItem("performance", _("Breached indicators"), "kpi:breaches", "alert-circle", "kpi.view"),
    order=20,
)  # fmt: skip

menu.add(
    "kpi.scorecard",
    MenuItem("performance", _("Scorecard"), "kpi:scorecard", "layout-kanban", "kpi.view"),
    order=25,
)
menu.add("kpi.work", MenuItem("performance", _("Recorded work"), "kpi:work", "users", "kpi.view"), order=30)
menu.add(
    "kpi.relationship",
    MenuItem("performance", _("Relationship quality"), "kpi:relationship", "heart-handshake", "kpi.view"),
    order=40,
)

_patterns = [
    *effect.patterns,
    path("performance", board.board, name="board"),
    path("performance/breaches", breach.listing, name="breaches"),
    path("performance/breaches/<uuid:public_id>", breach.breach, name="breach"),
    path("performance/scorecard", scorecard.scorecard, name="scorecard"),
    path("performance/relationship", relationship.relationship, name="relationship"),
    path("performance/work", work.team, name="work"),
    path("performance/work/weights", work.weights, name="weights"),
    path("performance/work/<uuid:public_id>", work.person, name="person"),
    path("performance/indicators", editing.listing, name="indicators"),
    path("performance/indicators/new", editing.new, name="new"),
    path("performance/indicators/<uuid:public_id>", indicator.indicator, name="indicator"),
    path("performance/indicators/<uuid:public_id>/edit", editing.edit, name="edit"),
    path("performance/indicators/<uuid:public_id>/target", editing.target, name="target"),
    path("performance/indicators/<uuid:public_id>/threshold", editing.threshold, name="threshold"),
    path("performance/indicators/<uuid:public_id>/drop", editing.drop, name="drop"),
    path("performance/indicators/<uuid:public_id>/take-back", editing.take_back, name="take_back"),
]
urlpatterns = [path("", include((_patterns, "kpi")))]
