"""Complete ballots over HTTP, recounted from their published results."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from service.clock_and_ids import now
from tests.conftest import Api
from tests.journeys.examples.season import recounted, seed_of
from tests.service.api.examples.programme import Setting, made, programme


@dataclass
class Story:
    """A programme, its challenges by short name, and the commissioner of each."""

    api: Api
    setting: Setting
    challenges: dict[str, str]
    organisations: dict[str, str]

    async def open(self, *names: str, **changes: Any) -> str:
        """Open a ballot on these challenges."""
        closes_at = (now() + timedelta(hours=1)).isoformat()
        body = {"challenge_ids": [self.challenges[one] for one in names], "closes_at": closes_at, **changes}
        return made(await self.setting.facilitator.post(f"/programmes/{self.setting.programme}/ballots", json=body))[
            "id"
        ]

    async def vote(self, ballot: str, number: int, *names: str, field: str = "approvals") -> dict[str, Any]:
        """Cast a participant's paper."""
        body = {field: [self.challenges[one] for one in names]}
        return made(await self.setting.people[number].put(f"/ballots/{ballot}/vote", json=body), 200)

    async def end(self, ballot: str) -> dict[str, Any]:
        """Close and count; return the ballot afterwards."""
        made(await self.setting.facilitator.post(f"/ballots/{ballot}/close"), 200)
        return made(await self.setting.facilitator.post(f"/ballots/{ballot}/count"), 200)

    async def ballot(self, ballot: str) -> dict[str, Any]:
        """The ballot as it is now."""
        at = await self.api.kring.log.head()
        return made(await self.setting.people[0].get(f"/ballots/{ballot}?at_least={at}"), 200)

    async def result(self, ballot: str, reader: httpx.AsyncClient | None = None) -> dict[str, Any]:
        """Result of the ballot as this client reads it."""
        at = await self.api.kring.log.head()
        return made(await (reader or self.setting.people[0]).get(f"/ballots/{ballot}/result?at_least={at}"), 200)

    def named(self, ids: list[str]) -> list[str]:
        """Challenges by their short names."""
        short = {one: name for name, one in self.challenges.items()}
        return [short[one] for one in ids]

    def recounted(self, result: dict[str, Any], opened: dict[str, Any]) -> list[str]:
        """Winners according to a reader who recounts the published papers."""
        return recounted(result, opened, self.organisations)


async def begin(api: Api, participants: int, **commissioned: str) -> Story:
    """A programme with these challenges and their organisations: `a="bank"`."""
    setting = await programme(api, participants=participants, challenges=0)
    organisations = {
        name: made(await setting.manager.post("/organisations", json={"name": name}))["id"]
        for name in sorted(set(commissioned.values()))
    }
    challenges: dict[str, str] = {}
    for name, organisation in commissioned.items():
        body = {"title": name, "context": "Waarom.", "organisation_id": organisations[organisation]}
        posted = await setting.manager.post(f"/programmes/{setting.programme}/challenges", json=body)
        challenges[name] = made(posted)["id"]
        made(await setting.facilitator.post(f"/challenges/{challenges[name]}/admission"), 200)
    owners = {challenges[name]: organisations[one] for name, one in commissioned.items()}
    return Story(api, setting, challenges, owners)


async def test_a_tie_is_broken_by_organisation_then_by_a_reproducible_draw(api: Api) -> None:
    story = await begin(api, 4, a="bank", b="bank", c="clinic", d="bank", e="bank", f="bank")
    first = await story.open("a", "b", "c", rule="approval", seats=2)
    for number, names in enumerate(("abc", "ab", "ac", "a")):
        await story.vote(first, number, *names)
    await story.end(first)
    result = await story.result(first)
    assert story.named(result["selected"]) == ["a", "c"]
    draw = result["trace"][1]["draw"]
    assert (draw["by"], sorted(story.named(draw["among"])), story.named(draw["order"])) == (
        "organisations",
        ["b", "c"],
        ["c"],
    )

    second = await story.open("d", "e", "f", rule="approval", seats=1)
    before = await story.ballot(second)
    for number in range(4):
        await story.vote(second, number, "d", "e", "f")
    await story.end(second)
    result = await story.result(second)
    seed = seed_of(result)
    committed = base64.urlsafe_b64encode(hashlib.sha256(seed).digest()).rstrip(b"=").decode()
    assert committed == before["tie_seed_commitment"], "the seed was fixed before the first vote"
    order = sorted(before["challenge_ids"], key=lambda one: hashlib.sha256(seed + one.encode()).digest())
    assert result["trace"][0]["draw"]["by"] == "seed"
    assert result["trace"][0]["draw"]["order"] == order
    assert result["selected"] == order[:1] == story.recounted(result, before)


