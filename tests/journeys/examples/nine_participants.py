"""Nine participants from enrolment to conclusion, stage by stage."""

from collections import Counter
from dataclasses import dataclass

import httpx

from domain.calculations.counting import default_seats
from tests.conftest import Api
from tests.journeys.examples.cop import Cop, a_cop
from tests.journeys.examples.season import Contact, House, Json, Season, recounted
from tests.journeys.examples.stages import a_programme, assigned, balloted, met
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.programme import made

EMPTY = "seats-cannot-be-staffed"


@dataclass
class Readers:
    """Readers of the first challenge: its organisation's commissioner and auditor, and a stranger."""

    house: House
    season: Season
    contact: Contact
    auditor: httpx.AsyncClient
    stranger: httpx.AsyncClient

    @property
    def inside(self) -> list[httpx.AsyncClient]:
        """Clients of people inside the programme."""
        return [self.season.clients[0], self.season.clients[-1], self.season.guide, self.house.manager]


async def run_whole_programme(api: Api) -> None:
    """Run the complete story with the clients of this API."""
    house, season, (bank, clinic, school) = await a_programme(api, 9, 3)
    elsewhere = await house.organisation("Elders")
    auditor = (await house.contact(bank, role="auditor")).client
    readers = Readers(house, season, await house.contact(bank), auditor, await house.commissioner(elsewhere))
    await begun(readers)
    declined = await proposed(readers, [bank, clinic, school, bank, clinic])
    selected = await voted(readers)
    teams = await placed(season, selected)
    cop, other = (a_cop(season, one) for one in sorted(teams, key=lambda one: selected.index(one["challenge_id"])))
    await gathered(readers, cop, other)
    evidence = await worked(readers, cop, other)
    recommendations = await advised(readers, cop, other, evidence)
    commitment = await answered(readers, cop, other, recommendations)
    await concluded(readers, cop, other, commitment)
    board = await season.board(readers.season.clients[-1])
    assert (board[declined], board[cop.challenge], board[other.challenge]) == ("declined", "closed", "in_progress")
    await looked_back(readers, cop, other)
    trails = [await house.trail(one, bank) for one in (readers.contact.client, readers.auditor, house.operator)]
    assert len({tuple(one["type"] for one in trail) for trail in trails}) == 1
    assert "Deelnemer" not in str(trails[1]), "auditors read pseudonyms"
    of_programme = [one for one in trails[0] if not one["type"].startswith("organisation.")]
    part = await house.trail(house.manager, bank)
    assert [(one["type"], one["index"]) for one in part] == [(one["type"], one["index"]) for one in of_programme]
    types = {one["type"] for one in trails[0]}
    assert types >= {
        "challenge.proposed",
        "ballot.certified",
        "team.formed",
        "advice.delivered",
        "advice.commitment_made",
    }
    assert not types & {
        "ballot.vote_cast",
        "team.preferences_ranked",
        "gathering.attendance_recorded",
        "trip.booking_requested",
    }


async def begun(readers: Readers) -> None:
    """Set up a programme with its curriculum, invisible from outside."""
    season = readers.season
    assert len(made(await readers.house.manager.put(f"{season.path}/curriculum", json={}), 200)["curriculum"]) == 6
    refused(await season.clients[0].put(f"{season.path}/curriculum", json={}), 403, "not-allowed")
    for one in readers.inside:
        assert (await readers.house.see(one, season.path))["status"] == "open"
    await readers.house.hidden(season.path, readers.stranger)
    listed = await readers.house.see(season.clients[0], f"{season.path}/participants", limit=200)
    assert {one["person_id"]: one["status"] for one in listed["items"]} == dict.fromkeys(season.people, "active")


async def proposed(readers: Readers, organisations: list[str]) -> str:
    """Propose five challenges by participants and admit them; decline a sixth."""
    house, season = readers.house, readers.season
    for number, organisation in enumerate(organisations):
        one = await season.propose(season.clients[number], f"Vraagstuk {number}", organisation)
        assert one["proposer_id"] == season.people[number]
        for by in (
            season.clients[number],
            readers.contact.client if organisation == organisations[0] else season.clients[8],
        ):
            refused(await by.post(f"/challenges/{one['id']}/admission"), 403, "not-allowed")
        assert (await readers.stranger.post(f"/challenges/{one['id']}/admission")).status_code == 404
        await season.admit(one["id"], organisation)
    weak = await season.propose(season.clients[5], "Te vaag", organisations[1])
    await house.hidden(f"/challenges/{weak['id']}", readers.contact.client, readers.stranger)
    path = f"/challenges/{weak['id']}/declination"
    refused(await season.guide.post(path), 422, "reason-missing", "reason")
    assert made(await season.guide.post(path, json={"reason": "Niet scherp"}), 200)["status"] == "declined"
    refused(await season.guide.post(f"/challenges/{weak['id']}/admission"), 409, "not-proposed")
    board = await season.board(season.clients[7])
    assert Counter(board.values()) == {"admitted": 5, "declined": 1}
    mine = await season.board(readers.contact.client)
    assert set(mine) == {one for one, of in season.commissioned.items() if of == organisations[0]}
    await house.hidden(f"{season.path}/challenges", readers.stranger)
    return weak["id"]


