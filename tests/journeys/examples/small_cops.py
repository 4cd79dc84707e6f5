"""A programme of small CoPs, each on a challenge of its own organisation."""

from tests.conftest import Api
from tests.journeys.examples.cop import Cop, a_cop
from tests.journeys.examples.season import Contact, Season, a_house, a_season


async def small_cops(api: Api, participants: int, teams: int) -> tuple[Season, list[Cop], list[Contact]]:
    """A programme of small CoPs, each on a challenge of its own organisation: season, CoPs and their commissioners.

    Participant n belongs to CoP n modulo the number of CoPs.
    """
    house = await a_house(api)
    sender = await house.organisation("Windesheim")
    season = await a_season(house, [sender] * participants, sender, 0)
    contacts: list[Contact] = []
    for number in range(teams + 1):
        commissioner = await house.organisation(f"Opdrachtgever {number}")
        proposed = await season.propose(season.guide, f"Vraagstuk {number}", commissioner)
        await season.admit(proposed["id"], commissioner)
        contacts.append(await house.contact(commissioner))
    selected = await season.choose(teams)
    for number in range(participants):
        await season.rank(number, season.challenges[number % teams])
    formed = await season.adopt((await season.propose_teams())["id"])
    cops = [a_cop(season, one) for one in formed]
    assert sorted(one.challenge for one in cops) == sorted(selected)
    cops.sort(key=lambda one: season.challenges.index(one.challenge))
    assert [set(one.people) for one in cops] == [set(season.people[number::teams]) for number in range(teams)]
    return season, cops, contacts
