"""Events to rows of the log and back. What is sealed is set apart here, and here alone."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, get_args, get_type_hints

import msgspec
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from msgspec import Struct

from domain.foundation import Event, Sealed, Selector, Tagged, get_topic
from projections.event_types import by_topic
from projections.view import EventMetadata
from service.sealing.disclosure import Disclosure
from service.sealing.keys import KeyStore
from service.sealing.sealed_fields import digest_text, seal
from service.store.log.types import Content, NewEvent, Recorded

LARGE = 1024  # bytes of an event from which on it pays to remember it decoded
REMEMBERED = 256  # events


class UnknownTopic(LookupError):
    """An event of this kind was written by a newer Kring: this one cannot read the log."""


class CannotDecode(Exception):
    """An event of the log that this program cannot read: where, of which type, and the kind of error, without its content."""

    def __init__(self, recorded: Recorded, error: Exception) -> None:
        why = "unknown type" if isinstance(error, UnknownTopic) else type(error).__name__
        super().__init__(f"the event at {recorded.position} ({recorded.type}) cannot be decoded: {why}")
        self.because = f"cannot be decoded ({why})"
        self.position, self.topic = recorded.position, recorded.type


class Mapper:
    """Encodes events as canonical JSON (RFC 8785) with digests where texts were, and decodes them."""

    def __init__(self, keys: KeyStore) -> None:
        self.keys = keys
        by_topic()  # at start, in every process: not at the first event of a type that this process did not import
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=_digest, order="sorted").encode
        # The same bytes are the same event for ever: an electorate of thousands is decoded once, not for every vote.
        self._decode_once = lru_cache(REMEMBERED)(_decode)

    def event(self, recorded: Content | Recorded) -> Event:
        """The event in a row; its texts hold digests alone. Raises `UnknownTopic`."""
        if len(recorded.data) <= LARGE or _holds_texts(recorded.type):  # texts are opened in place: never remembered
            return _decode(recorded.type, recorded.data)
        return self._decode_once(recorded.type, recorded.data)

    def told(self, recorded: Recorded) -> tuple[Event, EventMetadata]:
        """The event in a row, and where it stands in the log. Raises `CannotDecode`."""
        at = EventMetadata(recorded.position, recorded.recorded_at, recorded.actor, recorded.occurred_at)
        try:
            return self.event(recorded), at
        except Exception as error:
            raise CannotDecode(recorded, error) from error

    def rows(self, decisions: Sequence[Tagged[Event]]) -> tuple[list[NewEvent], list[Disclosure]]:
        """The rows for these events and the disclosures of their texts, each sealed under its event's own key."""
        rows: list[NewEvent] = []
        disclosures: list[Disclosure] = []
        for tagged in decisions:
            event = tagged.decision
            disclosures += [self.seal(name, text, under=event.key()) for name, text in texts_of(event)]
            rows.append(NewEvent(type=event.TOPIC, v=event.VERSION, tags=tagged.tags, data=self._encode(event)))
        return rows, disclosures

    def seal(self, name: str, text: Sealed, *, under: str) -> Disclosure:
        """Give a text its digest (in place) and return its disclosure, sealed under the key of the id `under`."""
        assert text.text is not None, f"{name} holds no text to seal"
        sealed = seal(name, text.text, subject=under, key=self.keys.make(key_name(under)))
        text.digest = digest_text(sealed.digest)
        return sealed.disclosure

    def query(self, selectors: Sequence[Selector]) -> DCBQuery:
        """The same selection in the terms of the log."""
        return DCBQuery([DCBQueryItem(types=_topics(tuple(s.types)), tags=list(s.tags)) for s in selectors])


def key_name(subject: str) -> str:
    """The name in the key store for what is sealed under an id: `team/team_01…`."""
    return f"{subject.rsplit('_', 1)[0]}/{subject}"


def texts_of(value: Struct) -> Iterator[tuple[str, Sealed]]:
    """Every sealed text in an event or row, with the name of its field; list items share the name of their list."""
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
    """The fields of a struct in which a text may stand, however deep: those that must be walked."""
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
    """Their stored names. There are as many such tuples as there are selectors in the source."""
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
        raise UnknownTopic(topic)
    return msgspec.json.Decoder(event, dec_hook=sealed_from_digest)


def sealed_from_digest(kind: type, value: object) -> object:
    """Decode a digest into the sealed text that it stands for."""
    if issubclass(kind, Sealed) and isinstance(value, str):
        return kind(digest=value)
    raise NotImplementedError(kind.__name__)


def _digest(value: object) -> object:
    assert isinstance(value, Sealed), f"{type(value).__name__} cannot stand in a fact"
    assert value.digest is not None, "a text is sealed before its fact is encoded"
    return value.digest
