"""Questions on a challenge over HTTP: who sees them, their past, and what a ballot keeps of them (rule 34)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from domain.foundation import TokenRole
from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import at

QUESTION, ANSWER = {"text": "Waarom nu?"}, {"text": "Omdat ze vertrekken."}
NOBODY = "01h45ytscbebyvny4gc8cr8ma2"


async def asked(setting: Setting, by: int = 0, **fields: Any) -> dict[str, Any]:
    """A question of a participant on the first challenge."""
    path = f"/challenges/{setting.challenges[0]}/questions"
    return made(await setting.people[by].post(path, json={**QUESTION, **fields}))


async def proposed(setting: Setting, by: int = 1) -> str:
    """A challenge that this participant proposed."""
    body = {"title": "Mijn vraagstuk", "context": "Waarom.", "organisation_id": setting.organisation}
    return made(await setting.people[by].post(f"/programmes/{setting.programme}/challenges", json=body))["id"]


async def banker(api: Api, setting: Setting, role: TokenRole = "commissioner") -> httpx.AsyncClient:
    """A contact of the organisation for all challenges."""
    body = {"name": role.title(), "email": api.address(role)}
    person = made(await setting.manager.post("/people", json=body))["id"]
    contact = {"person_id": person, "role": role}
    made(await setting.manager.post(f"/organisations/{setting.organisation}/contacts", json=contact))
    return await api.as_(role, person)


async def guide_elsewhere(api: Api, setting: Setting) -> httpx.AsyncClient:
    """A facilitator of another programme."""
    there = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    person = made(await setting.manager.post("/people", json={"name": "Gids", "email": api.address("gids")}))["id"]
    made(await setting.manager.post(f"/programmes/{there}/facilitators", json={"person_id": person}))
    return await api.as_("facilitator", person)


async def see(api: Api, client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    return made(await client.get(path, params={"at_least": await api.head(), **query}), 200)


async def test_a_question_is_answered_and_an_answer_replaced(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=1)
    bank = await banker(api, setting)
    question = await asked(setting)
    assert (question["status"], question["author_id"], question["answer"]) == ("open", setting.ids[0], None)
    path, before = f"/questions/{question['id']}", await api.head()
    first = made(await bank.post(f"{path}/answer", json=ANSWER), 200)
    between = await api.head()
    second = made(await setting.facilitator.post(f"{path}/answer", json={"text": "Ze groeien elders."}), 200)
    assert (second["status"], second["answer"]["text"]) == ("answered", "Ze groeien elders.")
    assert first["answer"]["author_id"] != second["answer"]["author_id"]
    listed = f"/challenges/{setting.challenges[0]}/questions"
    for reader in (*setting.people, setting.facilitator, setting.manager, bank):
        assert (await see(api, reader, listed))["items"] == [second]
    assert await see(api, bank, path, as_of=between) == first
    assert (await see(api, bank, listed, as_of=before))["items"] == [question]
    assert (await see(api, bank, listed, as_of=before - 1))["items"] == []
    assert (await bank.get(path, params={"as_of": before - 1})).status_code == 404


async def test_questions_are_hidden_from_other_programmes_and_organisations(api: Api) -> None:
    setting = await programme(api, 1, 1)
    clinic = made(await setting.manager.post("/organisations", json={"name": "Isala"}))["id"]
    question = await asked(setting)
    path, listed = f"/questions/{question['id']}", f"/challenges/{setting.challenges[0]}/questions"
    doctor = await api.as_("commissioner", organisations=(clinic,))
    for one in (await guide_elsewhere(api, setting), doctor):
        for answer in (
            await one.get(path),
            await one.get(listed),
            await one.post(listed, json=QUESTION),
            await one.post(f"{path}/answer", json=ANSWER),
        ):
            assert answer.status_code == 404, answer.request.url
    bank = await banker(api, setting)
    assert (await bank.post(listed, json=QUESTION)).status_code == 403
    assert (await setting.people[0].post(f"{path}/answer", json=ANSWER)).status_code == 403
    auditor = await banker(api, setting, "auditor")
    assert (await see(api, auditor, path))["id"] == question["id"]
    assert (await auditor.post(f"{path}/answer", json=ANSWER)).status_code == 403


async def test_bad_input_names_its_field(api: Api) -> None:
    setting = await programme(api, 1, 1)
    question = await asked(setting)
    for path in (f"/challenges/{setting.challenges[0]}/questions", f"/questions/{question['id']}/answer"):
        for text in ("", " \u200b", "x" * 20_001, "\x00", None, 7):
            answer = await setting.facilitator.post(path, json={"text": text})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text"), (path, text)
    for unknown in (f"/challenges/challenge_{NOBODY}/questions", f"/questions/question_{NOBODY}/answer"):
        assert (await setting.manager.post(unknown, json=QUESTION)).status_code == 404
    assert (await setting.manager.get(f"/questions/question_{NOBODY}")).status_code == 404


async def test_rule_24_a_question_sent_twice_is_asked_once(api: Api) -> None:
    setting = await programme(api, 1, 1)
    path, key = f"/challenges/{setting.challenges[0]}/questions", {"Idempotency-Key": "q"}
    first, again = [made(await setting.people[0].post(path, json=QUESTION, headers=key)) for _ in range(2)]
    assert first == again
    assert [one["id"] for one in (await see(api, setting.people[0], path))["items"]] == [first["id"]]


async def test_an_answer_to_what_somebody_else_has_just_answered_can_be_made_conditional(api: Api) -> None:
    setting = await programme(api, 1, 1)
    path = f"/questions/{(await asked(setting))['id']}"
    etag = (await setting.facilitator.get(path, params={"at_least": await api.head()})).headers["ETag"]
    made(await setting.manager.post(f"{path}/answer", json=ANSWER), 200)
    late = await setting.facilitator.post(f"{path}/answer", json=ANSWER, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")


async def test_rule_33_a_ballot_keeps_the_texts_and_questions_of_its_opening(api: Api) -> None:
    setting = await programme(api, participants=2)
    one = setting.challenges[0]
    made(await setting.facilitator.post(f"/challenges/{one}/revision", json={"short_title": "Kort"}), 200)
    question, unanswered = await asked(setting), await asked(setting, by=1)
    path = f"/questions/{question['id']}"
    answered = made(await setting.facilitator.post(f"{path}/answer", json=ANSWER), 200)
    running = await ballot(setting, seats=1)
    for frozen in (
        await setting.people[0].post(f"/challenges/{one}/questions", json=QUESTION),
        await setting.facilitator.post(f"{path}/answer", json=ANSWER),
    ):
        assert (frozen.status_code, frozen.json()["code"]) == (409, "questions-frozen")
        assert "ballot" in frozen.json()["detail"]
    shown = await see(api, setting.people[0], f"/ballots/{running}/texts")
    assert [texts["challenge_id"] for texts in shown["challenges"]] == setting.challenges
    texts = shown["challenges"][0]
    assert (texts["title"], texts["short_title"], texts["context"], texts["wish"]) == (
        "Vraagstuk 0",
        "Kort",
        "Waarom het speelt.",
        None,
    )
    assert texts["questions"] == [answered, unanswered]
    made(await setting.manager.post(f"/ballots/{running}/voiding", json={"reason": "Opnieuw."}), 200)
    made(await setting.facilitator.post(f"/challenges/{one}/revision", json={"title": "Anders"}), 200)
    made(await setting.facilitator.post(f"{path}/answer", json={"text": "Anders."}), 200)
    await asked(setting)
    assert await see(api, setting.people[0], f"/ballots/{running}/texts") == shown
    assert len((await see(api, setting.people[0], f"/challenges/{one}/questions"))["items"]) == 3


async def test_the_texts_of_a_ballot_are_for_its_readers(api: Api) -> None:
    setting = await programme(api)
    clinic = made(await setting.manager.post("/organisations", json={"name": "Isala"}))["id"]
    body = {"title": "Zorg", "context": "Waarom.", "organisation_id": clinic}
    other = made(await setting.manager.post(f"/programmes/{setting.programme}/challenges", json=body))["id"]
    made(await setting.facilitator.post(f"/challenges/{other}/admission"), 200)
    setting.challenges.append(other)
    before = await api.head()
    running = await ballot(setting, seats=1)
    path = f"/ballots/{running}/texts"
    bank = await see(api, await banker(api, setting), path)
    assert [one["challenge_id"] for one in bank["challenges"]] == setting.challenges[:-1]
    assert (await (await guide_elsewhere(api, setting)).get(path)).status_code == 404
    assert (await setting.people[0].get(path, params={"as_of": before})).status_code == 404
    assert bank["position"] > before


async def test_a_question_and_the_opening_of_a_ballot_at_once_leave_no_question_behind(api: Api) -> None:
    setting = await programme(api)
    one = setting.challenges[0]
    body = {
        "challenge_ids": setting.challenges,
        "closes_at": (now() + timedelta(hours=1)).isoformat(),
        "seats": 1,
    }
    opening = setting.facilitator.post(f"/programmes/{setting.programme}/ballots", json=body)
    asking = [person.post(f"/challenges/{one}/questions", json=QUESTION) for person in setting.people]
    opened, *answers = await asyncio.gather(opening, *asking)
    running = made(opened)["id"]
    assert {answer.status_code for answer in answers} <= {201, 409}
    asked_in_time = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    shown = await see(api, setting.people[0], f"/ballots/{running}/texts")
    assert {question["id"] for question in shown["challenges"][0]["questions"]} == asked_in_time


async def test_a_redacted_question_is_gone_from_every_page(api: Api) -> None:
    setting = await programme(api)
    question = await asked(setting)
    position = await api.head()
    running = await ballot(setting, seats=1)
    body = {"field": "text", "reason": "Een naam."}
    made(await setting.manager.post(f"/events/{position}/redaction", json=body), 200)
    assert (await see(api, setting.people[1], f"/questions/{question['id']}"))["text"] is None
    shown = await see(api, setting.people[1], f"/ballots/{running}/texts")
    assert shown["challenges"][0]["questions"][0]["text"] is None


async def test_the_proposer_and_the_author_are_notified_in_their_language(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    challenge = await proposed(setting)
    question = made(await setting.people[0].post(f"/challenges/{challenge}/questions", json=QUESTION))["id"]
    asker, proposer = setting.people
    dutch = {"Accept-Language": "nl"}
    (newest, *_) = made(
        await proposer.get("/me/notifications", params={"at_least": await api.head()}, headers=dutch), 200
    )["items"]
    assert newest["sentence"] == "Person 0 stelde een vraag over “Mijn vraagstuk”: “Waarom nu?”"
    made(await proposer.post(f"/questions/{question}/answer", json=ANSWER), 200)
    (newest, *_) = (await see(api, asker, "/me/notifications"))["items"]
    assert newest["sentence"] == "Person 1 answered a question on “Mijn vraagstuk”: “Omdat ze vertrekken.”"


async def test_whoever_can_answer_has_it_to_do_until_somebody_does(api: Api) -> None:
    setting = await programme(api, participants=3, challenges=0)
    bank, challenge = await banker(api, setting), await proposed(setting)
    answer = await setting.people[0].post(f"/challenges/{challenge}/questions", json=QUESTION)
    question = made(answer)["id"]

    async def to_do(client: httpx.AsyncClient) -> list[str]:
        items = (await see(api, client, "/me/to-dos"))["items"]
        return [one["title"] for one in items if one["kind"] == "answer_question" and one["id"] == question]

    readers = (setting.people[1], setting.facilitator, bank)
    assert [await to_do(one) for one in readers] == [["Answer: the question “Waarom nu?”"]] * 3
    assert [await to_do(one) for one in (setting.people[0], setting.people[2])] == [[], []]
    answered = await setting.people[1].post(f"/questions/{question}/answer", json=ANSWER)
    assert at(answered)
    assert [await to_do(one) for one in readers] == [[], [], []]


async def test_an_organisation_reads_questions_on_its_challenges_in_its_trail(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    await asked(setting)
    trail = await see(api, await banker(api, setting), f"/organisations/{setting.organisation}/trail", limit=200)
    sentences = {one["type"]: one["sentence"] for one in trail["items"]}
    assert "asked a question on “Vraagstuk 0”: “Waarom nu?”" in sentences["challenge.question_asked"]
