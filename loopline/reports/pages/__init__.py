"""The pages of reports."""

from django.urls import include, path

from loopline.kernel.pages import MenuItem, menu
from loopline.reports.pages import acts, designing, parts, shown

menu.add(
    "reports",
    MenuItem("analysis", parts.TITLE, "reports:list", "report-analytics", "reports.view"),
    order=60,
)

_ID = "/<uuid:public_id>"
_patterns = [
    path("", shown.list_, name="list"),
    path("/new", parts.acting(designing.act_new), name="new"),
    path("/standard", parts.acting(designing.act_standard), name="standard"),
    path("/files/<uuid:public_id>/<slug:form>", shown.file, name="file"),
    path("/runs/<uuid:public_id>/again", parts.acting(acts.act_again), name="again"),
    path("/mails/<uuid:public_id>/settled", parts.acting(acts.act_settle), name="settle"),
    path(_ID, shown.report, name="report"),
    path(f"{_ID}/preview", shown.preview, name="preview"),
    path(f"{_ID}/runs", shown.runs, name="runs"),
    path(f"{_ID}/design", designing.design, name="design"),
    path(f"{_ID}/form", designing.form, name="form"),
    path(f"{_ID}/facts", parts.acting(designing.act_facts), name="facts"),
    path(f"{_ID}/section", parts.acting(designing.act_section), name="section"),
    path(f"{_ID}/order", parts.acting(designing.act_order), name="order"),
    path(f"{_ID}/copy", parts.acting(designing.act_copy), name="copy"),
    path(f"{_ID}/remove", parts.acting(designing.act_remove), name="remove"),
    path(f"{_ID}/run", parts.acting(acts.act_run), name="run"),
    path(f"{_ID}/schedule", parts.acting(acts.act_schedule), name="schedule"),
    path(f"{_ID}/recipient", parts.acting(acts.act_recipient), name="recipient"),
    path(f"{_ID}/drop", parts.acting(acts.act_drop), name="drop"),
]
urlpatterns = [path("reports", include((_patterns, "reports")))]
