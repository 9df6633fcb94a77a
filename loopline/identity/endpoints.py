"""Who am I: for programs that hold a token."""

from django.http import HttpRequest
from ninja import Router, Schema

from loopline.kernel.permission import Actor

router = Router()


class Me(Schema):
    """The person behind the token."""

    user_name: str
    name: str
    operator: str
    unit: str
    permissions: list[str]


@router.get("/me", response=Me)
def me(request: HttpRequest) -> Me:
    """The signed-in person, his unit and permissions."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return Me(
        user_name=actor.user_name,
        name=actor.name,
        operator=actor.operator_code,
        unit=actor.unit_name,
        permissions=sorted(actor.permissions),
    )
