"""Signing in, one's own security, and the administration of staff, roles, organisation and audit."""

from django.urls import include, path

from loopline.identity.pages import security, signing_in, single_sign_on

from loopline.identity.pages import staff, roles, organisation, sign_in_rules, audit  # isort: skip  # the menu's order

urlpatterns = [
    path(
        "",
        include(
            (
                [
                    *signing_in.patterns,
                    *single_sign_on.patterns,
                    *security.patterns,
                    *staff.patterns,
                    *roles.patterns,
                    *organisation.patterns,
                    *sign_in_rules.patterns,
                    *audit.patterns,
                ],
                "identity",
            )
        ),
    )
]
