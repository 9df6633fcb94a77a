"""Cookies and targets of signing in."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

YEAR = 365 * 86400


def safe_target(request: HttpRequest, target: str) -> str:
    """A page of ours to go on to; anything else leads home."""
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return target if safe and target.startswith("/") else "/"


def set_cookie(request: HttpRequest, response: HttpResponse, name: str, value: str, seconds: int) -> None:
    """A cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="Lax", secure=request.is_secure()
    )
