"""Errors as RFC 9457 problem details: one shape for refusals, bad input and everything else. Never a stack trace."""

from collections.abc import Sequence
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

import structlog
from asyncpg.exceptions import (
    CannotConnectNowError,
    ConnectionDoesNotExistError,
    DataError,
    InterfaceError,
    InternalClientError,
    OperatorInterventionError,
    PostgresConnectionError,
    TooManyConnectionsError,
)
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import UNSET, Struct, UnsetType

from domain.foundation import NotFound, Refusal, Text
from domain.people import Language
from projections.wording import refusal_in_words
from service.api.bodies import NoMailAddress
from service.commands import OutcomeUnknown
from service.store.addresses import BadEmail
from service.store.sealed import BadText as Unsealable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:kring:problem:"
RETRY_AFTER = 1  # seconds
PLACES = 6  # of a traceback, the innermost
SILENT = {HTTPStatus.BAD_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY}
"""Litestar answers 400 to a body or parameter that is not of the declared shape; the contract says 422."""


OUT_OF_REACH = (
    OSError,
    TimeoutError,
    CannotConnectNowError,
    ConnectionDoesNotExistError,
    InterfaceError,  # asked on a connection that broke a moment ago
    InternalClientError,  # the same
    OperatorInterventionError,
    PostgresConnectionError,
    TooManyConnectionsError,
)
"""The database is away, not asked wrongly: a wrong statement of ours is a fault of ours (500)."""


class FieldProblem(Struct, frozen=True):
    """What is wrong with one field; `field` is its path in the body, or the name of a header or parameter."""

    field: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457 §3.1, with the code that programs go by and every field that is at fault."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: Sequence[FieldProblem] | UnsetType = UNSET


def of_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """A rule said no, in the caller's language."""
    detail = refusal_in_words(refusal, language_of(request))
    fields = [FieldProblem(refusal.field, detail)] if refusal.field else []
    return answer(refusal.STATUS, refusal.CODE, detail, fields)


def of_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Litestar said no: not of the declared shape, no such path, wrong method, too large."""
    fields = _fields(error)
    if any(one.get("source") == "path" for one in _extras(error)):
        return answer(NotFound.STATUS, NotFound.CODE, NotFound.TEXT.en, [])
    status = SILENT.get(HTTPStatus(error.status_code), HTTPStatus(error.status_code))
    code = "invalid" if status == HTTPStatus.UNPROCESSABLE_ENTITY else status.phrase.lower().replace(" ", "-")
    detail = "; ".join(f"{one.field}: {one.detail}" for one in fields) or error.detail
    response = answer(status, code, detail, fields)
    response.headers.update(
        {k: v for k, v in (error.headers or {}).items() if k.lower() in {"allow", "www-authenticate"}}
    )
    return response


def of_text(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A text that cannot be sealed as it is."""
    return answer(422, "invalid", str(error), [FieldProblem("", str(error))])


def of_address(request: Request[Any, Any, Any], _: BadEmail) -> Response[Problem]:
    """An address that no mail could be sent to."""
    return of_refusal(request, NoMailAddress(field="email"))


def of_broken(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The database did not answer a question: nothing was changed by asking, unless what was asked had been recorded already."""
    log.warning("database_did_not_answer", method=request.method, path=request.url.path, error=type(error).__name__)
    if request.state.get("recorded"):  # and cannot be shown: who has no key must not take it for undone
        return of_refusal(request, OutcomeUnknown())
    return answer(503, "unavailable", "The database does not answer at the moment. Try again.", [])


def of_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A fault of ours: told in the log by its kind and places, never with values, and to the caller without any detail."""
    cause = error.__cause__ or error
    kinds, places = [type(error).__name__, type(cause).__name__], extract_tb(cause.__traceback__)[-PLACES:]
    where = [f"{frame.filename}:{frame.lineno}" for frame in places]
    log.error("request_failed", method=request.method, path=request.url.path, errors=kinds, places=where)
    return answer(500, "internal", "Something went wrong on our side. Nothing more is known to you than this.", [])


def answer(status: int, code: str, detail: str, fields: Sequence[FieldProblem]) -> Response[Problem]:
    """The problem as an answer."""
    problem = Problem(
        type=PREFIX + code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=fields or UNSET,
    )
    headers = {"Retry-After": str(RETRY_AFTER)} if status in {429, 503} else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def wording(text: Text, request: Request[Any, Any, Any]) -> str:
    """The wording in the caller's language."""
    return text.nl if language_of(request) == "nl" else text.en


def language_of(request: Request[Any, Any, Any]) -> Language:
    """Dutch where it is asked for first, else English."""
    return "nl" if request.headers.get("Accept-Language", "").lower().startswith("nl") else "en"


def _extras(error: HTTPException) -> list[dict[str, Any]]:
    return error.extra if isinstance(error.extra, list) else []


def _fields(error: HTTPException) -> list[FieldProblem]:
    return [FieldProblem(str(one.get("key", "")), str(one.get("message", ""))) for one in _extras(error)]


HANDLERS: dict[Any, Any] = {
    Refusal: of_refusal,
    HTTPException: of_http,
    BadEmail: of_address,
    Unsealable: of_text,
    **dict.fromkeys(OUT_OF_REACH, of_broken),
    DataError: of_anything,  # an InterfaceError by its class, and a wrong argument of ours
    Exception: of_anything,
}
