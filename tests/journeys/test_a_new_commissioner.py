"""Reading rights of both organisations when a CoP continues for another one during its advice (rule 22), over HTTP."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.clock_and_ids import now
from tests.conftest import Api
from tests.journeys.examples.cop import Cop
from tests.journeys.examples.season import Contact, House, Json
from tests.journeys.examples.small_cops import small_cops
from tests.service.api.examples.programme import made

WHY = {"reason": "De directie wil het niet meer."}
ACCEPTED, PROMISE = {"verdict": "accepted"}, {"text": "Een plek", "owner": "J. Jansen", "due_on": "2099-01-01"}


@dataclass
class Handover:
    """A CoP whose advice was delivered to one organisation and answered before it continued for another.

    `at`: last position at which the first organisation was the commissioner.
    """

    cop: Cop
    old: list[Contact]
    new: list[Contact]
    evidence: list[str]
    gathering: str
    recommendation: str
    commitment: str
    report: str
    at: int

    @property
    def house(self) -> House:
        return self.cop.season.house

    @property
    def things(self) -> list[str]:
        """Paths of items that were delivered to or shared with the first organisation."""
        source = self.evidence[0]
        recommendation = f"/recommendations/{self.recommendation}"
        return [recommendation, f"/commitments/{self.commitment}", f"/files/{self.report}", f"/sources/{source}"]

    async def told(self, kind: str) -> list[int]:
        """Positions of the CoP's events of this type."""
        page = await self.house.see(self.house.manager, "/events", tag=self.cop.id, types=kind, limit=200)
        return [one["position"] for one in page["items"]]


async def contacts(house: House, organisation: str) -> list[Contact]:
    """A commissioner and an auditor of the organisation."""
    return [await house.contact(organisation), await house.contact(organisation, role="auditor")]


async def hand_over_to_new(api: Api) -> Handover:
    season, (cop, *_), (first, *_) = await small_cops(api, 4, 1)
    house, bank = season.house, season.commissioned[cop.challenge]
    old = [first, await house.contact(bank, role="auditor")]
    evidence = await cop.research()
    (recommendation,) = await cop.write(evidence, "Verbind de initiatieven.")
    await cop.judge()
    await cop.hand_over("presentation", first)
    gathering = await gathered(cop)
    report = made(await cop.members[1].post(f"{cop.path}/files", files={"file": ("advies.pdf", b"%PDF-1.7")}))["id"]
    await cop.hand_over("delivery", first, file_ids=[report])
    await cop.make(0, "shares", item_id=evidence[0], **{"with": "commissioner"})
    path = f"/recommendations/{recommendation}"
    made(await first.client.post(f"{path}/response", json=ACCEPTED))
    promised = made(await first.client.post(f"{path}/commitments", json=PROMISE))["commitment_ids"][-1]
    made(await first.client.post(f"{path}/progress", json={"text": "Er is een plek."}))
    made(await first.client.post(f"/challenges/{cop.challenge}/withdrawal", json=WHY), 200)
    at = await api.kring.log.head()
    town = await house.organisation("Gemeente Zwolle")
    body = {"organisation_id": town, "reason": "De gemeente neemt het over."}
    made(await house.manager.post(f"/challenges/{cop.challenge}/recommission", json=body), 200)
    return Handover(cop, old, await contacts(house, town), evidence, gathering, recommendation, promised, report, at)


