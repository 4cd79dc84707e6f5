"""Events as they are stored, one file per topic and version, which must decode for ever; and what each version concerns.

`python -m tests.domain.events.golden` writes what is missing, from samples, and never touches what is there.
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
CONCERNED = FOLDER.parent / "tags.json"
"""By topic and version, the fields under whose ids its events are found: they are stored with each event, for ever."""
MAPPER = Mapper(KeyStore(FOLDER / "no-keys-are-needed", opening="not_yet"))


def version_of(event: type[Event]) -> str:
    """How the present version of a kind of event is called."""
    return f"{event.TOPIC}.v{event.VERSION}"


def concerned() -> dict[str, list[str]]:
    """What is known of `CONCERNED`."""
    return json.loads(CONCERNED.read_bytes()) if CONCERNED.exists() else {}


def file_of(event: type[Event]) -> Path:
    """Where the golden file of the present version of a kind of event stands."""
    return FOLDER / f"{version_of(event)}.json"


def encode(event: Event) -> bytes:
    """The event as the log stores it."""
    return MAPPER.encode(event)  # not `rows`, which would seal anew, with other salt


def decode(topic: str, data: bytes) -> Event:
    """The event that the log reads from this."""
    at, nobody = datetime(2016, 10, 12, tzinfo=UTC), UUID(int=0)
    row = RecordedEvent(1, topic, 1, [], data, "", "", None, nobody, nobody, None, None, None, at)
    return MAPPER.decode(row)


def main() -> None:
    """Write what is missing."""
    FOLDER.mkdir(exist_ok=True)
    for event in events():
        if not file_of(event).exists():
            file_of(event).write_bytes(encode(sample_event(event)))
            sys.stdout.write(f"{file_of(event).name}\n")
    known = {version_of(one): list(one.TAGS) for one in events()} | concerned()
    lines = ",\n".join(f"  {json.dumps(one)}: {json.dumps(known[one])}" for one in sorted(known))
    CONCERNED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
