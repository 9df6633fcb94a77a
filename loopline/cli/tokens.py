"""`loopline token`."""

from typing import Annotated

import typer

from loopline.config.installation import InstallationError


class NoSuchUserError(InstallationError):
    """The operator or the user name is not known; says which."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)


def token(
    user: Annotated[str, typer.Option(help="User name of the member of staff whom the token speaks for.")],
    operator: Annotated[str, typer.Option(help="Operator's code; needed where there is more than one.")] = "",
    label: Annotated[str, typer.Option(help="A word to recognise the token by.")] = "command line",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What the token may, as API:RIGHT with read, write or clear (personal data unmasked) and * for "
            "every API; may be repeated. Without any: read and write everything its user may, masked."
        ),
    ] = None,
) -> None:
    """Print a bearer token for the API.

    The token is shown this once and kept only as a digest. It is used as `Authorization: Bearer TOKEN`.
    """
    from loopline.cli.house import opened

    with opened():
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, Scope, enter

        with enter(NOBODY):
            tenants = identity.tenant_ids()
            tenant = (
                identity.find_tenant(operator) if operator else (tenants[0] if len(tenants) == 1 else None)
            )
        if tenant is None:
            known = "Name the operator with --operator CODE." if tenants else "There is no operator yet."
            raise NoSuchUserError(f"No operator has the code {operator}." if operator else known)
        with enter(Scope(tenant)):
            staff = identity.Staff.objects.filter(user_name__iexact=user, is_active=True).first()
            if staff is None:
                raise NoSuchUserError(f"Nobody active has the user name {user}.")
            typer.echo(identity.issue_token(staff=staff, label=label, scopes=scope or ()))
