"""Cookies of pages: the sign-in session, an unguessable name of the browser, the language and the place.

Their names begin with `__Host-` (RFC 6265bis 4.1.3.2), so no other site of the same domain can set them. A Kring on one's own
machine has no TLS, and cookies that need it would be lost in some browsers; its cookies have plain names.
"""

from typing import Any, Literal

from litestar import Request, Response
from litestar.datastructures import Cookie

from service.pages.frame.rendering import at_home

Name = Literal["session", "browser", "language", "place", "seen"]
MAX_AGE_S = 90 * 86_400
"""Ninety days: as long as a sign-in session at most."""


def cookie_name(request: Request[Any, Any, Any], name: Name) -> str:
    """The full name of a cookie."""
    return f"kring-{name}" if at_home(request) else f"__Host-kring-{name}"


def read(request: Request[Any, Any, Any], name: Name) -> str | None:
    """The value of a cookie, unless a browser would not have one like it."""
    return request.cookies.get(cookie_name(request, name)) or None


def put(
    request: Request[Any, Any, Any], answer: Response[Any], name: Name, value: str, max_age_s: int = MAX_AGE_S
) -> None:
    """Set a cookie with the answer. An empty value removes it."""
    answer.set_cookie(
        Cookie(
            key=cookie_name(request, name),
            value=value,
            path="/",
            max_age=max_age_s if value else 0,
            secure=not at_home(request),
            httponly=True,
            samesite="lax",
        )
    )