async def voted(readers: Readers) -> list[str]:
    """Void a ballot on too many seats; hold one on two seats that selects the first and third challenge."""
    house, season = readers.house, readers.season
    a, b, c, d, e = season.challenges
    refused(
        await season.clients[0].post(
            f"{season.path}/ballots", json={"challenge_ids": [a, b], "closes_at": "2099-01-01T00:00:00Z"}
        ),
        403,
        "not-allowed",
    )
    wide = await season.open(seats=4)
    assert (wide["warnings"], wide["seats"]) == ([EMPTY], 4)
    path = f"/ballots/{wide['id']}"
    await season.vote(wide["id"], 0, b)
    paper = {"approvals": [a]}
    others = ((season.guide, 403), (readers.contact.client, 403), (readers.auditor, 403), (readers.stranger, 404))
    for one, status in others:
        assert (await one.put(f"{path}/vote", json=paper)).status_code == status
    refused(await season.clients[0].post(f"/challenges/{a}/revision", json={"title": "Anders"}), 409, "texts-frozen")
    refused(await season.guide.post(f"{path}/voiding"), 403, "not-allowed")
    void = made(await house.manager.post(f"{path}/voiding", json={"reason": "Te veel plaatsen"}), 200)
    assert void["status"] == "void"
    assert Counter((await season.board()).values()) == {"admitted": 5, "declined": 1}
    refused(await season.clients[1].put(f"{path}/vote", json=paper), 409, "ballot-not-open")
    sharper = made(await season.clients[0].post(f"/challenges/{a}/revision", json={"title": "Scherper"}), 200)
    assert (sharper["title"], sharper["status"]) == ("Scherper", "admitted")
    result = await balloted(season, [[a], [a], [a, b], [a], [a, d], [c], [c, e], [c], []], default_seats(9, 4, 8))
    assert result["selected"] == [a, c]
    whose = {one["voter_id"]: one["approvals"] for one in result["papers"]}
    assert (whose[season.people[2]], whose[season.people[8]]) == (sorted([a, b]), [])
    outside = await season.result(result["ballot_id"], readers.contact.client)
    audited = await season.result(result["ballot_id"], readers.auditor)
    for shown in (outside, audited):
        assert {one["voter_id"] for one in shown["papers"]} == {None}
    assert (outside["roll_ids"], sorted(audited["roll_ids"])) == (None, sorted(season.people))
    assert recounted(
        outside, await house.see(season.guide, f"/ballots/{result['ballot_id']}"), season.commissioned
    ) == [a, c]
    await house.hidden(f"/ballots/{result['ballot_id']}/result", readers.stranger)
    board = await season.board()
    assert {one: board[one] for one in season.challenges} == {
        one: "selected" if one in {a, c} else "not_selected" for one in season.challenges
    }
    return result["selected"]


async def placed(season: Season, selected: list[str]) -> list[Json]:
    """Collect preferences, some of them empty; a proposer who ranks their challenge first works on it."""
    first, second = selected
    for number in range(7):
        ranking = (first, second) if number in {0, 1, 3, 4} else (second, first)
        await season.rank(number, *ranking, motivation="Hier werk ik aan.")
    await season.rank(6)
    refused(
        await season.clients[7].put(f"{season.path}/preferences", json={"ranking": season.challenges[3:4]}),
        422,
        "not-selected",
    )
    path = f"{season.path}/preferences"
    assert (await season.house.see(season.guide, path, person_id=season.people[0]))["ranking"] == [first, second]
    await season.house.hidden(path, season.clients[1], person_id=season.people[0])
    teams = await assigned(season, selected)
    for proposer, challenge in ((0, first), (2, second)):
        (theirs,) = [one for one in teams if one["challenge_id"] == challenge]
        assert season.people[proposer] in theirs["member_ids"]
    refused(await season.clients[0].put(path, json={"ranking": [second]}), 409, "teams-adopted")
    return teams


