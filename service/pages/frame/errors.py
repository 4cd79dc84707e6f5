"""Errors as pages, in the language of the visit. What they say is what the API says (docs/reference/refusals.md)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from domain.foundation import NotFound, Refusal
from projections.wording.formats import language_named
from projections.wording.sentences import refusal_in_words
from service.api.http import problems
from service.api.http.negotiation import LANGUAGE, answer_language, preferred
from service.pages.frame import cookies
from service.pages.frame.rendering import page
from service.pages.frame.visit import SignInNeeded, Visit

HTML, JSON = "text/html", "application/json"
STATE = "visit"
"""The key, in the state of a request, of its visit once it is known."""


def wants_html(request: Request[Any, Any, Any]) -> bool:
    """Whether the client is a browser that wants a page, not a program."""
    return not request.url.path.startswith("/api/") and preferred(request.headers.get("Accept"), (JSON, HTML)) == HTML


def of_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The page of a refusal."""
    return _page(request, refusal.STATUS, refusal_in_words(refusal, _language(request)))


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The page of an error of Litestar: an unknown path, a wrong method, an id that is none."""
    status = error.status_code
    if any(one.get("source") == "path" for one in (error.extra if isinstance(error.extra, list) else ())):
        status = HTTPStatus.NOT_FOUND
    if status == HTTPStatus.NOT_FOUND:
        return of_refusal(request, NotFound())
    answer = _page(request, status, problems.BY_STATUS.get(status, problems.ANY_STATUS).in_language(_language(request)))
    answer.headers |= {name: one for name, one in (error.headers or {}).items() if name.lower() == "allow"}
    return answer


def of_sign_in(request: Request[Any, Any, Any], _: SignInNeeded) -> Response[Any]:
    """Go to the page for signing in, and from there back."""
    return Redirect(f"/sign-in?{urlencode({'back': request.url.path})}", status_code=303)


def of_broken(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page of an unavailable database."""
    problems.of_broken(request, error)  # logs it
    return _page(request, 503, problems.NO_DATABASE.in_language(_language(request)))


def of_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page of a server error."""
    problems.of_anything(request, error)  # logs it
    return _page(request, 500, problems.BY_STATUS[500].in_language(_language(request)))


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """A page or a problem for an error outside of all routes, such as an unknown path."""
    return of_http(request, error) if wants_html(request) else problems.of_http(request, error)


def _page(request: Request[Any, Any, Any], status: int, said: str) -> Response[Any]:
    visit: Visit | None = request.scope["state"].get(STATE)
    answer = page("error.html", _language(request), {"visit": visit, "said": said, "error": status}, status=status)
    if status in {429, 503}:
        answer.headers["Retry-After"] = str(problems.RETRY_AFTER_S)
    return answer


def _language(request: Request[Any, Any, Any]) -> Any:
    visit: Visit | None = request.scope["state"].get(STATE)
    if visit is not None:
        return visit.language
    stated = language_named(cookies.read(request, "language")) if hasattr(request.app.state, "kring") else None
    if stated is not None:
        request.scope["state"][LANGUAGE] = stated
    return stated or answer_language(request)


HANDLERS: dict[Any, Any] = {
    SignInNeeded: of_sign_in,
    Refusal: of_refusal,
    HTTPException: of_http,
    **dict.fromkeys(problems.DATABASE_UNAVAILABLE, of_broken),
    Exception: of_anything,
}
"""The exception handlers of all pages."""
