"""Maps events to rows of the log and back. This is the one place where texts are separated from events and sealed."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import get_args, get_type_hints

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct

from domain.foundation import Event, Sealed, Selector, Tagged, get_topic
from projections.event_types import by_topic
from projections.view import EventMetadata
from service.sealing.disclosure import Disclosure
from service.sealing.keys import KeyStore
from service.sealing.sealed_fields import digest_text, seal
from service.store.log.types import EventContent, NewEvent, RecordedEvent

MIN_CACHED_BYTES = 1024
"""Smaller events are decoded faster than they are looked up in a cache."""
MAX_CACHED_EVENTS = 256


class UnknownEventType(LookupError):
    """A newer Kring recorded an event of this type; this version cannot read it."""


class CannotDecode(Exception):
    """An event cannot be decoded. The message has its position, its type and the class of the error, but no content."""

    def __init__(self, recorded: RecordedEvent, error: Exception) -> None:
        why = "unknown type" if isinstance(error, UnknownEventType) else type(error).__name__
        super().__init__(f"the event at {recorded.position} ({recorded.type}) cannot be decoded: {why}")
        self.because = f"cannot be decoded ({why})"
        self.position, self.topic = recorded.position, recorded.type


class Mapper:
    """Encodes events as canonical JSON (RFC 8785), with digests in place of texts, and decodes them."""

    def __init__(self, keys: KeyStore) -> None:
        self.keys = keys
        by_topic()  # import all event types at start, not at the first event of a type
        self.encode: Callable[[Event], bytes] = msgspec.json.Encoder(enc_hook=_digest, order="sorted").encode
        # An electorate of thousands is decoded once, not for every vote.
        self._decode_cached = lru_cache(MAX_CACHED_EVENTS)(_decode)

    def decode(self, recorded: EventContent | RecordedEvent) -> Event:
        """Decode the event in a row. Its texts hold digests only. Raises `UnknownEventType`."""
        # Texts are decrypted in place, so events with texts are not cached.
        if len(recorded.data) <= MIN_CACHED_BYTES or _holds_texts(recorded.type):
            return _decode(recorded.type, recorded.data)
        return self._decode_cached(recorded.type, recorded.data)

    def decode_with_metadata(self, recorded: RecordedEvent) -> tuple[Event, EventMetadata]:
        """Decode the event in a row; return it with its metadata. Raises `CannotDecode`."""
        metadata = EventMetadata(recorded.position, recorded.recorded_at, recorded.actor, recorded.occurred_at)
        try:
            return self.decode(recorded), metadata
        except Exception as error:
            raise CannotDecode(recorded, error) from error

    def rows(self, decisions: Sequence[Tagged[Event]]) -> tuple[list[NewEvent], list[Disclosure]]:
        """The rows of these events, and the disclosures of their texts, sealed under the key of the event."""
        rows: list[NewEvent] = []
        disclosures: list[Disclosure] = []
        for tagged in decisions:
            event = tagged.decision
            disclosures += [self.seal(name, text, under=event.key()) for name, text in texts_of(event)]
            rows.append(NewEvent(type=event.TOPIC, v=event.VERSION, tags=tagged.tags, data=self.encode(event)))
        return rows, disclosures

    def seal(self, name: str, text: Sealed, *, under: str) -> Disclosure:
        """Give a text its digest, in place, and return its disclosure, sealed under the key of the id `under`."""
        assert text.text is not None, f"{name} holds no text to seal"
        sealed = seal(name, text.text, subject=under, key=self.keys.make(key_name(under)))
        text.digest = digest_text(sealed.digest)
        return sealed.disclosure

    def query(self, selectors: Sequence[Selector]) -> DCBQuery:
        """The query of the log for these selectors."""
        return DCBQuery([DCBQueryItem(types=_topics(tuple(s.types)), tags=list(s.tags)) for s in selectors])


def key_name(subject: str) -> str:
    """The name of the key that belongs to an id: `team/team_01…`."""
    return f"{subject.rsplit('_', 1)[0]}/{subject}"


def texts_of(value: Struct) -> Iterator[tuple[str, Sealed]]:
    """Every sealed text in an event or row, with the name of its field. The items of a list have the name of the list."""
    for name in _text_fields(type(value)):
        yield from _texts_in(name, getattr(value, name))


def _texts_in(name: str, value: object) -> Iterator[tuple[str, Sealed]]:
    match value:
        case Sealed():
            yield name, value
        case tuple():
            for one in value:  # pyright: ignore[reportUnknownVariableType]  a tuple of what the event declares
                yield from _texts_in(name, one)  # pyright: ignore[reportUnknownArgumentType]
        case Struct():
            yield from texts_of(value)
        case _:
            return


@cache
def _text_fields(struct: type[Struct]) -> tuple[str, ...]:
    """The fields of a struct that may contain a text, at any depth."""
    return tuple(
        name for name, hint in get_type_hints(struct).items() if name in struct.__struct_fields__ and _holds_text(hint)
    )


def _holds_text(hint: object) -> bool:
    if isinstance(hint, type) and issubclass(hint, Sealed):
        return True
    if isinstance(hint, type) and issubclass(hint, Struct):
        return bool(_text_fields(hint))
    return any(_holds_text(one) for one in get_args(hint))


@cache
def _topics(types: tuple[type[Event], ...]) -> list[str]:
    """The stored names of event types. The cache is bounded by the number of selectors in the source."""
    return [get_topic(one) for one in types]


def _decode(topic: str, data: bytes) -> Event:
    return _decoder(topic).decode(data)


@cache
def _holds_texts(topic: str) -> bool:
    return bool(_text_fields(_decoder(topic).type))


@cache
def _decoder(topic: str) -> msgspec.json.Decoder[Event]:
    event = by_topic().get(topic)
    if event is None:
        raise UnknownEventType(topic)
    return msgspec.json.Decoder(event, dec_hook=sealed_from_digest)


def sealed_from_digest(kind: type, value: object) -> object:
    """Decode a digest as a sealed text."""
    if issubclass(kind, Sealed) and isinstance(value, str):
        return kind(digest=value)
    raise NotImplementedError(kind.__name__)


def _digest(value: object) -> object:
    assert isinstance(value, Sealed), f"{type(value).__name__} cannot be part of an event"
    assert value.digest is not None, "a text is sealed before its event is encoded"
    return value.digest
