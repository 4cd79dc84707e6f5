"""The reason, time and organisation that a request states, in its body or headers."""

from msgspec.structs import replace

from domain.foundation import Caller, Refusal, Text
from service.api.http import headers
from service.api.http.bodies import Body, to_utc, words
from service.api.http.headers import Headers


class TwoReasons(Refusal):
    """The body and the header state different reasons."""

    CODE = "two-reasons"
    STATUS = 422
    TEXT = Text(
        en="The header and the body state different reasons.", nl="De header en de body noemen verschillende redenen."
    )


class NotInThePast(Refusal):
    """Rule 26: `occurred_at` is not in the past."""

    CODE = "not-in-the-past"
    STATUS = 422
    TEXT = Text(en="This has not happened yet.", nl="Dit is nog niet gebeurd.")


def caller_stating(caller: Caller, stated: Headers, body: Body | None) -> Caller:
    """The caller with the reason, time and organisation that the request states. Raises `TwoReasons`, `NotInThePast`."""
    if body is not None:
        to_utc(body)
    reason, occurred_at = _reason(stated, body), body.occurred_at if body else None
    if occurred_at is not None and occurred_at > caller.at:
        raise NotInThePast(field="occurred_at")
    return replace(caller, reason=words(reason), occurred_at=occurred_at, on_behalf_of=headers.on_behalf_of(stated))


def _reason(stated: Headers, body: Body | None) -> str | None:
    in_header, in_body = headers.reason(stated), body.reason if body else None
    if in_body is not None and in_header is not None and in_body != in_header:
        raise TwoReasons(field="reason")
    return in_body if in_body is not None else in_header
