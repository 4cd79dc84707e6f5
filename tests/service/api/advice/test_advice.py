"""The advice over HTTP, from problem statement to fulfilled commitment: permissions and answers."""

from datetime import datetime, timedelta

import rfc8785
from msgspec.structs import replace

from domain.advice.presenting import TIME_TO_ANSWER
from domain.events.presentation import ApprovedByMember
from domain.foundation import PersonId, ProgrammeId, TeamId
from service.clock_and_ids import now
from service.reading.advice_document import document_hash
from tests.conftest import Api
from tests.service.api.examples.advice import a_source, delivered, drafted, hand_over, judged, recommend, write
from tests.service.api.examples.team import Given, a_team, at, ok


async def test_a_revision_of_an_outdated_version_is_refused_with_the_latest_one(api: Api) -> None:
    team = await a_team(api)
    first = await ok(await write(team, "problem-statement", patterns="Patronen", causes="Oorzaken", values="Waarden"))
    assert (first["version"], first["status"], first["patterns"]) == (1, "current", "Patronen")
    second = await ok(await write(team, "problem-statement", text="Scherper", based_on=1))
    assert second["version"] == 2
    answer = await write(team, "problem-statement", based_on=1)
    refused = await ok(answer, 409)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (refused["code"], refused["latest"]["version"], refused["latest"]["text"]) == (
        "outdated-version",
        2,
        "Scherper",
    )
    await ok(await write(team, "problem-statement"))
    answer = await write(team, "guiding-question")
    await ok(answer)
    listed = await ok(await team.members[1].get(f"/teams/{team.id}/problem-statement", params=at(answer)), 200)
    assert [(one["version"], one["status"]) for one in listed["items"]] == [
        (3, "current"),
        (2, "superseded"),
        (1, "superseded"),
    ]


async def test_a_revision_makes_dependent_parts_stale_and_blocks_presentation(api: Api) -> None:
    team = await a_team(api)
    recommendation = await drafted(team)
    answer = await write(team, "problem-statement")
    await ok(answer)
    seen = await ok(await team.members[0].get(f"/teams/{team.id}/advice", params=at(answer)), 200)
    assert {name: part["status"] for name, part in seen["parts"].items()} == {
        "problem_statement": "current",
        "guiding_question": "stale",
        "answer": "stale",
        "summary": "stale",
    }
    shown = await ok(await team.members[0].get(f"/recommendations/{recommendation['id']}"), 200)
    assert shown["warnings"] == ["stale"]
    await judged(team)
    refused = await ok(await hand_over(team, "presentation"), 409)
    assert refused["code"] == "advice-stale"


async def test_refusals_use_the_everyday_names_of_the_parts_of_an_advice(api: Api) -> None:
    team = await a_team(api)
    await ok(await write(team, "problem-statement"))
    path, body = f"/teams/{team.id}/advice/presentation", {"to": [team.commissioner_id]}
    wordings = {
        language: (await team.members[0].post(path, json=body, headers={"Accept-Language": language})).json()["detail"]
        for language in ("nl", "en")
    }
    assert wordings == {"nl": "Dit ontbreekt: de vraagstelling.", "en": "This is missing: the guiding question."}


