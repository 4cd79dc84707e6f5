"""Rare operations: those that neither a whole programme nor its setting uses."""

from typing import Any

import httpx

from service.clock_and_ids import new_id
from tests.journeys.examples.season import made
from tests.service.api.examples.everybody import Everybody, plan
from tests.service.api.examples.team import ATeam
from tests.service.api.examples.trips import IDEA, booking, visit

WHY = {"reason": "Zo is het beter."}


async def run_rare_operations(all_: Everybody) -> None:
    """Run them all in a complete setting, those that end something last."""
    await change_data(all_)
    await redact_texts(all_)
    await people_come_and_go(all_)


async def change_data(all_: Everybody) -> None:
    """Change data without changing anybody's permissions."""
    await _of_the_programme(all_.team, all_.known["manager"], all_.ids)
    await _of_the_team(all_.team, all_.ids)


async def redact_texts(all_: Everybody) -> None:
    """Redact a typed text, the title of a challenge."""
    await do(all_.known["manager"], "POST", f"/events/{all_.ids['position']}/redaction", field="title")


async def do(who: httpx.AsyncClient, method: str, operation: str, **body: Any) -> Any:
    """Send a request with a reason and require success."""
    answer = await who.request(method, operation, json={**body, **WHY})
    assert answer.is_success, f"{method} {operation}: {answer.text}"
    return answer.json()


async def _served(contact: httpx.AsyncClient) -> str:
    """Organisation of this contact."""
    return made(await contact.get("/me"), 200)["organisations"][0]["id"]


async def _of_the_programme(team: ATeam, manager: httpx.AsyncClient, ids: dict[str, str]) -> None:
    member, commissioner, here = team.members[0], team.commissioner, f"/programmes/{team.programme}"
    await do(manager, "PUT", here, name="Leergang", edition="2017")
    await do(manager, "PUT", f"{here}/curriculum")
    await do(manager, "PUT", f"{here}/phases", preferences_close_at=plan()["starts_at"])
    await do(manager, "POST", f"{here}/modules", number=1, title="Module", starts_on="2027-01-02", ends_on="2027-01-03")
    await do(manager, "PUT", f"/people/{ids['person']}", name="Berend", email=f"{new_id('x')}@example.org")
    await do(manager, "POST", f"{here}/participants/{ids['person']}/organisation", organisation_id=team.bank)
    await do(team.manager, "PUT", f"/organisations/{team.bank}", name="Rabobank")
    await do(manager, "POST", f"{here}/invitations/hold")
    await do(manager, "POST", f"{here}/invitations/release")
    await do(manager, "POST", f"{here}/invitations/{ids['person']}/resend")
    await do(team.manager, "POST", f"/contacts/{ids['contact_for_all']}/invitation/resend")
    await do(team.manager, "POST", f"/contacts/{ids['contact']}/end")
    clinic = await _served(team.stranger)
    await do(team.manager, "POST", f"/organisations/{clinic}/trail/brought-in", positions=[int(ids["position"])])

    await do(commissioner, "POST", f"/challenges/{ids['challenge']}/revision", wish="Graag")
    await do(commissioner, "POST", f"/questions/{ids['question']}/answer", text="Het speelt al jaren.")
    await do(manager, "POST", f"/challenges/{ids['challenge']}/declination")
    await do(member, "PUT", f"/ballots/{ids['ballot']}/vote", approvals=[])
    await do(member, "POST", f"/ballots/{ids['ballot']}/recusals", challenge_id=ids["on_ballot"])
    await do(manager, "POST", f"/ballots/{ids['ballot']}/voiding")
    small = await do(team.manager, "POST", "/programmes", name="Klein", edition="2017")
    there, body = f"/programmes/{small['id']}", {"title": "Water", "context": "Waarom.", "organisation_id": team.bank}
    only = (await do(team.manager, "POST", f"{there}/challenges", **body))["id"]
    await do(team.manager, "POST", f"/challenges/{only}/admission")
    await do(team.manager, "POST", f"{there}/choice", challenge_ids=[only], how="few")


async def _of_the_team(team: ATeam, ids: dict[str, str]) -> None:
    member, commissioner, path = team.members[0], team.commissioner, f"/teams/{team.id}"
    await do(member, "PUT", f"/itinerary-items/{ids['item']}", **visit(10))
    await do(member, "POST", f"/itinerary-items/{ids['item']}/removal")
    await do(member, "POST", f"/bookings/{ids['booking']}/confirmation", reference="AB-12")
    await do(member, "POST", f"/bookings/{ids['booking']}/cancellation")
    failed = await do(member, "POST", f"/trips/{ids['trip']}/bookings", **booking(team))
    await do(member, "POST", f"/bookings/{failed['id']}/failure")
    await do(member, "POST", f"/trips/{ids['trip']}/booked")
    trip = await do(member, "POST", f"{path}/trips", **IDEA)
    await do(member, "POST", f"/trips/{trip['id']}/cancellation")

    move = {"starts_at": plan()["starts_at"], "ends_at": plan()["ends_at"]}
    await do(member, "POST", f"/gatherings/{ids['own']}/reschedule", **move)
    await do(member, "POST", f"/gatherings/{ids['own']}/cancellation")
    recommended: dict[str, Any] = {"evidence": [ids["source"]], "addressee": {"organisation_id": team.bank}}
    drafted = await do(member, "POST", f"{path}/recommendations", text="Doe dit", **recommended)
    await do(member, "PUT", f"/recommendations/{drafted['id']}", text="Doe dat", based_on=1, **recommended)
    await do(commissioner, "POST", f"/commitments/{ids['commitment']}/move", due_on="2027-04-01")
    await do(commissioner, "POST", f"/commitments/{ids['commitment']}/settlement", outcome="kept")


async def people_come_and_go(all_: Everybody) -> None:
    """Change a CoP's members, organisation and guide; merge one CoP into the other, which ends."""
    team, manager, ids = all_.team, all_.known["manager"], all_.ids
    guide, commissioner, clinic = team.facilitator, team.commissioner, await _served(team.stranger)
    here, path = f"/programmes/{team.programme}", f"/teams/{team.id}"
    await do(team.members[0], "POST", f"/trips/{ids['trip']}/guests", person_id=team.commissioner_id)
    await do(guide, "POST", f"{path}/transfers", person_id=ids["person"], to_team_id=ids["other_team"])
    await do(guide, "POST", f"{path}/waivers", until="2027-01-01")
    await do(guide, "POST", f"{path}/departures", person_id=team.people[2])
    await do(guide, "POST", f"{path}/members", person_id=team.people[2])
    await do(manager, "POST", f"{here}/participants/{team.people[2]}/withdrawal")
    await do(guide, "POST", f"/teams/{ids['other_team']}/merger", into_team_id=team.id)
    await do(commissioner, "POST", f"/challenges/{team.challenge}/withdrawal")
    await do(manager, "POST", f"/challenges/{team.challenge}/recommission", organisation_id=clinic)
    await do(team.stranger, "POST", f"/challenges/{team.challenge}/withdrawal")
    await do(manager, "POST", f"{path}/challenge", challenge_id=ids["on_ballot"])
    await do(manager, "POST", f"{path}/dissolution")
    new = await do(team.manager, "POST", "/people", name="Nieuw", email=f"{new_id('x')}@example.org")
    await do(manager, "POST", f"{here}/facilitators/{ids['guide']}/replacement", person_id=new["id"])
    await do(team.manager, "POST", f"/tokens/{ids['token']}/revocation")
