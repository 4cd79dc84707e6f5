"""A ballot's events are enough to recount it, and its result explains how it was counted."""

from fractions import Fraction

import pytest
from playwright.async_api import Page

from domain.ballots.recounting import recount
from domain.events.ballot import BallotCounted, BallotOpened
from domain.foundation import Selector
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.pages.examples.recounting import recounted


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


@pytest.mark.parametrize(
    ("rule", "secrecy"), [("equal_shares", "named"), ("approval", "secret"), ("stv", "named"), ("stv", "secret")]
)
async def test_every_reader_can_recount_a_result_in_a_browser(api: Api, page: Page, rule: str, secrecy: str) -> None:
    """With an elector's own challenge, recusals, a blank paper and a challenge that was withdrawn during the voting."""
    setting = await programme(api, participants=9, challenges=4)
    anna, bert, *_ = setting.people
    clinic = made(await setting.manager.post("/organisations", json={"name": "Kliniek"}))["id"]
    body = {"title": "Van Anna zelf", "context": "Waarom het speelt.", "organisation_id": clinic}
    own = made(await anna.post(f"/programmes/{setting.programme}/challenges", json=body))["id"]
    made(await setting.facilitator.post(f"/challenges/{own}/admission"), 200)
    setting.challenges.append(own)
    first, second, third, withdrawn, _ = setting.challenges
    running = await ballot(setting, seats=3, rule=rule, secrecy=secrecy)
    made(await bert.post(f"/ballots/{running}/recusals", json={"challenge_id": first}), 200)
    papers = [
        [own, first],
        [second],
        [withdrawn],
        [first, withdrawn],
        [second, third],
        [third, own],
        [own],
        [first],
        [],
    ]
    for person, choices in zip(setting.people, papers, strict=True):
        sent = {"ranking" if rule == "stv" else "approvals": choices}
        made(await person.put(f"/ballots/{running}/vote", json=sent), 200)
    commissioner = await api.as_("commissioner", organisations=(setting.organisation,))
    made(await commissioner.post(f"/challenges/{withdrawn}/withdrawal", json={"reason": "Het hoeft niet meer."}), 200)
    for step in ("close", "count"):
        made(await setting.facilitator.post(f"/ballots/{running}/{step}"), 200)
    at = await api.head()
    auditor = await api.as_("auditor", organisations=(setting.organisation,))
    results = [
        made(await reader.get(f"/ballots/{running}/result?at_least={at}"), 200)
        for reader in (anna, setting.facilitator, setting.manager, commissioner, auditor)
    ]
    assert {one["struck_ids"] == [withdrawn] for one in results} == {True}
    assert {one["organisation_id"] for one in results[0]["challenges"]} == {setting.organisation, clinic}
    for result, again in zip(results, await recounted(page, results), strict=True):
        assert (again["outcome"], again["differences"]) == ("fits", [])
        assert again["selected"] == result["selected"]
        assert len(again["selected"]) == 3
