"""Every write to operators, their organisation, staff, roles and sign-ins."""

from loopline.identity.actions.assignments import assign_customers, withdraw_customers
from loopline.identity.actions.delegation import delegate, end_delegation
from loopline.identity.actions.organisation import (
    add_staff,
    add_unit,
    change_staff,
    found_tenant,
    live_ahead,
    open_for_the_day,
    rename_unit,
    set_language,
)
from loopline.identity.actions.roles import add_role, administrators, change_role, remove_role
from loopline.identity.actions.second_step import (
    admit_session,
    confirm_second_step,
    give_code,
    offer_second_step,
    remove_second_step,
)
from loopline.identity.actions.sign_in_rules import (
    LIMITS,
    ProviderInput,
    change_sign_in_rules,
    close_passwords,
    remove_provider,
    set_provider,
)
from loopline.identity.actions.signing_in import (
    change_password,
    end_sessions,
    issue_own_token,
    issue_token,
    reset_password,
    revoke_own_token,
    sign_in,
    sign_out,
)
from loopline.identity.actions.single_sign_on import begin_at_provider, come_back, way_out
from loopline.identity.refusals import Locked, SignInNotBegun, TooManyTries, WrongSignIn

__all__ = [
    "LIMITS",
    "Locked",
    "ProviderInput",
    "SignInNotBegun",
    "TooManyTries",
    "WrongSignIn",
    "add_role",
    "add_staff",
    "add_unit",
    "administrators",
    "admit_session",
    "assign_customers",
    "begin_at_provider",
    "change_password",
    "change_role",
    "change_sign_in_rules",
    "change_staff",
    "close_passwords",
    "come_back",
    "confirm_second_step",
    "delegate",
    "end_delegation",
    "end_sessions",
    "found_tenant",
    "give_code",
    "issue_own_token",
    "issue_token",
    "live_ahead",
    "offer_second_step",
    "open_for_the_day",
    "remove_provider",
    "remove_role",
    "remove_second_step",
    "rename_unit",
    "reset_password",
    "revoke_own_token",
    "set_language",
    "set_provider",
    "sign_in",
    "sign_out",
    "way_out",
    "withdraw_customers",
]
