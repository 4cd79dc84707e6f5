"""The database, which counts days by time zones, knows all zones that Kring accepts."""

from domain.time_zones import zones
from tests.conftest import Api


async def test_the_database_knows_every_accepted_time_zone(api: Api) -> None:
    known = {row["name"] for row in await api.kring.log.pool.fetch("select name from pg_timezone_names")}
    assert zones() - known == set()