async def test_the_commissioner_sees_only_the_versions_that_were_handed_over(api: Api) -> None:
    team = await a_team(api)
    path = f"/teams/{team.id}/advice"
    recommendation = await drafted(team)
    assert (await ok(await hand_over(team, "presentation"), 409))["code"] == "not-everyone-answered"
    await judged(team)
    for reader in (team.commissioner, team.stranger, team.other):
        assert (await reader.get(path)).status_code == 404
        assert (await reader.get(f"/recommendations/{recommendation['id']}")).status_code == 404
    for name in ("facilitator", "manager", "other", "commissioner"):
        answer = await getattr(team, name).post(f"{path}/presentation", json={"to": [team.commissioner_id]})
        assert answer.status_code == 403, name
    assert (await ok(await hand_over(team, "delivery"), 409))["code"] == "not-presented"
    answer = await hand_over(team, "presentation")
    presented = await ok(answer)
    assert presented["status"] == "presented"
    assert len(presented["verdicts"]) == 4
    seen = await ok(await team.commissioner.get(path, params=at(answer)), 200)
    assert (seen["status"], seen["verdicts"], seen["earlier"]) == ("presented", [], [])
    assert [one["text"] for one in seen["handed_over"][0]["dissents"]] == ["Eén plek is te weinig"]
    nobody = {"to": [team.people[0]]}
    refused = await team.members[0].post(f"{path}/delivery", json=nobody)
    assert (await ok(refused, 409))["code"] == "no-commissioner"
    final = await ok(await hand_over(team, "delivery"))
    assert final["handed_over"][0]["response_due_at"] > final["handed_over"][0]["delivered_at"]
    assert (await hand_over(team, "delivery")).status_code == 409
    revision = {
        "text": "Verbind ze anders",
        "evidence": recommendation["evidence"],
        "addressee": {"name": "De regio"},
        "based_on": 1,
    }
    answer = await team.members[0].put(f"/recommendations/{recommendation['id']}", json=revision)
    assert (await ok(answer, 200))["status"] == "drafted"
    shown = await ok(await team.commissioner.get(f"/recommendations/{recommendation['id']}", params=at(answer)), 200)
    assert (shown["status"], shown["version"], shown["text"]) == ("presented", 1, "Verbind de initiatieven")
    assert (await ok(await team.commissioner.get(path), 200))["recommendations"][0]["version"] == 1
    answer = await team.commissioner.post(
        f"/recommendations/{recommendation['id']}/response", json={"verdict": "accepted"}
    )
    assert (await ok(answer))["text"] == "Verbind de initiatieven"
    assert (await team.stranger.get(path)).status_code == 404


async def test_the_hash_is_that_of_the_published_document(api: Api) -> None:
    team = await a_team(api)
    recommendation = await drafted(team)
    await judged(team)
    handed_over = (await ok(await hand_over(team, "presentation")))["handed_over"][0]
    document = {
        "team": team.id,
        "programme": team.programme,
        "challenge": team.challenge,
        "version": handed_over["version"],
        "parts": {
            "problem_statement": {"version": 1, "text": "De problem-statement 😀"},
            "guiding_question": {"version": 1, "text": "De guiding-question 😀"},
            "answer": {"version": 1, "text": "De answer 😀"},
            "summary": {"version": 1, "summary": "Kort", "method": "Gesprekken"},
        },
        "recommendations": [
            {
                "id": recommendation["id"],
                "version": 1,
                "text": "Verbind de initiatieven",
                "evidence": recommendation["evidence"],
                "addressee": {"organisation_id": team.bank},
            }
        ],
        "dissents": [{"member": team.people[3], "text": "Eén plek is te weinig"}],
    }
    assert handed_over["document_hash"] == document_hash(document)


def test_the_document_is_hashed_in_its_rfc_8785_form() -> None:
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    value = {"b": ["é😀\u2028\u007f", '\n\t\u0001"\\/'], "a": {"version": 1, "none": None}}
    expected = urlsafe_b64encode(sha256(rfc8785.dumps(value)).digest()).decode().rstrip("=")
    assert document_hash(value) == expected


