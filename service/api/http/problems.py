"""Errors as RFC 9457 problem details: one shape for refusals, bad input and everything else. Never a stack trace."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

import structlog
from asyncpg.exceptions import (
    CannotConnectNowError,
    ConnectionDoesNotExistError,
    DataError,
    IdleInTransactionSessionTimeoutError,
    InsufficientResourcesError,
    InterfaceError,
    InternalClientError,
    InvalidAuthorizationSpecificationError,
    InvalidCatalogNameError,
    LockNotAvailableError,
    OperatorInterventionError,
    PostgresConnectionError,
    PostgresSystemError,
    ReadOnlySQLTransactionError,
    TransactionRollbackError,
    TransactionTimeoutError,
)
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.params import ParameterKwarg
from msgspec import UNSET, Struct, UnsetType

from domain.foundation import NotAllowed, NotFound, Refusal, Text
from projections.wording.sentences import refusal_in_words
from service.addresses import BadEmail
from service.api.http.bodies import NoMailAddress, NotAsDeclared
from service.api.http.negotiation import answer_language
from service.api.http.validation_words import MISSING, in_words
from service.auth.sign_in import TooManySignIns
from service.commands import OutcomeUnknown
from service.reading.options import BadText
from service.sealing.keys import KeysMissing, OtherKeys
from service.sealing.sealed_fields import BadText as Unsealable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:kring:problem:"
RETRY_AFTER_S = 1
SECRETS = re.compile(r"[A-Za-z0-9_-]{43,}")
"""Parts of a path that may be secret: those of links are longer than any id."""
MAX_FRAMES = 6
"""Innermost frames of a traceback that are logged."""
STATUS_OVERRIDES = {HTTPStatus.BAD_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY}
"""Litestar answers 400 to a body or parameter that is not of the declared shape; Kring's API says 422
(docs/reference/api.md 'When it does not work')."""


DATABASE_UNAVAILABLE = (
    OSError,
    TimeoutError,
    CannotConnectNowError,
    ConnectionDoesNotExistError,
    InterfaceError,  # a query on a connection that had just broken
    InternalClientError,  # the same
    OperatorInterventionError,
    PostgresConnectionError,
    InsufficientResourcesError,  # its disk or memory is full, or all its connections are taken
    PostgresSystemError,  # its disk cannot be read or written
    InvalidAuthorizationSpecificationError,  # its settings or passwords are being changed
    InvalidCatalogNameError,  # it is being restored
    ReadOnlySQLTransactionError,  # a standby, after a failover
    IdleInTransactionSessionTimeoutError,
    LockNotAvailableError,
    TransactionRollbackError,
    TransactionTimeoutError,
    KeysMissing,  # the volume of the key store is not mounted
    OtherKeys,
)
"""Errors of an unavailable database; a wrong statement of ours is a server error (500)."""


BY_STATUS = {
    400: Text(en="The request cannot be understood.", nl="Dit verzoek is niet te begrijpen."),
    401: Text(en="Sign in first.", nl="Meld je eerst aan."),
    403: NotAllowed.TEXT,
    404: NotFound.TEXT,
    405: Text(
        en="This cannot be done here; the header Allow names what can.",
        nl="Dat kan hier niet; de header Allow noemt wat wel kan.",
    ),
    413: Text(en="This is too large.", nl="Dit is te groot."),
    415: Text(
        en="The media type of the request is not supported.", nl="Het mediatype van dit verzoek wordt niet ondersteund."
    ),
    422: Text(
        en="The request is not as described in the documentation.",
        nl="Dit verzoek is niet zoals in de documentatie staat.",
    ),
    429: Text(en="Too many requests. Try again later.", nl="Te veel verzoeken. Probeer het later opnieuw."),
    500: Text(
        en="Something went wrong on our side. The error was logged; try again later.",
        nl="Er ging bij ons iets mis. De fout is vastgelegd; probeer het later opnieuw.",
    ),
    503: Text(
        en="This is not possible at the moment. Try again.", nl="Dit kan op het moment niet. Probeer het opnieuw."
    ),
}
"""Texts for errors of the framework and server errors, by status; refusals have their own."""
ANY_STATUS = Text(en="This is not possible.", nl="Dit kan niet.")
NO_DATABASE = Text(
    en="The database does not answer at the moment. Try again.",
    nl="De database antwoordt op het moment niet. Probeer het opnieuw.",
)
UNSEALABLE = Text(
    en="A text is not Unicode, or is longer than 1 MiB.", nl="Een tekst is geen Unicode, of is langer dan 1 MiB."
)


class FieldProblem(Struct, frozen=True):
    """An error in one field. `field`: its path in the body, or the name of a header or parameter."""

    field: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True):
    """A problem (RFC 9457 §3.1). `code`: for programs; `errors`: the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: Sequence[FieldProblem] | UnsetType = UNSET


