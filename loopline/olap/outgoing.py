"""The customers behind a figure on their way out."""

from django.utils.translation import gettext_lazy as _

from loopline.exports.api import Outgoing, bring
from loopline.olap.pages.behind import Table

bring(Outgoing("figure_customers", _("Customers behind a figure"), "olap.view", Table(), page="olap:behind"))