async def gathered(readers: Readers, cop: Cop, other: Cop) -> None:
    """Hold three joint sessions; the commissioner reads when and where, but no attendance."""
    season = readers.season
    assert [await cop.status(), await other.status()] == ["formed", "formed"]
    for number, topics in enumerate((("team_formation", "networking"), ("presenting",), ("change", "influence")), 1):
        held = await met(season, number, *topics)
        assert sorted(held["held_for_team_ids"]) == sorted([cop.id, other.id])
        shown = await readers.house.see(readers.contact.client, f"/gatherings/{held['id']}")
        assert (shown["status"], shown["attendance"], shown["minutes"]) == ("held", [], None)
        await readers.house.hidden(f"/gatherings/{held['id']}", readers.stranger)
    assert [await cop.status(), await other.status()] == ["active", "active"]
    coverage = await readers.house.see(season.guide, f"{season.path}/coverage")
    assert coverage["not_yet"] == ["techniques"]


async def worked(readers: Readers, cop: Cop, other: Cop) -> list[str]:
    """Do research and a trip, visible only to the CoP until it shares them."""
    house = readers.house
    evidence = await cop.research()
    source, interview, insight = evidence
    outside = [other.members[0], readers.contact.client, readers.auditor, readers.stranger]
    for path in (f"/sources/{source}", f"/interviews/{interview}", f"/insights/{insight}"):
        for one in (cop.members[-1], readers.season.guide, house.manager):
            await house.see(one, path)
        await house.hidden(path, *outside)
    refused(await readers.season.guide.post(f"{cop.path}/sources", json={"csl": {"type": "book"}}), 403, "not-allowed")
    made(await readers.season.guide.post(f"{cop.path}/comments", json={"on": source, "text": "Mooi gevonden."}))
    await cop.make(0, "shares", item_id=source, **{"with": "programme"})
    await house.see(other.members[0], f"/sources/{source}")
    await house.hidden(f"/sources/{source}", *outside[1:])
    trip = await cop.trip()
    assert (await house.see(readers.season.guide, trip))["status"] == "completed"
    await house.hidden(trip, *outside)
    return evidence


async def advised(readers: Readers, cop: Cop, other: Cop, evidence: list[str]) -> list[str]:
    """Write and present the advice; the commissioner reads it once presented, but no drafts."""
    house, to = readers.house, readers.contact
    recommendations = await cop.write(evidence, "Verbind de initiatieven.", "Bouw een hub.")
    path = f"{cop.path}/advice"
    outside = [other.members[0], to.client, readers.auditor, readers.stranger]
    await house.hidden(path, *outside)
    refused(await cop.members[0].post(f"{path}/presentation", json={"to": [to.id]}), 409, "not-everyone-answered")
    await cop.judge()
    refused(await readers.season.guide.post(f"{path}/presentation", json={"to": [to.id]}), 403, "not-allowed")
    await cop.hand_over("presentation", to)
    assert await cop.status() == "presenting"
    shown = await house.see(to.client, path)
    assert (shown["status"], shown["verdicts"], len(shown["recommendations"])) == ("presented", [], 2)
    assert [one["text"] for one in shown["handed_over"][0]["dissents"]] == ["Eén plek is te weinig."]
    await house.hidden(path, *outside[0::3])
    first = {"verdict": "accepted"}
    refused(await to.client.post(f"/recommendations/{recommendations[0]}/response", json=first), 409, "not-delivered")
    report = made(await cop.members[1].post(f"{cop.path}/files", files={"file": ("advies.pdf", b"%PDF-1.7 Advies")}))
    await house.hidden(f"/files/{report['id']}", *outside)
    assert (await cop.hand_over("delivery", to, file_ids=[report["id"]]))["status"] == "delivered"
    await house.see(to.client, f"/files/{report['id']}")
    await house.hidden(f"/files/{report['id']}", *outside[0::3])
    assert [await cop.status(), await other.status()] == ["following_up", "active"]
    assert (await readers.season.board())[cop.challenge] == "advised"
    todo = (await house.see(to.client, "/me/to-dos"))["items"]
    assert {one["id"] for one in todo if one["kind"] == "respond"} == set(recommendations)
    return recommendations


