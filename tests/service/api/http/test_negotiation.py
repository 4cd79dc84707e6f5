"""The media type of responses, by the weights of Accept (RFC 9110 §12.5.1)."""

import pytest

from service.api.http.negotiation import JSON, preferred
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, programme

LINES, EVENTS = "application/x-ndjson", "text/event-stream"
OFFERED = (JSON, LINES, EVENTS)


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("*", JSON),
        ("garbage", JSON),
        (EVENTS, EVENTS),
        ("TEXT/Event-Stream", EVENTS),
        ("text/*", EVENTS),
        (f"{EVENTS}, */*", EVENTS),
        (f"{EVENTS}, {JSON}", JSON),
        (f"{JSON};q=0.1, {EVENTS}", EVENTS),
        (f"{JSON}; charset=utf-8", JSON),
        (f"{EVENTS};q=0", JSON),
        (f"{EVENTS};q=0, */*", JSON),
        (f"{EVENTS};q=0.000, {LINES}", LINES),
        (f"{JSON};q=0, application/*;q=0.5", LINES),
        (f"{JSON};q=0, {LINES};q=0", EVENTS),
        ("text/html", None),
        ("*/*;q=0", None),
        (f"*/*;q=0, {LINES};q=0.1", LINES),
    ],
)
def test_the_most_specific_media_range_gives_the_weight(accept: str | None, sent: str | None) -> None:
    assert preferred(accept, OFFERED) == sent


@pytest.mark.parametrize(
    ("accept", "status"), [(f"{EVENTS};q=0", 200), (f"{EVENTS};q=0, */*;q=0.1", 200), ("text/html", 406), (JSON, 200)]
)
async def test_every_read_with_several_media_types_is_negotiated(api: Api, accept: str, status: int) -> None:
    """An endless stream would never return an answer."""
    setting = await programme(api, participants=1)
    opened, at_least = await ballot(setting), {"at_least": await api.kring.log.head()}
    for path in ("/events", f"/ballots/{opened}"):
        answer = await setting.facilitator.get(path, headers={"Accept": accept}, params=at_least)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith(JSON if status == 200 else "application/problem+json")
    past = await setting.facilitator.get(f"/ballots/{opened}", headers={"Accept": EVENTS}, params={"as_of": 1})
    assert past.status_code == 406, "what was so does not go on"
