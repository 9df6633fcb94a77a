"""What is said to a provider, and what of its answers is believed.

OpenID Connect Core 1.0 and Discovery 1.0, with PKCE (RFC 7636) and the issuer named in the answer (RFC 9207).
Only https is spoken, or http to this machine itself; redirects are not followed.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from loopline.kernel import clock

TIMEOUT = 8
LARGEST = 2**20
LEEWAY = 60
"""Seconds by which a provider's clock may differ from ours."""
SCOPE = "openid email profile"
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]
"""Signatures that are believed: made with a key that only the provider has."""
MORE_THAN_A_PASSWORD = frozenset({"mfa", "otp", "hwk", "sc", "fpt", "face", "iris"})
"""Ways of signing in (RFC 8176) that make a second step of ours needless."""


class NotBelieved(Exception):
    """The provider did not answer, or its answer is not believed; the argument says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    takes_secret_in_body: bool
    names_issuer: bool


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at a provider."""

    id: str
    secret: str
    back: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for. `email` is empty unless the provider has verified it."""

    subject: str
    email: str
    user_name: str
    name: str
    methods: frozenset[str]
    id_token: str


def discover(issuer: str) -> Metadata:
    """Read what the provider says of itself. Raises NotBelieved."""
    told = _ask(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise NotBelieved("issuer")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    at = {name: str(told.get(name) or "") for name in (*needed, "userinfo_endpoint", "end_session_endpoint")}
    if not all(is_safe(url) for name, url in at.items() if url or name in needed):
        raise NotBelieved("discovery")
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    names_issuer = bool(told.get("authorization_response_iss_parameter_supported"))
    in_body = "client_secret_basic" not in ways
    return Metadata(issuer=issuer, takes_secret_in_body=in_body, names_issuer=names_issuer, **at)


def is_safe(url: str) -> bool:
    """Whether an address is spoken to: https anywhere, http on this machine alone."""
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))


def way_in(provider: Metadata, client: Client, *, state: str, nonce: str, verifier: str) -> str:
    """The address at which a person signs in with the provider."""
    return str(
        prepare_grant_uri(
            provider.authorization_endpoint,
            client.id,
            "code",
            redirect_uri=client.back,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
            code_challenge_method="S256",
        )
    )


def redeem(provider: Metadata, client: Client, *, code: str, verifier: str, nonce: str) -> Person:
    """Change a code into the person who signed in. Raises NotBelieved."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.back,
        "code_verifier": verifier,
    }
    headers = {}
    if not client.secret or provider.takes_secret_in_body:
        form |= {"client_id": client.id} | ({"client_secret": client.secret} if client.secret else {})
    else:
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    answer = _ask(provider.token_endpoint, headers, urlencode(form).encode())
    id_token, access = str(answer.get("id_token", "")), str(answer.get("access_token", ""))
    claims = _checked(provider, client, id_token, nonce, access)
    return _person(provider, claims, id_token, access)


def way_out(provider: Metadata, client: Client, hint: str) -> str:
    """The address at which the person signs out with the provider too; empty where it has none."""
    if not provider.end_session_endpoint:
        return ""
    told = {"client_id": client.id, "post_logout_redirect_uri": client.back, "id_token_hint": hint}
    mark = "&" if "?" in provider.end_session_endpoint else "?"
    return provider.end_session_endpoint + mark + urlencode(told)


def _checked(provider: Metadata, client: Client, id_token: str, nonce: str, access: str) -> CodeIDToken:
    """The claims of an ID token that is signed by the provider, for us, in answer to our question."""
    keys = _ask(provider.jwks_uri)
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": client.id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"client_id": client.id, "nonce": nonce, "access_token": access},
        )
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotBelieved("id_token") from error
    return claims


def _person(provider: Metadata, claims: CodeIDToken, id_token: str, access: str) -> Person:
    told: dict[str, Any] = dict(claims)
    if "email" not in told and provider.userinfo_endpoint:
        more = _ask(provider.userinfo_endpoint, {"Authorization": f"Bearer {access}"})
        if more.get("sub") != told["sub"]:
            raise NotBelieved("userinfo")
        told = more | told
    return Person(
        subject=str(told["sub"]),
        email=str(told.get("email") or "").strip() if told.get("email_verified") is True else "",
        user_name=str(told.get("preferred_username") or ""),
        name=str(told.get("name") or ""),
        methods=frozenset(map(str, told.get("amr") or [])),
        id_token=id_token,
    )


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_NoRedirect)


def _ask(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> dict[str, Any]:
    if not is_safe(url):
        raise NotBelieved("https")
    request = Request(url, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - is_safe
    try:
        with _opener().open(request, timeout=TIMEOUT) as answer:
            told = json.loads(answer.read(LARGEST))
    except (URLError, OSError, ValueError) as error:
        raise NotBelieved("no_answer") from error
    if not isinstance(told, dict):
        raise NotBelieved("no_answer")
    return told
