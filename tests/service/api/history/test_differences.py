"""Differences of one subject between two times, derived from the folds of the views: rows and texts."""

from typing import Any

from domain.events.challenge import ChallengeRecommissioned
from domain.events.team import TeamFormed, TeamMerged
from domain.foundation import BallotId, ChallengeId, OrganisationId, PersonId, ProgrammeId, TeamId
from service.clock_and_ids import new_id, now
from service.operations.history import HistoryRange, describe_differences
from tests.conftest import Api
from tests.service.api.examples.advice import a_source, recommend, write
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import Given, a_team, ok


async def lines(api: Api, about: ProgrammeId | TeamId | BallotId, since: int, as_of: int | None = None) -> list[str]:
    """Lines of differences, without header and footer."""
    _, *found, __ = await describe_differences(api.kring, about=about, language="en", within=HistoryRange(since, as_of))
    return [one.strip() for one in found]


async def test_differences_are_listed_field_by_field_between_positions_or_times(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    about = ProgrammeId(setting.programme)
    first, began = await api.kring.log.head(), now()
    made(await setting.manager.put(f"/programmes/{about}", json={"name": "Leergang", "edition": "2017"}), 200)
    second = await api.kring.log.head()
    made(await setting.manager.post(f"/programmes/{about}/announcements", json={"text": "Welkom."}))
    renamed = ["Programme:", f"~ Leergang · {about}", "edition: 2016 → 2017"]
    assert await lines(api, about, first, second) == renamed
    announced = (await lines(api, about, second))[1]
    assert announced.startswith("+ an announcement “Welkom.” (made) · announcement_")
    since = await describe_differences(api.kring, about=about, language="en", within=HistoryRange(began))
    assert since[0] == f"What differs between fact {first} and fact {second + 1} (+ new, − gone, ~ changed)"
    assert since[-1] == "1 new, 0 gone, 1 changed."
    for backwards in (HistoryRange(second, first), HistoryRange(second, second)):
        assert await describe_differences(api.kring, about=about, language="en", within=backwards) == [
            f"Nothing differs between fact {second} and fact {second}."
        ]


async def test_differences_word_texts_as_the_history_does(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    (challenge,), before = setting.challenges, await api.kring.log.head()
    body = {"title": "Anders", "context": "Een ander verband."}
    made(await setting.manager.post(f"/challenges/{challenge}/revision", json={**body, "reason": "Scherper."}), 200)
    about = ProgrammeId(setting.programme)
    assert await lines(api, about, before) == [
        "Challenges:",
        f"~ “Anders” · {challenge}",
        "title: “Vraagstuk 0” → “Anders”",
        "context: rewritten [not shown here]",
    ]
    before = await api.kring.log.head()
    body = {"title": "Weer anders", "reason": "Nog scherper."}
    made(await setting.manager.post(f"/challenges/{challenge}/revision", json=body), 200)
    assert (await lines(api, about, before))[-1] == "title: “Anders” → “Weer anders”"


async def test_retyping_the_same_text_is_no_difference(api: Api) -> None:
    team = await a_team(api)
    source = await a_source(team)
    one = (await recommend(team, "Verbind ze.", source))["id"]
    before = await api.kring.log.head()
    body = {"text": "Verbind ze.", "evidence": [source], "addressee": {"organisation_id": team.bank}, "based_on": 1}
    await ok(await team.members[0].put(f"/recommendations/{one}", json=body), 200)
    found = await lines(api, TeamId(team.id), before)
    assert "version: 1 → 2" in found
    assert not [line for line in found if line.startswith("text")]
    await ok(await team.members[0].put(f"/recommendations/{one}", json=body | {"text": "Los.", "based_on": 2}), 200)
    assert "text: “Verbind ze.” → “Los.”" in await lines(api, TeamId(team.id), before)


async def test_differences_mark_withheld_texts(api: Api) -> None:
    team = await a_team(api)
    before = await api.kring.log.head()
    insight = (await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Jan is ziek."})))["id"]
    position = await api.kring.log.head()
    expected = ["Insights:", f"+ the insight “Jan is ziek.” (shared) · {insight}"]
    assert await lines(api, TeamId(team.id), before) == expected
    body = {"field": "text", "reason": "Gezondheid van een persoon"}
    made(await team.manager.post(f"/events/{position}/redaction", json=body), 200)
    assert await lines(api, TeamId(team.id), before, position) == [expected[0], f"+ an insight (shared) · {insight}"]


async def test_differences_do_not_quote_drafts(api: Api) -> None:
    team = await a_team(api)
    await ok(await write(team, "problem-statement", text="Een geheim concept"))
    before = await api.kring.log.head()
    await ok(await write(team, "problem-statement", text="Een ander geheim concept", based_on=1))
    found = await lines(api, TeamId(team.id), before)
    assert "parts > problem statement > text: rewritten [not shown here]" in found
    assert "geheim" not in " ".join(found)


async def test_differences_of_a_merged_cop_omit_the_other_cop(api: Api) -> None:
    team = await a_team(api)
    about, into, before = TeamId(team.id), TeamId(new_id("team")), await api.kring.log.head()
    fields: dict[str, Any] = {
        "programme": ProgrammeId(team.programme),
        "challenge": ChallengeId(team.challenge),
        "organisation": OrganisationId(team.bank),
    }
    other = TeamFormed(team=into, number=2, members=(PersonId(team.people[4]),), **fields)
    members = tuple(PersonId(one) for one in team.people[:4])
    merged = TeamMerged(team=about, into=into, into_organisation=None, members=members, **fields)
    await api.kring.commands.execute(lambda: Given(other, merged))
    assert await lines(api, about, before) == [
        "CoPs:",
        f"~ the CoP on “Start-ups” · {about}",
        "status: formed → merged into another",
        "merged into: none → CoP 2 on “Start-ups”",
    ]
    assert f"+ CoP 2 on “Start-ups” (formed) · {into}" in await lines(api, into, before)
    assert not [line for line in await lines(api, into, before) if str(about) in line]


async def test_differences_of_a_void_ballot_omit_its_repetition(api: Api) -> None:
    setting = await programme(api, participants=2)
    void = BallotId(await ballot(setting))
    before = await api.kring.log.head()
    made(await setting.facilitator.post(f"/ballots/{void}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{void}/count"), 200)
    again = await ballot(setting, rerun_of=void)
    found = await lines(api, void, before)
    assert f"rerun: none → the ballot {again}" in found
    assert [line for line in found if line.startswith(("~", "+"))] == [f"~ the ballot · {void}"]
    assert (await lines(api, BallotId(again), before))[1].startswith("+ the ballot (open)")


async def test_differences_for_an_organisation_cover_all_that_it_may_read(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    clinic = OrganisationId(made(await setting.manager.post("/organisations", json={"name": "Isala"}))["id"])
    bank, before = OrganisationId(setting.organisation), await api.kring.log.head()
    challenge, about = ChallengeId(setting.challenges[0]), ProgrammeId(setting.programme)
    goes_on = ChallengeRecommissioned(
        challenge=challenge, programme=about, organisation=clinic, previous=bank, teams=()
    )
    await api.kring.commands.execute(lambda: Given(goes_on))
    within = HistoryRange(before)
    _, *found, __ = await describe_differences(api.kring, organisation=bank, language="en", within=within)
    assert "organisation: Bank → Isala" in [one.strip() for one in found]
    (nothing,) = await describe_differences(api.kring, organisation=clinic, language="en", within=within)
    assert nothing.startswith("Nothing differs")
    _, __, registered, ___ = await describe_differences(
        api.kring, organisation=clinic, language="nl", within=HistoryRange(0)
    )
    assert registered.strip() == f"+ Isala (geregistreerd) · {clinic}"
