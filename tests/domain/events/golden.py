"""Stored events, one golden file per event type and version, which must always decode; and the tags of each version.

`python -m tests.domain.events.golden` writes missing files from samples, and never changes existing ones.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from domain.foundation import Event
from projections.event_types import events
from service.sealing.keys import KeyStore
from service.store.log.mapper import Mapper
from service.store.log.types import RecordedEvent
from tests.samples import sample_event

FOLDER = Path(__file__).parent / "golden"
TAGS_FILE = FOLDER.parent / "tags.json"
"""The fields whose ids are tags, by event type and version; tags are stored with each event."""
MAPPER = Mapper(KeyStore(FOLDER / "no-keys-are-needed", opening="not_yet"))


def version_of(event: type[Event]) -> str:
    """The name of the current version of an event type."""
    return f"{event.TOPIC}.v{event.VERSION}"


def known_tags() -> dict[str, list[str]]:
    """The content of `TAGS_FILE`."""
    return json.loads(TAGS_FILE.read_bytes()) if TAGS_FILE.exists() else {}


def file_of(event: type[Event]) -> Path:
    """The golden file of the current version of an event type."""
    return FOLDER / f"{version_of(event)}.json"


def encode(event: Event) -> bytes:
    """The event as the log stores it."""
    return MAPPER.encode(event)  # not `rows`, which would seal again, with another salt


def decode(topic: str, data: bytes) -> Event:
    """The event that the log reads from these bytes."""
    at, nobody = datetime(2016, 10, 12, tzinfo=UTC), UUID(int=0)
    row = RecordedEvent(1, topic, 1, [], data, "", "", None, nobody, nobody, None, None, None, at)
    return MAPPER.decode(row)


def main() -> None:
    """Write missing golden files and tags."""
    FOLDER.mkdir(exist_ok=True)
    for event in events():
        if not file_of(event).exists():
            file_of(event).write_bytes(encode(sample_event(event)))
            sys.stdout.write(f"{file_of(event).name}\n")
    known = {version_of(one): list(one.TAGS) for one in events()} | known_tags()
    lines = ",\n".join(f"  {json.dumps(one)}: {json.dumps(known[one])}" for one in sorted(known))
    TAGS_FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
