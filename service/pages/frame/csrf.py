"""Protection against forged requests: the origin of a request, and a token in every form.

The token is a keyed hash of the sign-in session, or before signing in of a random cookie, so knowing or planting the cookie of
a browser is not enough to make one (OWASP: signed double-submit cookie).
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from domain import base64url
from domain.foundation import Refusal, Text
from service.sealing.keys import KeyStore

SECRET = "store/forms"  # noqa: S105  the name of a secret in the key store


class ForeignRequest(Refusal):
    """Another site sent this form."""

    CODE = "foreign-request"
    STATUS = 403
    TEXT = Text(
        en="This form was sent from another site, so nothing was done.",
        nl="Dit formulier kwam van een andere site; er is niets gebeurd.",
    )


def token_of(keys: KeyStore, bearer: str) -> str:
    """The token for forms of this session or browser."""
    return base64url.encode(hmac.digest(keys.secret(SECRET), bearer.encode(), "sha256"))


def is_token_of(keys: KeyStore, bearer: str, token: str) -> bool:
    """Whether a form has the token of this session or browser, compared in constant time."""
    return hmac.compare_digest(token_of(keys, bearer).encode(), token.encode())


def require_own_origin(request: Request[Any, Any, Any], public_url: str) -> None:
    """Raises `ForeignRequest` if the browser says that another site made this request.

    Fetch Metadata §2.4: `Sec-Fetch-Site`; browsers without it send `Origin` with every POST (Fetch Standard 3.2).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise ForeignRequest
        return
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = {urlsplit(public_url).netloc, request.headers.get("Host", "")}
    if urlsplit(origin).netloc not in own:
        raise ForeignRequest
