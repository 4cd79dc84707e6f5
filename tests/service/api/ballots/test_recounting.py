"""A ballot's events are enough to recount it, and its result explains how it was counted."""

from fractions import Fraction

from domain.ballots.recounting import recount
from domain.events.ballot import BallotCounted, BallotOpened
from domain.foundation import Selector
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme


async def test_rule_11_a_ballot_held_over_http_is_recounted_from_its_two_events(api: Api) -> None:
    setting = await programme(api, participants=9, challenges=5)
    for rule, secrecy in (("equal_shares", "named"), ("approval", "secret"), ("stv", "named"), ("stv", "secret")):
        running = await ballot(setting, seats=3, rule=rule, secrecy=secrecy)
        for number, person in enumerate(setting.people):
            choices = [] if number == 8 else [setting.challenges[number % 3], setting.challenges[3 + number % 2]]
            body = {"ranking" if rule == "stv" else "approvals": choices}
            made(await person.put(f"/ballots/{running}/vote", json=body), 200)
        made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
        made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
        events = await api.kring.commands.events(Selector(types=[BallotOpened, BallotCounted], tags=[running]))
        (opened,) = [event for event, _ in events if isinstance(event, BallotOpened)]
        (counted,) = [event for event, _ in events if isinstance(event, BallotCounted)]
        assert recount(opened, counted) == ()
        at = await api.kring.log.head()
        result = made(await setting.people[0].get(f"/ballots/{running}/result?at_least={at}"), 200)
        assert (result["seats"], result["tie_seed_commitment"]) == (3, opened.tie_seed_commitment)
        assert result["challenges"] == [
            {"challenge_id": one, "organisation_id": setting.organisation} for one in setting.challenges
        ]
        rounds = [one["challenge_id"] for one in result["trace"]]
        elected = [one for stage in result["stages"] for one in stage["elected_ids"]]
        assert (rounds, elected) == (([], result["selected"]) if rule == "stv" else (result["selected"], []))
        for stage in result["stages"]:
            standing = [Fraction(one["votes"]) for one in stage["standing"]]
            assert sum(standing) + Fraction(stage["held"]) + Fraction(stage["exhausted"]) == 8
        made(await setting.manager.post(f"/ballots/{running}/voiding", json={"reason": "Nog eens."}), 200)