async def answered(readers: Readers, cop: Cop, other: Cop, recommendations: list[str]) -> str:
    """Reject one recommendation for good; fulfil a commitment on the other and close it."""
    house, banker = readers.house, readers.contact.client
    hub, link = (f"/recommendations/{one}" for one in reversed(recommendations))
    for one, status in (
        (readers.auditor, 403),
        (readers.season.guide, 403),
        (cop.members[0], 403),
        (other.members[0], 404),
        (readers.stranger, 404),
    ):
        assert (await one.post(f"{hub}/response", json={"verdict": "accepted"})).status_code == status
    refused(await banker.post(f"{hub}/response", json={"verdict": "rejected"}), 422, "rejection-needs-reason", "reason")
    no = made(await banker.post(f"{hub}/response", json={"verdict": "rejected", "reason": "Te duur"}))
    yes = made(await banker.post(f"{link}/response", json={"verdict": "partly_accepted"}))
    assert [no["status"], yes["status"]] == ["rejected", "partly_accepted"]
    assert len(made(await cop.members[1].post(f"{hub}/rejoinder", json={"text": "Toch niet."}))["rejoinders"]) == 1
    refused(await banker.post(f"{hub}/closure", json={"outcome": "implemented", "reason": "x"}), 409, "not-accepted")
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2027-03-01"}
    promised = made(await banker.post(f"{link}/commitments", json=promise))
    assert promised["status"] == "in_progress"
    commitment = promised["commitment_ids"][-1]
    made(await banker.post(f"{link}/progress", json={"text": "Zij is begonnen.", "evidence": "Nota"}))
    closed = made(await banker.post(f"{link}/closure", json={"outcome": "implemented", "reason": "Het staat."}), 200)
    assert closed["status"] == "implemented"
    refused(await banker.post(f"{link}/progress", json={"text": "Meer"}), 409, "recommendation-closed")
    for one in (banker, cop.members[2], readers.season.guide, house.manager):
        shown = await house.see(one, f"/commitments/{commitment}")
        assert (shown["status"], shown["owner"]) == ("open", "J. Jansen")
    assert (await house.see(readers.auditor, f"/commitments/{commitment}"))["owner"] is None
    await house.hidden(f"/commitments/{commitment}", other.members[0], readers.stranger)
    return commitment


async def concluded(readers: Readers, cop: Cop, other: Cop, commitment: str) -> None:
    """Conclude with a reason for an undelivered CoP; nothing new starts, and commitments remain."""
    season, banker = readers.season, readers.contact.client
    refused(await season.guide.post(f"{season.path}/conclusion", json={"reason": "Klaar"}), 403, "not-allowed")
    assert (await readers.stranger.post(f"{season.path}/conclusion", json={"reason": "Klaar"})).status_code == 404
    refused(await readers.house.manager.post(f"{season.path}/conclusion"), 422, "reason-missing", "reason")
    assert (await season.conclude(reason="Eén CoP stopt zonder advies"))["status"] == "concluded"
    assert [await cop.status(), await other.status()] == ["concluded", "concluded"]
    body = {"title": "Nog een", "context": "Te laat.", "organisation_id": season.commissioned[cop.challenge]}
    refused(await season.clients[0].post(f"{season.path}/challenges", json=body), 409, "programme-concluded")
    refused(await season.guide.post(f"{season.path}/team-assignments"), 409, "programme-concluded")
    fulfilled = made(await banker.post(f"/commitments/{commitment}/settlement", json={"outcome": "kept"}), 200)
    assert fulfilled["status"] == "kept"
    dashboard = await readers.house.see(season.guide, f"{season.path}/dashboard")
    counted = {(one["kind"], one["status"]): one["count"] for one in dashboard["counts"]}
    assert (counted["team", "concluded"], counted["gathering", "held"], counted["commitment", "kept"]) == (2, 3, 1)


async def looked_back(readers: Readers, cop: Cop, other: Cop) -> None:
    """Check that members and guides read the CoP's story, and recipients the evidence graph too."""
    for path in (f"{cop.path}/timeline", f"{cop.path}/evidence-graph"):
        for one in (cop.members[0], readers.season.guide, readers.house.manager):
            await readers.house.see(one, path)
        await readers.house.hidden(path, readers.stranger)
    await readers.house.hidden(f"{cop.path}/timeline", readers.contact.client, readers.auditor)
    await readers.house.hidden(f"{other.path}/evidence-graph", readers.contact.client, readers.auditor)
    await readers.house.see(readers.contact.client, f"{cop.path}/evidence-graph")
