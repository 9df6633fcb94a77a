"""Personal data at rest: a key per person wrapped by the master key, and keyed fingerprints for exact search.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before the ciphertext; fingerprints are HMAC-SHA-256
(RFC 2104) under a key derived from the master key by HKDF (RFC 5869). Destroying a person's key erases him.
"""

import hmac
import os
import unicodedata
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12


def _derived(purpose: str) -> bytes:
    return _hkdf(settings.LOOPLINE_MASTER_KEY, purpose)


@cache
def _hkdf(master_key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key)


def new_wrapped_key() -> bytes:
    """A fresh 256-bit key for one person, wrapped by the master key."""
    return _encrypt(_wrapping(), AESGCM.generate_key(256))


def seal(wrapped_key: bytes, text: str) -> bytes:
    """Encrypt `text` with a person's key."""
    return _encrypt(_person(wrapped_key), text.encode())


def unseal(wrapped_key: bytes, sealed: bytes) -> str:
    """The clear text again. Raises cryptography.exceptions.InvalidTag when tampered with."""
    return _decrypt(_person(wrapped_key), sealed).decode()


def fingerprint(tenant_id: int, kind: str, text: str) -> bytes:
    """A 32-byte keyed digest of the normalised value: equal values of a tenant meet, nobody can read them."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().upper().replace(" ", "")
    message = f"{tenant_id}\x1f{kind}\x1f{plain}".encode()
    return hmac.digest(_derived("fingerprint"), message, "sha256")


def fingerprint_pads() -> tuple[bytes, bytes]:
    """Outer and inner padded key of `fingerprint`, for engines that compute it for a whole column at once.

    HMAC is sha256(outer + sha256(inner + message)); the message is `<tenant>\\x1f<kind>\\x1f<value>`.
    """
    key = _derived("fingerprint").ljust(64, b"\0")
    return bytes(byte ^ 0x5C for byte in key), bytes(byte ^ 0x36 for byte in key)


def _wrapping() -> AESGCM:
    return _cipher(_derived("wrap"))


@cache
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _person(wrapped_key: bytes) -> AESGCM:
    return AESGCM(_decrypt(_wrapping(), wrapped_key))


def _encrypt(cipher: AESGCM, data: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, data, None)


def _decrypt(cipher: AESGCM, data: bytes) -> bytes:
    return cipher.decrypt(bytes(data[:_NONCE]), bytes(data[_NONCE:]), None)
