"""Who am I, and what is asked of passwords: for programs that hold a token."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from loopline.identity import actions, queries
from loopline.identity.models import Provider, SignInRules, Unit
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import caller, require

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
    actor = caller(request)
    return Me(
        user_name=actor.user_name,
        name=actor.name,
        operator=actor.operator_code,
        unit=actor.unit_name,
        permissions=sorted(actor.permissions),
    )


class Rules(Schema):
    """What is asked of passwords: `days_valid` and `history` may be 0."""

    min_length: int
    history: int
    days_valid: int
    failures_to_lock: int
    lock_minutes: int


class ProviderOut(Schema):
    """A provider of sign-ins; its secret is never told."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    is_active: bool
    trusts_second_step: bool
    adds_staff: bool
    role: str
    unit: str


class ProviderIn(Schema):
    """A provider as it is to be: `role` and `unit` are codes. An empty secret leaves the one that is kept."""

    name: str
    issuer: str
    client_id: str
    secret: str = ""
    is_active: bool = True
    trusts_second_step: bool = False
    adds_staff: bool = False
    role: str = ""
    unit: str = ""


class OnlyProviders(Schema):
    """No password opens anything, save that of the administrator `emergency` (user name)."""

    only_providers: bool
    emergency: str = Field("", max_length=150, pattern=r"^[^\x00]*$")


def _only(rules: SignInRules) -> OnlyProviders:
    emergency = rules.emergency.user_name if rules.emergency else ""
    return OnlyProviders(only_providers=rules.only_providers, emergency=emergency)


def _provider(row: Provider) -> ProviderOut:
    return ProviderOut(
        id=row.public_id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        is_active=row.is_active,
        trusts_second_step=row.trusts_second_step,
        adds_staff=row.adds_staff,
        role=row.role.code if row.role else "",
        unit=row.unit.code if row.unit else "",
    )


@router.get("/sign-in-rules", response=Rules)
def sign_in_rules(request: HttpRequest) -> SignInRules:
    """What is asked of passwords."""
    return queries.sign_in_rules()


@router.put("/sign-in-rules", response=Rules)
def change_sign_in_rules(request: HttpRequest, given: Rules) -> SignInRules:
    """Set what is asked of passwords."""
    return actions.change_sign_in_rules(actor=caller(request), wanted=given.dict())


@router.get("/only-providers", response=OnlyProviders)
def only_providers(request: HttpRequest) -> OnlyProviders:
    """Whether people get in by the provider only, and who besides."""
    require(caller(request), "administration.staff")
    return _only(queries.sign_in_rules())


@router.put("/only-providers", response=OnlyProviders)
def close_passwords(request: HttpRequest, given: OnlyProviders) -> OnlyProviders:
    """Let people in by the provider only, or by passwords again."""
    return _only(
        actions.close_passwords(actor=caller(request), closed=given.only_providers, emergency=given.emergency)
    )


@router.get("/providers", response=list[ProviderOut])
def providers(request: HttpRequest) -> list[ProviderOut]:
    """The providers through which one may sign in, and those that are switched off."""
    require(caller(request), "administration.staff")
    return [_provider(row) for row in Provider.objects.select_related("role", "unit").order_by("name")]


@router.post("/providers", response={201: ProviderOut})
def add_provider(request: HttpRequest, given: ProviderIn) -> Status[ProviderOut]:
    """Set a provider up; it is asked who it is."""
    return Status(201, _provider(actions.set_provider(actor=caller(request), wanted=_wanted(given))))


@router.put("/providers/{provider}", response=ProviderOut)
def change_provider(request: HttpRequest, provider: UUID, given: ProviderIn) -> ProviderOut:
    """Change a provider."""
    wanted = _wanted(given)
    return _provider(actions.set_provider(actor=caller(request), wanted=wanted, public_id=str(provider)))


@router.delete("/providers/{provider}", response={204: None})
def remove_provider(request: HttpRequest, provider: UUID) -> Status[None]:
    """Take a provider away; the sessions that it opened end."""
    actions.remove_provider(actor=caller(request), public_id=str(provider))
    return Status(204, None)


def _wanted(given: ProviderIn) -> actions.ProviderInput:
    values = {name: text.replace("\0", "") for name, text in given.dict().items() if isinstance(text, str)}
    unit = Unit.objects.filter(code=values["unit"]).first() if given.unit else None
    if given.unit and unit is None:
        raise NotFound(field="unit")
    return actions.ProviderInput(**(given.dict() | values | {"unit": unit}))
