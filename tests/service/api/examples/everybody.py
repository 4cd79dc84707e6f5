"""A programme with everything that can exist, another one beside it, and every kind of caller."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from domain.events.roles import TokenIssued
from domain.events.team import AssignmentRequested, PreferencesRanked, TeamFormed
from domain.foundation import (
    AssignmentId,
    ChallengeId,
    Code,
    Digest,
    PersonId,
    ProgrammeId,
    TeamId,
)
from service.auth.tokens import new_token
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.advice import CSL, delivered
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import ATeam, Given, a_team
from tests.service.api.examples.trips import IDEA, booking, euros, fixed, visit


@dataclass
class Everybody:
    """Clients by name of the caller, including those without rights, and the ids of everything by placeholder."""

    team: ATeam
    known: dict[str, httpx.AsyncClient]
    unknown: dict[str, httpx.AsyncClient]
    ids: dict[str, str]


async def everybody(api: Api) -> Everybody:
    """The complete setting, shown by every view: created over HTTP except for teams and their preconditions."""
    team = await a_team(api)
    all_ = await everything(api, team)
    await _given(api, team, all_.ids)
    await _job(api, team, all_.ids)
    unknown = {"without a token": api.client(None), "expired": api.client(await _expired(api))}
    unknown["revoked"] = await api.as_("manager")
    revoked = made(await unknown["revoked"].get("/me"), 200)["id"]
    made(await team.manager.post(f"/tokens/{revoked}/revocation"), 200)
    made(await team.manager.get("/people", params={"at_least": await api.head()}), 200)
    return Everybody(team, all_.known, unknown, all_.ids)


async def everything(api: Api, team: ATeam) -> Everybody:
    """Create all that can be created around a team over HTTP, with all callers."""
    ids = {"programme": team.programme, "team": team.id, "organisation": team.bank, "member": team.people[0]}
    ids |= {"person": team.people[1], "email": api.address("bert"), "email_of_guide": api.address("guide")}
    ids["guide"] = await me(team.facilitator)
    await _ballots(api, team, ids)
    await _work(team, ids)
    await _trip(api, team, ids)
    await _gatherings(team, ids)
    await _answers(team, ids)
    return Everybody(team, await _known(api, team, ids), {}, ids)


async def _job(api: Api, team: ATeam, ids: dict[str, str]) -> None:
    """A job of the programme."""
    ids["job"] = f"note:{team.programme}"
    await api.kring.log.pool.execute(
        "insert into jobs (key, kind, arguments, position, correlation_id, due_at, programme) "
        "values ($1, 'note', '{}', 1, gen_random_uuid(), now(), $2)",
        ids["job"],
        team.programme,
    )


async def me(client: httpx.AsyncClient) -> str:
    """Person id of this client."""
    return made(await client.get("/me"), 200)["person"]["id"]


async def _person(api: Api, team: ATeam, name: str) -> str:
    body = {"name": name, "email": api.address(name.lower())}
    return made(await team.manager.post("/people", json=body))["id"]


async def _known(api: Api, team: ATeam, ids: dict[str, str]) -> dict[str, httpx.AsyncClient]:
    """A client for each caller of the table, in its order."""
    boss, boss_elsewhere, guide_elsewhere, guide_before, elsewhere, auditor = [
        await _person(api, team, name) for name in ("Boss", "Baas", "Gids", "Vroeger", "Elders", "Accountant")
    ]
    here = f"/programmes/{team.programme}"
    made(await team.manager.post(f"{here}/managers", json={"person_id": boss}))
    ids["boss"] = boss
    before = {"person_id": guide_before, "until": (now() - timedelta(days=1)).isoformat()}
    made(await team.manager.post(f"{here}/facilitators", json=before))
    other = await api.as_("manager", boss_elsewhere)
    there = f"/programmes/{made(await other.post('/programmes', json={'name': 'Andere', 'edition': '2017'}))['id']}"
    made(await other.post(f"{there}/facilitators", json={"person_id": guide_elsewhere}))
    made(await other.post(f"{there}/participants", json={"person_id": elsewhere}))
    contacts = f"/organisations/{team.bank}/contacts"
    made(await team.manager.post(contacts, json={"person_id": auditor, "role": "auditor"}))
    spare = {
        "person_id": await _person(api, team, "Reserve"),
        "role": "commissioner",
        "challenge_ids": [ids["challenge"]],
    }
    ids["contact"] = made(await team.manager.post(contacts, json=spare))["id"]
    issued = made(await team.manager.post("/tokens", json={"role": "participant", "person_id": team.people[1]}))
    ids["token"] = issued["id"]
    ids["link"] = made(await team.members[0].post("/me/calendar"))["path"].rpartition("/")[2]
    return {
        "member": team.members[0],
        "other CoP": team.other,
        "other programme": await api.as_("participant", elsewhere),
        "facilitator": team.facilitator,
        "facilitator elsewhere": await api.as_("facilitator", guide_elsewhere),
        "facilitator before": await api.as_("facilitator", guide_before),
        "manager": await api.as_("manager", boss),
        "manager elsewhere": other,
        "commissioner": team.commissioner,
        "other commissioner": team.stranger,
        "auditor": await api.as_("auditor", auditor),
        "reporting": await api.as_("reporting", organisations=(team.bank,)),
    }


async def _given(api: Api, team: ATeam, ids: dict[str, str]) -> None:
    """Another CoP, an assignment and preferences, whose creation other tests cover."""
    programme = ProgrammeId(team.programme)
    other = TeamFormed(
        team=TeamId(new_id("team")),
        programme=programme,
        challenge=ChallengeId(ids["challenge_elsewhere"]),
        organisation=None,
        number=1,
        members=(PersonId(team.people[4]),),
    )
    requested = AssignmentRequested(assignment=AssignmentId(new_id("assignment")), programme=programme)
    ranked = PreferencesRanked(programme=programme, person=PersonId(team.people[0]), ranking=(), motivation=None)
    for event in (other, requested, ranked):
        await api.kring.commands.execute(lambda event=event: Given(event))
    ids |= {"other_team": other.team, "assignment": requested.assignment}


async def _expired(api: Api) -> str:
    token = new_token()
    issued = TokenIssued(
        token=token.id,
        role=Code("manager"),
        person=None,
        organisations=(),
        secret_digest=Digest(token.secret_digest),
        expires_at=now() - timedelta(days=1),
    )
    await api.kring.commands.execute(lambda: Given(issued))
    return token.text


async def _ballots(api: Api, team: ATeam, ids: dict[str, str]) -> None:
    """A counted ballot and an open one, each on two challenges; a waiting challenge, and one of another organisation."""
    guide, here = team.facilitator, f"/programmes/{team.programme}"

    async def proposed(title: str, organisation: str = team.bank) -> str:
        body = {"title": title, "context": "Waarom.", "organisation_id": organisation}
        answer = await team.manager.post(f"{here}/challenges", json=body)
        ids["position"] = answer.headers["Kring-Position"]
        return made(answer)["id"]

    async def opened(*titles: str) -> tuple[str, list[str]]:
        found = [await proposed(one) for one in titles]
        for one in found:
            made(await guide.post(f"/challenges/{one}/admission"), 200)
        body = {"challenge_ids": found, "closes_at": (now() + timedelta(days=1)).isoformat(), "seats": 1}
        ballot = made(await guide.post(f"{here}/ballots", json=body))["id"]
        for voter in (*team.members, team.other):
            made(await voter.put(f"/ballots/{ballot}/vote", json={"approvals": found[:1]}), 200)
        return ballot, found

    clinic = made(await team.stranger.get("/me"), 200)["organisations"][0]["id"]
    ids["counted"], _ = await opened("Wonen", "Zorg")
    made(await guide.post(f"/ballots/{ids['counted']}/close"), 200)
    await api.count(ids["counted"], guide)
    ids["ballot"], (ids["on_ballot"], _) = await opened("Water", "Werk")
    ids["challenge_elsewhere"] = await proposed("Van een ander", clinic)
    ids["challenge"] = await proposed("Het wacht")
    asked = await team.other.post(f"/challenges/{ids['challenge']}/questions", json={"text": "Waarom nu?"})
    ids["question"] = made(asked)["id"]


async def _work(team: ATeam, ids: dict[str, str]) -> None:
    """One item of each kind that a CoP creates, shared with nobody."""
    member, path = team.members[0], f"/teams/{team.id}"
    bodies: dict[str, Any] = {
        "source": {"csl": CSL},
        "insight": {"text": "Ze zoeken elkaar."},
        "interview": {"who": "Prof. De Vries", "role": "Lector", "sector": "knowledge"},
        "stakeholder": {"name": "Wethouder"},
    }
    for kind, body in bodies.items():
        ids[kind] = made(await member.post(f"{path}/{kind}s", json=body))["id"]
    ids["source_id"] = ids["source"]
    ids["comment"] = made(await member.post(f"{path}/comments", json={"on": ids["source"], "text": "Mooi."}))["id"]
    attached = await member.post(f"{path}/files", files={"file": ("a.pdf", b"%PDF-1.7", "application/pdf")})
    ids["file_id"] = made(attached)["id"]
    module = {"number": 1, "title": "Netwerken", "starts_on": "2017-03-01", "ends_on": "2017-03-03"}
    made(await team.manager.post(f"/programmes/{team.programme}/modules", json=module))
    ids["number"], ids["report"] = "1", "participation.csv"
    announced = await team.manager.post(f"/programmes/{team.programme}/announcements", json={"text": "Welkom."})
    ids["announcement"] = made(announced)["id"]


async def _trip(api: Api, team: ATeam, ids: dict[str, str]) -> None:
    """A trip with a date, a guest without requests, an itinerary item, a booking and an expense."""
    path, ids["guest"] = await fixed(team), await _person(api, team, "Gast")
    made(await team.manager.post(f"/programmes/{team.programme}/facilitators", json={"person_id": ids["guest"]}))
    made(await team.members[0].post(f"{path}/guests", json={"person_id": ids["guest"]}))
    paid = {"payer": team.people[0], "amount": euros(1_000), "text": "Lunch"}
    ids["expense"] = made(await team.members[0].post(f"{path}/expenses", json=paid))["expenses"][0]["id"]
    trip = made(await team.members[0].post(f"{path}/itinerary", json=visit(9)))
    ids |= {"trip": trip["id"], "item": trip["itinerary"][0]["id"], "option": trip["poll"]["options"][0]["option_id"]}
    ids["booking"] = made(await team.members[0].post(f"{path}/bookings", json=booking(team)))["id"]


async def _gatherings(team: ATeam, ids: dict[str, str]) -> None:
    """A joint session and an own gathering of this CoP, both going on."""
    when = plan()
    session = {**when, "kind": "session", "number": 1}
    planned = await team.facilitator.post(f"/programmes/{team.programme}/gatherings", json=session)
    ids["session"] = made(planned)["id"]
    own = await team.members[0].post(f"/teams/{team.id}/gatherings", json={**when, "kind": "own"})
    ids["own"] = made(own)["id"]


async def _answers(team: ATeam, ids: dict[str, str]) -> None:
    """An advice that was delivered, answered, and led to a commitment."""
    ids["recommendation"] = (await delivered(team))["id"]
    path = f"/recommendations/{ids['recommendation']}"
    made(await team.commissioner.post(f"{path}/response", json={"verdict": "accepted"}))
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2027-03-01"}
    promised = made(await team.commissioner.post(f"{path}/commitments", json=promise))
    ids["commitment"] = promised["commitment_ids"][-1]


def plan() -> dict[str, str]:
    """Times and place of a gathering that is going on."""
    starts = now() - timedelta(hours=1)
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    return {**times, "place": "Zwolle"}


def bodies(ids: dict[str, str]) -> dict[str, Any]:
    """Body for each operation: well-formed, but refused by a rule or for lack of a reason where it would change much."""
    past, future = (now() - timedelta(days=1)).isoformat(), (now() + timedelta(days=1)).isoformat()
    nobody = new_id("person")
    passage, money = {"text": "Anders"}, {"amount_minor": 100, "currency": "EUR"}
    recommended = {
        "text": "Doe dit",
        "evidence": [ids["source"]],
        "addressee": {"organisation_id": ids["organisation"]},
    }
    handed = {"to": [nobody]}
    move = {"starts_at": plan()["starts_at"], "ends_at": plan()["ends_at"]}
    present = {"people": [{"person_id": ids["member"], "present": True}]}
    gathering = {
        "attendance": present,
        "cancellation": None,
        "holding": None,
        "minutes": passage,
        "minutes-approval": None,
        "reschedule": move,
    }
    return {
        "POST /programmes": {"name": "Nog een", "edition": "2018"},
        "POST /organisations": {"name": "Nog een"},
        "POST /people": {"name": "Guide", "email": ids["email_of_guide"]},
        "PUT /organisations/{organisation}": {"name": "Rabobank IJsseldelta"},
        "POST /organisations/{organisation}/contacts": {
            "person_id": nobody,
            "role": "auditor",
            "challenge_ids": [ids["challenge"]],
        },
        "PUT /people/{person}": {"name": "Bert", "email": ids["email"]},
        "POST /tokens": {"role": "participant", "person_id": ids["person"], "expires_at": past},
        "POST /organisations/{organisation}/trail/brought-in": {"positions": [int(ids["position"])]},
        "POST /programmes/{programme}/announcements": passage,
        "POST /programmes/{programme}/participants": {"person_id": ids["member"]},
        "POST /programmes/{programme}/participants/{person}/organisation": {},
        "POST /programmes/{programme}/ballots": {
            "challenge_ids": [ids["on_ballot"], ids["challenge"]],
            "closes_at": past,
        },
        "POST /programmes/{programme}/choice": {"challenge_ids": [ids["challenge"]], "how": "few"},
        "POST /programmes/{programme}/gatherings": {**plan(), "kind": "session", "number": 99},
        "PUT /programmes/{programme}": {"name": "Leergang", "edition": "2016"},
        "PUT /programmes/{programme}/curriculum": {},
        "PUT /programmes/{programme}/phases": {"intake_closes_at": future},
        "POST /programmes/{programme}/facilitators": {"person_id": ids["guide"]},
        "POST /programmes/{programme}/facilitators/{guide}/replacement": {},
        "POST /programmes/{programme}/managers": {"person_id": ids["guide"]},
        "POST /programmes/{programme}/modules": {
            "number": 1,
            "title": "Module",
            "starts_on": "2027-01-02",
            "ends_on": "2027-01-01",
        },
        "POST /events/{position}/redaction": {"field": "title"},
        "PUT /programmes/{programme}/preferences": {"ranking": [], "person_id": ids["member"]},
        "POST /programmes/{programme}/challenges": {
            "title": "Nieuw",
            "context": "Waarom.",
            "organisation_id": ids["organisation"],
        },
        "POST /challenges/{challenge}/revision": {"wish": "Graag"},
        "POST /challenges/{challenge}/questions": passage,
        "POST /questions/{question}/answer": passage,
        "PUT /ballots/{ballot}/vote": {"approvals": [], "voter_id": ids["member"]},
        "POST /ballots/{ballot}/recusals": {"challenge_id": ids["challenge"]},
        "POST /teams/{team}/members": {"person_id": nobody},
        "POST /teams/{team}/merger": {"into_team_id": ids["other_team"]},
        "POST /teams/{team}/transfers": {"person_id": ids["person"], "to_team_id": ids["other_team"]},
        "POST /teams/{team}/waivers": {"until": "2027-01-01"},
        "POST /teams/{team}/departures": {"person_id": ids["member"]},
        "POST /teams/{team}/comments": {"on": ids["source"], "text": "Mooi."},
        "POST /teams/{team}/challenge": {"challenge_id": ids["challenge"]},
        "POST /teams/{team}/advice/approval": {"verdict": "approve"},
        "POST /teams/{team}/advice/delivery": handed,
        "POST /teams/{team}/advice/presentation": handed,
        "POST /teams/{team}/answer": passage,
        "POST /teams/{team}/gatherings": {**plan(), "kind": "own"},
        "POST /teams/{team}/guiding-question": passage,
        "POST /teams/{team}/insights": passage,
        "POST /teams/{team}/interviews": {"who": "Iemand", "role": "Lector", "sector": "other"},
        "POST /teams/{team}/problem-statement": passage,
        "POST /teams/{team}/recommendations": recommended,
        "POST /teams/{team}/shares": {"item_id": nobody, "with": "programme"},
        "POST /teams/{team}/sources": {"csl": CSL},
        "POST /teams/{team}/stakeholders": {"name": "Iemand"},
        "POST /teams/{team}/summary": {"summary": "Kort", "method": "Gesprekken"},
        "POST /teams/{team}/trips": IDEA,
        "POST /interviews/{interview}/consent": {"scope": "background"},
        "POST /interviews/{interview}/holding": {"findings": "Koppel ze."},
        "POST /stakeholders/{stakeholder}/placement": {"power": 1, "interest": 1, "stance": 0, "desired_stance": 0},
        "POST /stakeholders/{stakeholder}/talks": {"outcome": "Goed"},
        "PUT /itinerary-items/{item}": visit(10),
        "POST /bookings/{booking}/confirmation": {"reference": "AB-12"},
        "PUT /trips/{trip}/availability": {"answers": {ids["option"]: "yes"}},
        "POST /trips/{trip}/bookings": {
            "kind": "hotel",
            "supplier": "H",
            "amount": money,
            "payer": {"person_id": ids["member"]},
        },
        "POST /trips/{trip}/completion": {"learnings": "Veel"},
        "POST /trips/{trip}/date": {"option_id": ids["option"]},
        "POST /trips/{trip}/date-poll": {"options": [{"starts_on": "2027-05-01", "ends_on": "2027-05-02"}]},
        "POST /trips/{trip}/expenses": {"payer": ids["member"], "amount": money, "text": "Lunch"},
        "POST /trips/{trip}/guests": {"person_id": nobody},
        "POST /trips/{trip}/itinerary": visit(11),
        **{f"POST /gatherings/{{session}}/{step}": body for step, body in gathering.items()},
        **{f"POST /gatherings/{{own}}/{step}": body for step, body in gathering.items()},
        "PUT /recommendations/{recommendation}": recommended,
        "POST /recommendations/{recommendation}/rejoinder": passage,
        "POST /recommendations/{recommendation}/closure": {"outcome": "implemented"},
        "POST /recommendations/{recommendation}/commitments": {
            "text": "Nog een",
            "owner": "J. Jansen",
            "due_on": "2027-03-01",
        },
        "POST /recommendations/{recommendation}/progress": passage,
        "POST /recommendations/{recommendation}/response": {"verdict": "accepted"},
        "POST /commitments/{commitment}/move": {"due_on": "2027-04-01"},
        "POST /commitments/{commitment}/settlement": {"outcome": "kept"},
    }
