"""Calling a listener: only where it may be called, and at the address that was looked at.

A callback is text of a client. Its host is looked up each time, every address must be public or allowed by
LOOPLINE_CALLBACKS, and the connection goes to that very address, so that a name cannot point elsewhere meanwhile.
Redirections are not followed.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_lazy as _

from loopline.config import environment
from loopline.kernel.errors import Refusal

TIMEOUT_SECONDS = 10


class ForbiddenCallback(Refusal):
    """The address lies inside the house, or is none that can be called."""

    code = "forbidden_callback"
    sentence = _("This listener cannot be called: %(reason)s")


class UnknownHost(ForbiddenCallback):
    """Nobody knows the host, at least at the moment."""


def admit(callback: str) -> None:
    """Refuse what will never be called; a host that nobody knows now may be known later. Raises ForbiddenCallback."""
    with suppress(UnknownHost):
        look_at(callback)


def look_at(callback: str) -> tuple[SplitResult, str]:
    """The parts of a callback and the address it is called at. Raises ForbiddenCallback, of a host also UnknownHost."""
    try:
        parts = urlsplit(callback)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as fault:
        raise ForbiddenCallback(field="callback", reason=str(fault)) from fault
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ForbiddenCallback(field="callback", reason="it must be http(s)://host/…")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise UnknownHost(field="callback", reason="its host is not known") from fault
    addresses = [str(each[4][0]) for each in found]
    for address in addresses:
        if not _is_open(parts.hostname, address):
            raise ForbiddenCallback(field="callback", reason="its address is not a public one")
    return parts, addresses[0]


def call(callback: str, path: str, body: dict[str, Any]) -> None:
    """POST an event to `<callback><path>`. Raises ForbiddenCallback, OSError or http.client.HTTPException."""
    parts, address = look_at(callback)
    connection = _Pinned(parts, address)
    try:
        target = parts.path.rstrip("/") + path + (f"?{parts.query}" if parts.query else "")
        sent = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json;charset=utf-8", "User-Agent": "Loopline"}
        connection.request("POST", target, sent, headers)
        status = connection.getresponse().status
        if not 200 <= status < 300:
            raise http.client.HTTPException(f"the listener answered {status}")
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, under the name that the callback has."""

    def __init__(self, parts: SplitResult, address: str) -> None:
        host = parts.hostname or ""
        self.secure = parts.scheme == "https"
        self.default_port = 443 if self.secure else 80
        super().__init__(host, parts.port or self.default_port, timeout=TIMEOUT_SECONDS)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _is_open(host: str, address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_global and not found.is_multicast:
        return True
    for allowed in environment.read(environment.CALLBACKS).split(","):
        name = allowed.strip()
        try:
            if name and found in ipaddress.ip_network(name, strict=False):
                return True
        except ValueError:
            if name.lower() == host.lower():
                return True
    return False
