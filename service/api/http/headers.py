"""Headers of every command: idempotency key, reason, on behalf of which organisation. Headers are ASCII."""

from typing import Annotated, Any, Protocol
from urllib.parse import unquote

from msgspec import Meta, ValidationError, convert

from domain.foundation import OrganisationId, Text
from service.api.http.bodies import Body, NoText, check
from service.api.http.validation_words import in_words
from service.reading.options import BadText

KEY, REASON, ON_BEHALF_OF = "Idempotency-Key", "Kring-Reason", "Kring-On-Behalf-Of"
ASCII = "^[ -~]+(?![\\s\\S])"
NO_REASON = Text(
    en="is not a text of 1 to 20,000 characters; beyond ASCII: UTF-8''…",
    nl="is geen tekst van 1 tot 20.000 tekens; buiten ASCII: UTF-8''…",
)

Key = Annotated[str, Meta(min_length=1, max_length=200, pattern=ASCII)]
EncodedReason = Annotated[str, Meta(min_length=1, max_length=60_000, pattern=ASCII)]


class Headers(Protocol):
    """The headers of a request, by name in any case."""

    def get(self, key: str, /) -> str | None: ...


def command_key(headers: Headers) -> str | None:
    """The idempotency key of the command (rule 24). Raises `BadText`."""
    return _stated(headers, KEY, Key)


def on_behalf_of(headers: Headers) -> OrganisationId | None:
    """The organisation on whose behalf the command is sent. Raises `BadText`."""
    return _stated(headers, ON_BEHALF_OF, OrganisationId)


def reason(headers: Headers) -> str | None:
    """The reason, as in a body; beyond ASCII encoded as `UTF-8''…` (RFC 8187 §3.2). Raises `BadText`, `NoText`."""
    text: str | None = _stated(headers, REASON, EncodedReason)
    if text is None:
        return None
    try:
        if text.upper().startswith("UTF-8''"):
            text = unquote(text[7:], errors="strict")
        check(convert({"reason": text}, Body))
    except NoText:
        raise NoText(field=REASON) from None
    except (UnicodeDecodeError, ValidationError, BadText):
        raise BadText(REASON, NO_REASON) from None
    return text


def _stated(headers: Headers, name: str, kind: Any) -> Any:
    found = headers.get(name)
    try:
        return None if found is None else convert(found, kind)
    except ValidationError as error:
        raise BadText(name, in_words(str(error))) from None
