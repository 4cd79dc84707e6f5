"""Nine people from the opening of their programme to its conclusion, over HTTP, with the views of each role."""

from tests.conftest import Api
from tests.journeys.examples.nine_participants import run_whole_programme
from tests.journeys.examples.sent_twice import TwiceApi, TwiceClient


async def test_nine_participants_complete_a_programme_with_every_command_sent_twice(
    api: Api,
) -> None:
    await run_whole_programme(TwiceApi(api))
    assert sum(one.commands for one in api.clients if isinstance(one, TwiceClient)) > 100