async def gathered(cop: Cop) -> str:
    """Hold an own gathering that covered a topic."""
    starts = now() - timedelta(hours=1)
    plan = {"kind": "own", "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    planned = (await cop.make(0, "gatherings", place="Zwolle", **plan))["id"]
    made(await cop.members[0].post(f"/gatherings/{planned}/holding", json={"topics": ["change"]}), 200)
    return planned


LISTS = ("recommendations", "files", "sources", "interviews", "insights", "shares")


async def listed(story: Handover, reader: Contact) -> list[str]:
    """Ids in every list of the CoP as this contact reads them."""
    pages = [await story.house.see(reader.client, f"{story.cop.path}/{one}") for one in LISTS]
    return [one["id"] for page in pages for one in page["items"]]


async def test_rule_22_a_new_commissioner_cannot_read_what_the_former_one_could(api: Api) -> None:
    story = await hand_over_to_new(api)
    house, cop = story.house, story.cop
    clients = [one.client for one in story.new]
    advice = [f"{cop.path}/{one}" for one in ("advice", "evidence-graph", "problem-statement", "answer")]
    for path in (*advice, *story.things):
        await house.hidden(path, *clients)
        await house.hidden(path, *clients, as_of=str(story.at))
    await house.hidden(f"/recommendations/{story.recommendation}/commitments", *clients)
    for one in story.new:
        assert await listed(story, one) == []
        research = await house.see(one.client, f"{cop.path}/research")
        assert [research[kind] for kind in ("sources", "interviews", "insights", "files")] == [[]] * 4
        await house.hidden(f"/gatherings/{story.gathering}", one.client)
        coverage = await house.see(one.client, f"{cop.path}/coverage")
        assert [topic["occasions"] for topic in coverage["topics"] if topic["covered"]] == []
        feed = await house.see(one.client, "/events", tag=cop.id, limit=200)
        assert [event["type"] for event in feed["items"]] == ["challenge.recommissioned"]
        for path in (f"{cop.season.path}/commitments", "/me/to-dos"):
            assert (await house.see(one.client, path))["items"] == []
    await house.hidden(f"{cop.path}/timeline", *clients)


async def test_rule_22_the_former_commissioner_keeps_what_it_could_read_but_nothing_later(api: Api) -> None:
    story = await hand_over_to_new(api)
    house, cop = story.house, story.cop
    before: dict[str, Json] = {}
    lists = [f"{cop.path}/{one}" for one in ("advice", "evidence-graph", *LISTS)]
    for path in (*lists, *story.things):
        before[path] = await house.see(story.old[0].client, path)
    assert before[story.things[0]]["response"]["verdict"] == "accepted"
    await work_goes_on(story)
    for one in story.old:
        for path in lists:
            shown = await house.see(one.client, path)
            assert shown == before[path], path
        for path in story.things:
            shown, then = await house.see(one.client, path), before[path]
            assert shown == (then if one is story.old[0] or "owner" not in then else then | {"owner": None}), path
        met = await house.see(one.client, f"/gatherings/{story.gathering}", as_of=str(story.at))
        assert (met["status"], met["attendance"], met["minutes"]) == ("held", [], None)
        coverage = await house.see(one.client, f"{cop.path}/coverage", as_of=str(story.at))
        assert [topic["key"] for topic in coverage["topics"] if topic["covered"]] == ["change"]
        for path in (f"/gatherings/{story.gathering}", f"{cop.path}/coverage"):
            await house.hidden(path, one.client)
        organisation = cop.season.commissioned[cop.challenge]
        sentences = " ".join(line["sentence"] for line in await house.trail(one.client, organisation))
        assert ("“Verbind de initiatieven.”" in sentences, "Bouw een hub." in sentences) == (True, False)
        feed = await house.see(one.client, "/events", tag=cop.id, after=story.at, limit=200)
        assert [event["type"] for event in feed["items"]] == ["challenge.recommissioned"]


async def work_goes_on(story: Handover) -> None:
    """Revise everything, deliver it to the new commissioner, and let it respond."""
    cop, (town, _) = story.cop, story.new
    await cop.make(0, "problem-statement", text="De problem-statement, opnieuw.")
    await cop.make(1, "guiding-question", text="De guiding-question, opnieuw.")
    await cop.make(2, "answer", text="Het answer, opnieuw.")
    await cop.make(3, "summary", summary="Korter", method="Gesprekken")
    to = {"name": "De regio"}
    again: dict[str, Any] = {"text": "Bouw een hub.", "evidence": story.evidence, "addressee": to}
    made(await cop.members[0].put(f"/recommendations/{story.recommendation}", json=again), 200)
    await cop.judge()
    await cop.hand_over("presentation", town)
    await cop.hand_over("delivery", town)
    rejected = {"verdict": "rejected", "reason": "Te duur."}
    answered = made(await town.client.post(f"/recommendations/{story.recommendation}/response", json=rejected))
    assert (answered["commitment_ids"], answered["progress"]) == ([], []), "those are the former one's"
    await cop.make(0, "shares", item_id=story.evidence[2], **{"with": "commissioner"})
    await cop.make(1, "shares", item_id=story.evidence[0], **{"with": "commissioner"})


async def test_rule_22_the_view_of_a_new_commissioner_starts_with_what_it_receives(api: Api) -> None:
    story = await hand_over_to_new(api)
    house, cop = story.house, story.cop
    await work_goes_on(story)
    for one in story.new:
        advice = await house.see(one.client, f"{cop.path}/advice")
        assert [handed["version"] for handed in advice["handed_over"]] == [advice["version"]]
        assert advice["parts"]["answer"]["text"] == "Het answer, opnieuw."
        seen = await house.see(one.client, f"/recommendations/{story.recommendation}")
        assert (seen["text"], seen["version"], seen["standing"]) == ("Bouw een hub.", 2, "rejected")
        assert (seen["commitment_ids"], seen["progress"], seen["closure"]) == ([], [], None)
        assert (await house.see(one.client, f"/recommendations/{story.recommendation}/commitments"))["items"] == []
        shown = sorted([story.recommendation, *[story.evidence[0], story.evidence[2]] * 2])
        assert sorted(await listed(story, one)) == shown
        await house.hidden(f"/commitments/{story.commitment}", one.client)
        await house.hidden(f"/files/{story.report}", one.client)
    team = await house.see(cop.members[0], f"/recommendations/{story.recommendation}")
    assert (team["standing"], team["commitment_ids"]) == ("rejected", [story.commitment])


async def test_rule_22_a_new_commissioner_reads_earlier_advice_once_delivered_to_it(
    api: Api,
) -> None:
    season, (cop, *_), (first, *_) = await small_cops(api, 4, 1)
    house = season.house
    (recommendation,) = await cop.write(await cop.research(), "Verbind de initiatieven.")
    await cop.judge()
    await cop.hand_over("presentation", first)
    made(await first.client.post(f"/challenges/{cop.challenge}/withdrawal", json=WHY), 200)
    town = await house.organisation("Gemeente Zwolle")
    body = {"organisation_id": town, "reason": "De gemeente neemt het over."}
    made(await house.manager.post(f"/challenges/{cop.challenge}/recommission", json=body), 200)
    mayor = await house.contact(town)
    await house.hidden(f"{cop.path}/advice", mayor.client)
    await cop.hand_over("delivery", mayor)
    seen = await house.see(mayor.client, f"{cop.path}/advice")
    (handed,) = seen["handed_over"]
    assert (handed["status"], handed["to"], len(handed["dissents"])) == ("delivered", [mayor.id], 1)
    shown = await house.see(mayor.client, f"/recommendations/{recommendation}")
    assert (shown["standing"], shown["response"]) == ("presented", None)
    made(await mayor.client.post(f"/recommendations/{recommendation}/response", json=ACCEPTED))
    former = await house.see(first.client, f"/recommendations/{recommendation}")
    assert (former["standing"], former["response"]) == ("presented", None)


async def test_rule_22_a_new_commissioner_reads_events_brought_into_its_trail(api: Api) -> None:
    story = await hand_over_to_new(api)
    house, cop = story.house, story.cop
    (presented,), (promised,) = await story.told("advice.presented"), await story.told("advice.commitment_made")
    organisation = (await house.see(house.manager, cop.path))["organisation_id"]
    path = f"/organisations/{organisation}/trail/brought-in"
    body = {"positions": [presented, promised], "reason": "Zij nemen het over."}
    made(await house.manager.post(path, json=body))
    for one in story.new:
        advice = await house.see(one.client, f"{cop.path}/advice")
        assert [handed["status"] for handed in advice["handed_over"]] == ["presented"], "the delivery is not among it"
        shown = await house.see(one.client, f"/recommendations/{story.recommendation}")
        assert (shown["response"], shown["commitment_ids"], shown["progress"]) == (None, [story.commitment], [])
        promise = await house.see(one.client, f"/commitments/{story.commitment}")
        assert (promise["text"], promise["owner"]) == ("Een plek", None), "who sees to it is the other's"
        await house.hidden(f"/files/{story.report}", one.client)