async def test_rule_8_after_two_missed_quorums_the_manager_chooses_with_a_reason(api: Api) -> None:
    story = await begin(api, 4, a="bank", b="bank", c="clinic")
    first = await story.open("a", "b", "c", seats=1)
    await story.vote(first, 0, "a")
    assert (await story.end(first))["void_cause"] == "quorum"
    again = await story.open("a", "b", "c", seats=1, rerun_of=first)
    await story.vote(again, 1, "b")
    void = await story.end(again)
    assert (void["status"], void["rerun_of_id"]) == ("void", first)
    closes_at = (now() + timedelta(hours=1)).isoformat()
    for one in (first, again):
        body = {"challenge_ids": list(story.challenges.values()), "closes_at": closes_at, "rerun_of": one, "seats": 1}
        third = await story.setting.facilitator.post(f"/programmes/{story.setting.programme}/ballots", json=body)
        assert (third.status_code, third.json()["code"]) == (409, "one-rerun")
    at = await api.kring.log.head()
    board = made(
        await story.setting.people[0].get(f"/programmes/{story.setting.programme}/challenges?at_least={at}"), 200
    )
    assert {one["status"] for one in board["items"]} == {"admitted"}

    path, chosen = f"/programmes/{story.setting.programme}/choice", story.challenges["c"]
    choice = {"challenge_ids": [chosen], "how": "after_void"}
    unreasoned = await story.setting.manager.post(path, json=choice)
    assert (unreasoned.status_code, unreasoned.json()["code"]) == (422, "reason-missing")
    choice["reason"] = "Twee keer te weinig stemmen"
    assert (await story.setting.facilitator.post(path, json=choice)).status_code == 403
    made(await story.setting.manager.post(path, json=choice), 200)
    ranking = {"ranking": [chosen]}
    made(await story.setting.people[0].put(f"/programmes/{story.setting.programme}/preferences", json=ranking), 200)
    at = await api.kring.log.head()
    shown = made(await story.setting.people[0].get(f"/challenges/{chosen}?at_least={at}"), 200)
    assert shown["status"] == "selected"


async def test_voters_in_a_secret_ballot_find_their_papers_by_tracker(api: Api) -> None:
    story = await begin(api, 7, a="bank", b="bank", c="clinic")
    ballot = await story.open("a", "b", "c", secrecy="secret", seats=2)
    opened = await story.ballot(ballot)
    choices = ["a", "ab", "", "c", "bc", "abc", "a"]
    papers = [await story.vote(ballot, number, *names) for number, names in enumerate(choices)]
    papers[2] = await story.vote(ballot, 2, "c")
    choices[2] = "c"
    await story.end(ballot)
    made(await story.setting.facilitator.post(f"/ballots/{ballot}/certification"), 200)
    for number, voter in enumerate(story.setting.people):
        result = await story.result(ballot, voter)
        (mine,) = [one for one in result["papers"] if one["tracker"] == papers[number]["tracker"]]
        assert story.named(mine["approvals"]) == sorted(choices[number])
        assert result["selected"] == story.recounted(result, opened)
    commissioner = await api.as_("commissioner", organisations=(story.organisations[story.challenges["c"]],))
    outside = await story.result(ballot, commissioner)
    assert outside["selected"] == story.recounted(outside, opened)
    assert outside["roll_ids"] is None


async def test_a_ranked_ballot_accepts_and_shows_rankings_and_can_be_recounted(api: Api) -> None:
    story = await begin(api, 5, a="bank", b="bank", c="clinic", d="clinic")
    ballot = await story.open("a", "b", "c", "d", rule="stv", seats=2)
    opened = await story.ballot(ballot)
    refused = await story.setting.people[0].put(f"/ballots/{ballot}/vote", json={"approvals": []})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "approvals")
    choices = ["dca", "ab", "", "cab", "dbca"]
    for number, names in enumerate(choices):
        paper = await story.vote(ballot, number, *names, field="ranking")
        assert (paper["approvals"], story.named(paper["ranking"])) == (None, list(names))
        own = made(await story.setting.people[number].get(f"/ballots/{ballot}/vote"), 200)
        assert story.named(own["ranking"]) == list(names)
    recused = {"challenge_id": story.challenges["d"]}
    refused = await story.setting.people[0].post(f"/ballots/{ballot}/recusals", json=recused)
    assert (refused.status_code, refused.json()["code"]) == (409, "paper-approves")
    await story.end(ballot)
    result = await story.result(ballot)
    assert result["rule"] == "stv/1"
    whose = {one["voter_id"]: story.named(one["ranking"]) for one in result["papers"]}
    assert whose == {story.setting.ids[number]: list(names) for number, names in enumerate(choices)}
    assert {one["approvals"] for one in result["papers"]} == {None}
    assert result["selected"] == story.recounted(result, opened)
    own = made(await story.setting.people[0].get(f"/ballots/{ballot}/vote"), 200)
    assert (own["status"], story.named(own["ranking"])) == ("counted", list("dca"))


async def test_a_ranked_ballot_can_be_secret(api: Api) -> None:
    story = await begin(api, 5, a="bank", b="bank", c="clinic")
    ballot = await story.open("a", "b", "c", rule="stv", seats=1, secrecy="secret")
    opened = await story.ballot(ballot)
    choices = ["ca", "ab", "", "cab", "bca"]
    trackers = [(await story.vote(ballot, n, *names, field="ranking"))["tracker"] for n, names in enumerate(choices)]
    await story.end(ballot)
    result = await story.result(ballot)
    assert {one["tracker"]: story.named(one["ranking"]) for one in result["papers"]} == {
        tracker: list(names) for tracker, names in zip(trackers, choices, strict=True)
    }
    assert result["selected"] == story.recounted(result, opened)
