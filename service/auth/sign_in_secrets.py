"""The secrets of a request to sign in, derived from its id with the key store, and so stored nowhere.

link   `<id without its prefix>_<base64url of HMAC-SHA-256>`
code   six digits of another HMAC-SHA-256
"""

import hashlib
import hmac
import re
from typing import Final

from domain import base64url
from domain.foundation import SUFFIX
from service.clock_and_ids import new_id
from service.sealing.keys import KeyStore

KIND: Final = "sign_in_request"
CODE_DIGITS: Final = 6

_SHAPE = re.compile(f"({SUFFIX})_([A-Za-z0-9_-]{{43}})")
_SECRET = "store/signin"  # noqa: S105  the name of a secret


def new_request_id() -> str:
    """An id for a request. It is no secret."""
    return new_id(KIND)


def link_of(keys: KeyStore, request: str) -> str:
    """The text of the link of a request: the last part of its path."""
    return f"{request.removeprefix(KIND)[1:]}_{base64url.encode(_derived(keys, 'link', request))}"


def code_of(keys: KeyStore, request: str) -> str:
    """The code of a request."""
    number = int.from_bytes(_derived(keys, "code", request)) % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def request_of_link(keys: KeyStore, text: str) -> str | None:
    """The id of the request whose link has this text; None if no link has."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    request = f"{KIND}_{shape[1]}"
    return request if hmac.compare_digest(link_of(keys, request), text) else None


def is_code_of(keys: KeyStore, request: str, typed: str) -> bool:
    """Whether this is the code of a request, as a person types it: perhaps with spaces. Takes the same time for any code."""
    return hmac.compare_digest(code_of(keys, request).encode(), "".join(typed.split()).encode())


def sha256(secret: str) -> bytes:
    """The digest by which the database knows a secret of a browser."""
    return hashlib.sha256(secret.encode()).digest()


def throttling_key(keys: KeyStore, value: str) -> str:
    """The name under which uses by `value` are counted, from which it cannot be read."""
    return _derived(keys, "throttling", value).hex()


def _derived(keys: KeyStore, use: str, value: str) -> bytes:
    return hmac.digest(keys.secret(_SECRET), f"kring/sign-in/1/{use}\n{value}".encode(), "sha256")
