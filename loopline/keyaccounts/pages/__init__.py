"""The pages of key accounts and groups."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from loopline.kernel.pages import MenuItem, menu
from loopline.keyaccounts import task_kind
from loopline.keyaccounts.pages import care, chain, groupacts, groups, mine, team
from loopline.keyaccounts.pages.parts import acting

__all__ = ["task_kind", "urlpatterns"]

VIEW = "keyaccounts.view"
for _order, (_name, _item) in enumerate(
    {
        "mine": MenuItem("customers", _("My key accounts"), "keyaccounts:mine", "user-heart", VIEW),
        "team": MenuItem("customers", _("Team board"), "keyaccounts:team", "hierarchy-2", VIEW),
        "visits": MenuItem("customers", _("Visits"), "keyaccounts:visits", "map-pin", VIEW),
        "groups": MenuItem("customers", _("Group customers"), "keyaccounts:groups", "building", VIEW),
    }.items()
):
    menu.add(f"keyaccounts.{_name}", _item, order=40 + _order)

_ID = "<uuid:public_id>"
_patterns = [
    path("key-accounts", mine.mine, name="mine"),
    path("key-accounts/team", team.team, name="team"),
    path("key-accounts/chain", chain.chain, name="chain"),
    path("key-accounts/chain/appoint", acting(chain.act_appoint), name="appoint"),
    path(f"key-accounts/chain/{_ID}/change", acting(chain.act_change), name="change_post"),
    path(f"key-accounts/chain/{_ID}/end", acting(chain.act_end), name="end_post"),
    path(f"key-accounts/chain/{_ID}/hand-over", acting(chain.act_hand_over), name="hand_over"),
    path(f"key-accounts/runs/{_ID}/undo", acting(chain.act_undo), name="undo"),
    path(f"key-accounts/runs/{_ID}/stop", acting(chain.act_stop), name="stop"),
    path("key-accounts/rules", chain.rules, name="rules"),
    path("key-accounts/rules/add", acting(chain.act_rule), name="add_rule"),
    path("key-accounts/rules/run", acting(chain.act_run), name="run"),
    path("key-accounts/rules/progress", chain.progress, name="progress"),
    path("key-accounts/rules/reminders", acting(chain.act_terms), name="set_terms"),
    path(f"key-accounts/rules/{_ID}/up", acting(chain.act_order), name="rule_up"),
    path(f"key-accounts/rules/{_ID}/remove", acting(chain.act_remove), name="remove_rule"),
    path("key-accounts/assign", chain.assign, name="assign"),
    path("key-accounts/assign/now", acting(chain.act_assign), name="assign_now"),
    path("key-accounts/visits", care.visits, name="visits"),
    path(f"key-accounts/visits/{_ID}", care.visit, name="visit"),
    path(f"key-accounts/visits/{_ID}/complete", acting(care.act_complete_visit), name="complete_visit"),
    path(f"key-accounts/visits/{_ID}/move", acting(care.act_move_visit), name="move_visit"),
    path(f"key-accounts/visits/{_ID}/cancel", acting(care.act_cancel_visit), name="cancel_visit"),
    path(f"key-accounts/customers/{_ID}", care.care_file, name="file"),
    path(f"key-accounts/customers/{_ID}/plan", acting(care.act_plan_care), name="plan_care"),
    path(f"key-accounts/customers/{_ID}/step", acting(care.act_add_step), name="add_step"),
    path(f"key-accounts/customers/{_ID}/visit", acting(care.act_plan_visit), name="plan_visit"),
    path(f"key-accounts/steps/{_ID}/do", acting(care.act_do_step), name="do_step"),
    path(f"key-accounts/steps/{_ID}/drop", acting(care.act_drop_step), name="drop_step"),
    path("groups", groups.group_list, name="groups"),
    path("groups/new", groups.new_group, name="new_group"),
    path("groups/make", acting(groupacts.act_make_group), name="make_group"),
    path(f"groups/{_ID}", groups.group, name="group"),
    path(f"groups/{_ID}/change", acting(groupacts.act_change_group), name="change_group"),
    path(f"groups/{_ID}/members", acting(groupacts.act_add_members), name="add_members"),
    path(f"groups/{_ID}/people", acting(groupacts.act_add_person), name="add_person"),
    path(f"groups/{_ID}/contracts", acting(groupacts.act_sign_contract), name="sign_contract"),
    path(f"groups/{_ID}/products", acting(groupacts.act_add_product), name="add_product"),
    path(f"groups/members/{_ID}/end", acting(groupacts.act_end_member), name="end_member"),
    path(f"groups/people/{_ID}/end", acting(groupacts.act_end_person), name="end_person"),
    path(f"groups/people/{_ID}/reveal/<slug:field>", groupacts.reveal_person, name="reveal_person"),
    path(f"groups/contracts/{_ID}/attach", acting(groupacts.act_attach), name="attach"),
    path(f"groups/contracts/{_ID}/end", acting(groupacts.act_end_contract), name="end_contract"),
    path(f"groups/products/{_ID}/end", acting(groupacts.act_end_product), name="end_product"),
]
urlpatterns = [path("", include((_patterns, "keyaccounts")))]
