"""Errors as pages, in the language of the visit. What they say is what the API says (docs/reference/refusals.md)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from domain.foundation import NotFound, Refusal, Text
from projections.wording.formats import language_named
from projections.wording.sentences import refusal_in_words
from service.api.http import problems
from service.api.http.negotiation import LANGUAGE, answer_language, preferred
from service.pages.frame import cookies
from service.pages.frame.navigation import time_bar_of
from service.pages.frame.rendering import page
from service.pages.frame.visit import SignInNeeded, Visit
from service.reading.options import BadText

HTML, JSON = "text/html", "application/json"
NO_PAST = Text(
    en="This moment lies ahead, or is none: there is nothing to look back to.",
    nl="Dit moment moet nog komen of bestaat niet: er valt niets terug te kijken.",
)
"""The title of a page that is asked for as of a time that is none, or that is still to come."""
NOT_THEN = Text(
    en="At that moment this did not exist yet, or you may not see it.",
    nl="Op dat moment bestond dit nog niet, of je mag het niet zien.",
)
"""The title of a page that is missing as of an earlier time."""
STATE = "visit"
"""The key, in the state of a request, of its visit once it is known."""


def wants_html(request: Request[Any, Any, Any]) -> bool:
    """Whether the client is a browser that wants a page, not a program."""
    return not request.url.path.startswith("/api/") and preferred(request.headers.get("Accept"), (JSON, HTML)) == HTML


def of_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The page of a refusal."""
    if isinstance(refusal, BadText) and refusal.field == "as_of":
        return _page(request, refusal.STATUS, NO_PAST.in_language(_language(request)), now=_now(request))
    if refusal.STATUS == HTTPStatus.NOT_FOUND and "as_of" in request.query_params:
        return _page(request, refusal.STATUS, NOT_THEN.in_language(_language(request)), now=_now(request))
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


def _page(request: Request[Any, Any, Any], status: int, said: str, now: str = "") -> Response[Any]:
    visit: Visit | None = request.scope["state"].get(STATE)
    shown = {"visit": visit, "said": said, "error": status, "now": now, "time_bar": time_bar_of(now, None)}
    answer = page("error.html", _language(request), shown, status=status)
    if status in {429, 503}:
        answer.headers["Retry-After"] = str(problems.RETRY_AFTER_S)
    return answer


def _now(request: Request[Any, Any, Any]) -> str:
    """The path of this page as it is now."""
    query = [one for one in request.query_params.multi_items() if one[0] != "as_of"]
    return request.url.path + (f"?{urlencode(query)}" if query else "")


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