def of_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """The problem of a refusal, in the caller's language."""
    detail = refusal_in_words(refusal, answer_language(request))
    fields = [FieldProblem(refusal.field, detail)] if refusal.field else []
    wait_s = refusal.retry_after_s if isinstance(refusal, TooManySignIns) else RETRY_AFTER_S
    return answer(refusal.STATUS, refusal.CODE, detail, fields, retry_after_s=wait_s)


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """The problem of an error of Litestar: a wrong parameter, an unknown path, a wrong method, a body that is too large."""
    if any(one.get("source") == "path" for one in _extras(error)):
        return of_refusal(request, NotFound())
    language = answer_language(request)
    status = STATUS_OVERRIDES.get(HTTPStatus(error.status_code), HTTPStatus(error.status_code))
    code = "invalid" if status == HTTPStatus.UNPROCESSABLE_ENTITY else status.phrase.lower().replace(" ", "-")
    wrong = [_wrong(request, one) for one in _extras(error)]
    fields = [FieldProblem(one.field, one.sentence.in_language(language)) for one in wrong if one.field]
    sentences = " ".join(one.sentence.in_language(language) for one in wrong)
    detail = sentences or BY_STATUS.get(status, ANY_STATUS).in_language(language)
    response = answer(status, code, detail, fields)
    if (allow := {name.lower(): one for name, one in (error.headers or {}).items()}.get("allow")) is not None:
        response.headers["Allow"] = f"{allow}, HEAD" if "GET" in allow and "HEAD" not in allow else allow
    return response


def of_text(request: Request[Any, Any, Any], _: Exception) -> Response[Problem]:
    """The problem of a text that cannot be sealed."""
    return answer(422, "invalid", UNSEALABLE.in_language(answer_language(request)), [])


def of_address(request: Request[Any, Any, Any], _: BadEmail) -> Response[Problem]:
    """The problem of an address to which no mail can be sent."""
    return of_refusal(request, NoMailAddress(field="email"))


def of_broken(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The problem of an unavailable database; the outcome is unknown if the command had been recorded already."""
    log.warning("database_did_not_answer", method=request.method, path=_path(request), error=type(error).__name__)
    if request.state.get("recorded"):  # a caller without a key must not think that it was not
        return of_refusal(request, OutcomeUnknown())
    return answer(503, "unavailable", NO_DATABASE.in_language(answer_language(request)), [])


def of_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The problem of a server error: logged by its type and places, never with values; the caller gets no detail."""
    cause = error.__cause__ or error
    kinds, places = [type(error).__name__, type(cause).__name__], extract_tb(cause.__traceback__)[-MAX_FRAMES:]
    where = [f"{frame.filename}:{frame.lineno}" for frame in places]
    log.error("request_failed", method=request.method, path=_path(request), errors=kinds, places=where)
    return answer(500, "internal", BY_STATUS[500].in_language(answer_language(request)), [])


def answer(
    status: int, code: str, detail: str, fields: Sequence[FieldProblem], *, retry_after_s: int = RETRY_AFTER_S
) -> Response[Problem]:
    """The problem as an answer."""
    problem = Problem(
        type=PREFIX + code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=fields or UNSET,
    )
    headers = {"Retry-After": str(retry_after_s)} if status in {429, 503} else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _path(request: Request[Any, Any, Any]) -> str:
    """The path of a request for the log, without the secrets of links."""
    return SECRETS.sub("…", request.url.path)


def _extras(error: HTTPException) -> list[dict[str, Any]]:
    return error.extra if isinstance(error.extra, list) else []


def _wrong(request: Request[Any, Any, Any], extra: dict[str, Any]) -> BadText:
    """The error of a parameter, named as the client writes it, or of a missing body."""
    name = str(extra.get("key", ""))
    if name == "data":
        return NotAsDeclared("", MISSING)
    declared = request.route_handler.parsed_fn_signature.parameters.get(name)
    kind = None if declared is None else declared.kwarg_definition
    written = kind.name or kind.header if isinstance(kind, ParameterKwarg) else None
    return NotAsDeclared(written or name, in_words(str(extra.get("message", ""))))


HANDLERS: dict[Any, Any] = {
    Refusal: of_refusal,
    HTTPException: of_http,
    BadEmail: of_address,
    Unsealable: of_text,
    **dict.fromkeys(DATABASE_UNAVAILABLE, of_broken),
    DataError: of_anything,  # an InterfaceError by its class, and a wrong argument of ours
    Exception: of_anything,
}