async def test_a_response_leads_to_a_commitment_that_is_closed(api: Api) -> None:
    team = await a_team(api)
    recommendation = await delivered(team)
    path = f"/recommendations/{recommendation['id']}"
    for name, status in {"facilitator": 403, "manager": 403, "other": 404, "stranger": 404}.items():
        answer = await getattr(team, name).post(f"{path}/response", json={"verdict": "accepted"})
        assert answer.status_code == status, name
    assert (await team.members[0].post(f"{path}/response", json={"verdict": "accepted"})).status_code == 403
    refused = await ok(await team.commissioner.post(f"{path}/response", json={"verdict": "rejected"}), 422)
    assert refused["errors"][0]["field"] == "reason"
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2017-03-01"}
    assert (await ok(await team.commissioner.post(f"{path}/commitments", json=promise), 409))["code"] == "not-accepted"
    response = {"verdict": "partly_accepted", "reason": "Niet alles"}
    answered = await ok(await team.commissioner.post(f"{path}/response", json=response))
    assert (answered["status"], answered["response"]["reason"]) == ("partly_accepted", "Niet alles")
    assert (await team.commissioner.post(f"{path}/response", json=response)).status_code == 409
    rejoined = await ok(await team.members[1].post(f"{path}/rejoinder", json={"text": "Toch alles"}))
    assert rejoined["rejoinders"][0]["text"] == "Toch alles"
    promised = await ok(await team.commissioner.post(f"{path}/commitments", json=promise))
    assert promised["status"] == "in_progress"
    commitment = f"/commitments/{promised['commitment_ids'][-1]}"
    assert (await team.commissioner.post(f"{commitment}/move", json={"due_on": "2017-04-01"})).status_code == 422
    move = {"due_on": "2017-04-01", "reason": "Vacature"}
    moved = await ok(await team.commissioner.post(f"{commitment}/move", json=move), 200)
    assert [(one["due_on"], one["reason"]) for one in moved["due_dates"]] == [
        ("2017-03-01", None),
        ("2017-04-01", "Vacature"),
    ]
    answer = await team.commissioner.post(f"{commitment}/settlement", json={"outcome": "kept"})
    assert (await ok(answer, 200))["status"] == "kept"
    assert (await team.commissioner.post(f"{commitment}/settlement", json={"outcome": "kept"})).status_code == 409
    await ok(await team.commissioner.post(f"{path}/progress", json={"text": "Half", "evidence": "Nota"}))
    ending = {"outcome": "implemented", "reason": "Het staat er"}
    answer = await team.commissioner.post(f"{path}/closure", json=ending)
    closed = await ok(answer, 200)
    assert (closed["status"], closed["closure"]["reason"]) == ("implemented", "Het staat er")
    assert (await team.commissioner.post(f"{path}/progress", json={"text": "Nog meer"})).status_code == 409
    for lists in (f"/organisations/{team.bank}/commitments", f"/programmes/{team.programme}/commitments"):
        for reader in (team.commissioner, team.facilitator, team.manager, team.members[2]):
            listed = await ok(await reader.get(lists, params=at(answer)), 200)
            assert [(one["status"], one["owner"]) for one in listed["items"]] == [("kept", "J. Jansen")]
        for outsider in (team.other, team.stranger):
            assert (await outsider.get(lists)).json().get("items", []) == []
    assert (await team.other.get(commitment)).status_code == 404
    assert len((await ok(await team.commissioner.get(f"{path}/commitments"), 200))["items"]) == 1


async def test_an_auditor_reads_commitments_without_their_owners(api: Api) -> None:
    team = await a_team(api)
    path = f"/recommendations/{(await delivered(team))['id']}"
    await ok(await team.commissioner.post(f"{path}/response", json={"verdict": "accepted"}))
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2027-03-01"}
    answer = await team.commissioner.post(f"{path}/commitments", json=promise)
    commitment = f"/commitments/{(await ok(answer))['commitment_ids'][0]}"
    auditor = await api.as_("auditor", organisations=(team.bank,))
    lists = [f"/{noun}/commitments" for noun in (f"organisations/{team.bank}", f"programmes/{team.programme}")]
    for reader, owner in ((auditor, None), (team.commissioner, "J. Jansen")):
        shown = await ok(await reader.get(commitment, params=at(answer)), 200)
        found = [(await ok(await reader.get(one), 200))["items"][0] for one in (f"{path}/commitments", *lists)]
        assert {(one["text"], one["owner"]) for one in (shown, *found)} == {("Een kwartiermaker", owner)}


