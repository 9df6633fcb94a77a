"""Key accounts on their way out."""

from django.utils.translation import gettext_lazy as _

from loopline.exports.api import Outgoing, bring
from loopline.keyaccounts.pages.mine import Table

bring(Outgoing("key_accounts", _("My key accounts"), "keyaccounts.view", Table(), page="keyaccounts:mine"))
