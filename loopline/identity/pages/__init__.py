"""Signing in, one's own security, and the administration of staff, roles, organisation and audit."""

from django.urls import include, path

from loopline.identity.pages import signing_in, staff, roles, organisation, audit, security  # isort: skip  # in the menu's order

urlpatterns = [
    path(
        "",
        include(
            (
                [
                    *signing_in.patterns,
                    *security.patterns,
                    *staff.patterns,
                    *roles.patterns,
                    *organisation.patterns,
                    *audit.patterns,
                ],
                "identity",
            )
        ),
    )
]