async def test_a_manager_responds_on_behalf_only_with_a_reason(api: Api) -> None:
    team = await a_team(api)
    recommendation = await delivered(team)
    path = f"/recommendations/{recommendation['id']}/response"
    behalf = {"Kring-On-Behalf-Of": team.bank}
    refused = await ok(await team.manager.post(path, json={"verdict": "accepted"}, headers=behalf), 422)
    assert refused["code"] == "reason-missing"
    stated = {"verdict": "accepted", "reason": "Telefonisch gemeld"}
    assert (await ok(await team.manager.post(path, json=stated), 403))["code"] == "on-behalf-of-missing"
    assert (await ok(await team.manager.post(path, json=stated, headers=behalf)))["status"] == "accepted"


async def test_withdrawn_consent_flags_the_recommendation_and_blocks_new_citations(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    body = {"who": "Ondernemer", "role": "Oprichter", "sector": "start_up"}
    interview = (await ok(await anna.post(f"/teams/{team.id}/interviews", json=body)))["id"]
    refused = {"text": "x", "evidence": [interview], "addressee": {"name": "De regio"}}
    answer = await anna.post(f"/teams/{team.id}/recommendations", json=refused)
    assert (await ok(answer, 422))["errors"][0]["field"] == "evidence.0"
    await ok(await anna.post(f"/interviews/{interview}/holding", json={"findings": "Plek"}), 200)
    recommendation = await recommend(team, "Een plek", interview)
    answer = await anna.post(f"/interviews/{interview}/consent", json={"scope": None})
    await ok(answer, 200)
    shown = await ok(await anna.get(f"/recommendations/{recommendation['id']}", params=at(answer)), 200)
    assert (shown["warnings"], shown["withdrawn_interview_ids"]) == (["consent-withdrawn"], [interview])
    answer = await anna.post(f"/teams/{team.id}/recommendations", json=refused)
    assert (await ok(answer, 409))["code"] == "no-consent"


async def test_every_recommendation_names_one_addressee(api: Api) -> None:
    team = await a_team(api)
    source = await a_source(team)
    for addressee, field in [
        ({}, "addressee"),
        ({"name": "x", "organisation_id": team.bank}, "addressee"),
        ({"organisation_id": "organisation_01h455vb4pex5vsknk084sn02q"}, "addressee.organisation_id"),
        ({"stakeholder_id": "stakeholder_01h455vb4pex5vsknk084sn02q"}, "addressee.stakeholder_id"),
    ]:
        body = {"text": "x", "evidence": [source], "addressee": addressee}
        answer = await team.members[0].post(f"/teams/{team.id}/recommendations", json=body)
        assert (await ok(answer, 422))["errors"][0]["field"] == field


async def test_other_teams_read_a_shared_recommendation(api: Api) -> None:
    team = await a_team(api)
    shared = await recommend(team, "Een plek", await a_source(team))
    await recommend(team, "Nog een plek", shared["evidence"][0])
    share = {"item_id": shared["id"], "with": "programme"}
    answer = await team.members[0].post(f"/teams/{team.id}/shares", json=share)
    await ok(answer)
    listed = await ok(await team.other.get(f"/teams/{team.id}/recommendations", params=at(answer)), 200)
    assert [one["text"] for one in listed["items"]] == ["Een plek"]
    assert (await team.other.get(f"/recommendations/{shared['id']}")).status_code == 200
    assert (await team.commissioner.get(f"/recommendations/{shared['id']}")).status_code == 404
    assert (await ok(await team.commissioner.get(f"/teams/{team.id}/recommendations"), 200))["items"] == []
    assert (await team.stranger.get(f"/teams/{team.id}/recommendations")).status_code == 404


async def test_a_recommendation_is_read_only_in_its_shared_version(api: Api) -> None:
    """A later draft remains the team's own, hidden from its commissioner and other teams."""
    team = await a_team(api)
    anna = team.members[0]
    shared = await recommend(team, "Een plek", source := await a_source(team))
    path, shares = f"/recommendations/{shared['id']}", f"/teams/{team.id}/shares"
    share = {"item_id": shared["id"], "version": 1}
    await ok(await anna.post(shares, json=share | {"with": "commissioner"}))
    draft = {"text": "Twee plekken", "evidence": [source], "addressee": {"name": "De regio"}}
    await ok(await anna.put(path, json=draft), 200)
    for version, item in ((3, shared["id"]), (1, source)):
        wrong = {"item_id": item, "with": "programme", "version": version}
        refused = await ok(await anna.post(shares, json=wrong), 422)
        assert (refused["code"], refused["errors"][0]["field"]) == ("no-such-version", "version")
    answer = await anna.post(shares, json=share | {"with": "programme"})
    await ok(answer)
    for reader in (team.commissioner, team.other):
        listed = (await ok(await reader.get(f"/teams/{team.id}/recommendations", params=at(answer)), 200))["items"]
        for shown in (await ok(await reader.get(path), 200), *listed):
            assert (shown["text"], shown["version"], shown["status"]) == ("Een plek", 1, "drafted")
            assert [one["text"] for one in shown["versions"]] == ["Een plek"]
    answer = await anna.post(shares, json=share | {"with": "programme", "version": 2})
    await ok(answer)
    texts = [(await ok(await one.get(path, params=at(answer)), 200))["text"] for one in (team.commissioner, team.other)]
    assert texts == ["Een plek", "Twee plekken"]


async def test_revising_an_outdated_recommendation_is_refused_with_the_latest_version(api: Api) -> None:
    team = await a_team(api)
    first = await recommend(team, "Een plek", await a_source(team))
    body = {"evidence": first["evidence"], "addressee": {"name": "De regio"}, "based_on": 1}
    path = f"/recommendations/{first['id']}"
    await ok(await team.members[0].put(path, json=body | {"text": "Twee plekken"}), 200)
    refused = await ok(await team.members[1].put(path, json=body | {"text": "Drie plekken"}), 409)
    assert (refused["code"], refused["latest"]["version"], refused["latest"]["text"]) == (
        "outdated-version",
        2,
        "Twee plekken",
    )
    assert refused["errors"][0]["field"] == "based_on"


async def test_rule_18_members_who_stay_silent_for_seven_days_do_not_block_the_advice(api: Api) -> None:
    team = await a_team(api)
    await drafted(team)
    recent = ApprovedByMember(
        team=TeamId(team.id),
        programme=ProgrammeId(team.programme),
        member=PersonId(team.people[0]),
        version=5,
        asked_at=now() - TIME_TO_ANSWER + timedelta(minutes=1),
    )
    await api.kring.commands.execute(lambda: Given(recent))
    assert (await ok(await hand_over(team, "presentation"), 409))["code"] == "not-everyone-answered"
    long_ago = replace(recent, asked_at=now() - TIME_TO_ANSWER)
    await api.kring.commands.execute(lambda: Given(long_ago))
    assert (await ok(await hand_over(team, "presentation")))["status"] == "presented"


async def test_the_response_deadline_follows_the_policy_of_the_programme(api: Api) -> None:
    team = await a_team(api)
    recommendation = await drafted(team)
    await judged(team)
    await ok(await hand_over(team, "presentation"))
    answer = await hand_over(team, "delivery")
    handed = (await ok(answer))["handed_over"][0]
    due = datetime.fromisoformat(handed["response_due_at"])
    assert due - datetime.fromisoformat(handed["delivered_at"]) == timedelta(weeks=6)
    shown = await team.members[0].get(f"/recommendations/{recommendation['id']}", params=at(answer))
    assert (await ok(shown, 200))["status"] == "presented"


async def test_rule_25_a_response_by_a_member_of_the_advising_team_says_so(api: Api) -> None:
    team = await a_team(api)
    contact = {"person_id": team.people[0], "role": "commissioner"}
    await ok(await team.manager.post(f"/organisations/{team.bank}/contacts", json=contact))
    recommendation = await delivered(team)
    both = await api.as_("commissioner", team.people[0])
    answer = await both.post(f"/recommendations/{recommendation['id']}/response", json={"verdict": "accepted"})
    assert (await ok(answer))["response"]["by_team_member"] is True
