"""Invitations over HTTP: who sees, holds, releases and repeats them, and their past (rule 36). No worker runs here."""

from datetime import timedelta
from typing import Any

import httpx

from domain.events.sign_in import SignedIn
from domain.foundation import Code, PersonId, SignInId
from service.clock_and_ids import new_id, new_uuid, now
from service.reading.invitations import invitation_job
from service.store.jobs import creating
from service.store.jobs.creating import NoEvent
from tests.conftest import Api
from tests.service.api.examples.people import person, refused
from tests.service.api.examples.programme import Setting, made, programme
from tests.service.api.examples.team import Given


def path(setting: Setting) -> str:
    return f"/programmes/{setting.programme}/invitations"


async def listed(api: Api, client: httpx.AsyncClient, where: str, **query: Any) -> dict[str, dict[str, Any]]:
    """The invitations of a list, by id."""
    answer = await client.get(where, params={"at_least": await api.head(), **query})
    return {one["id"]: one for one in made(answer, 200)["items"]}


async def attempted(api: Api, one: dict[str, Any], about: str, outcome: str, error: str | None = None) -> None:
    """Record an attempt at the last mail of an invitation, as a worker does."""
    position = await api.kring.log.pool.fetchval(
        "select max(position) from events where $1 = any(tags) and type like any($2)",
        one["person_id"],
        ["programme.participant_enrolled", "access.invitation_resent", "organisation.contact_appointed"],
    )
    job = invitation_job(about, one["person_id"], position, now())
    await creating.write(api.kring.log.pool, [(job, NoEvent(new_uuid()))])
    await api.kring.log.pool.execute(
        "insert into job_attempts (key, number, worker, started_at, ended_at, outcome, error) "
        "values ($1, 1, 'worker', clock_timestamp(), clock_timestamp(), $2, $3)",
        job.key,
        outcome,
        error,
    )
    await api.kring.log.pool.execute("update jobs set due_at = 'infinity' where key = $1", job.key)


async def signed_in(api: Api, who: str) -> None:
    event = SignedIn(sign_in=SignInId(new_id("signin")), person=PersonId(who), how=Code("mailed_link"))
    await api.kring.commands.execute(lambda: Given(event))


async def test_invitations_are_held_released_and_sent_again(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    before = await api.head()
    held = made(await setting.manager.post(f"{path(setting)}/hold"), 200)
    assert held["invitations_held"] is True
    refused(await setting.manager.post(f"{path(setting)}/hold"), 409, "as-it-is")
    late = await person(setting.manager, "Late")
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json={"person_id": late}))
    found = await listed(api, setting.facilitator, path(setting))
    assert (found[late]["status"], found[late]["requested_at"]) == ("held_back", None)
    assert found[setting.ids[0]]["status"] == "waiting"
    refused(await setting.facilitator.post(f"{path(setting)}/{late}/resend"), 409, "invitation-held-back")
    while_held = await api.head()
    released = made(await setting.manager.post(f"{path(setting)}/release"), 200)
    assert released["invitations_held"] is False
    refused(await setting.manager.post(f"{path(setting)}/release"), 409, "as-it-is")
    found = await listed(api, setting.manager, path(setting))
    assert (found[late]["status"], found[late]["role"], found[late]["inviter_id"]) == ("waiting", "participant", None)
    assert found[late]["requested_at"] is not None
    past = await listed(api, setting.manager, path(setting), as_of=while_held)
    assert past[late]["status"] == "held_back"
    assert late not in await listed(api, setting.manager, path(setting), as_of=before)


async def test_an_invitation_is_sent_again_once_an_hour(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    first, second = setting.ids
    where = f"{path(setting)}/{first}/resend"
    answer = await setting.facilitator.post(where, headers={"Idempotency-Key": new_id("key")})
    (one,) = made(answer, 200)["items"]
    assert (one["person_id"], one["status"]) == (first, "waiting")
    assert one["again_from"] > (now() + timedelta(minutes=50)).isoformat()
    again = await setting.manager.post(where)
    refused(again, 409, "sent-recently")
    assert "Wait 60 minutes" in again.json()["detail"]
    made(await setting.manager.post(f"{path(setting)}/{second}/resend"), 200)


async def test_a_repeated_repetition_sends_one_mail(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    where, once = f"{path(setting)}/{setting.ids[0]}/resend", {"Idempotency-Key": new_id("key")}
    answers = [await setting.facilitator.post(where, headers=once) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_statuses_tell_what_became_of_the_mails(api: Api) -> None:
    setting = await programme(api, participants=3, challenges=0)
    before = await api.head()
    found = await listed(api, setting.manager, path(setting))
    sent, bounced, in_use = (found[one] for one in setting.ids)
    for one, outcome, error in ((sent, "done", None), (bounced, "failed", "MailRefused"), (in_use, "done", None)):
        await attempted(api, one, setting.programme, outcome, error)
    await signed_in(api, setting.ids[2])
    found = await listed(api, setting.facilitator, path(setting))
    assert [found[one]["status"] for one in setting.ids] == ["sent", "refused", "used"]
    assert [found[one]["error"] for one in setting.ids] == [None, "MailRefused", None]
    assert [found[one]["sent_at"] is None for one in setting.ids] == [False, True, False]
    past = await listed(api, setting.facilitator, path(setting), as_of=before)
    assert {past[one]["status"] for one in setting.ids} == {"waiting"}


async def test_that_an_invitation_was_used_does_not_reveal_when(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    found = await listed(api, setting.manager, path(setting))
    await attempted(api, found[setting.ids[0]], setting.programme, "done")
    await signed_in(api, setting.ids[0])
    first = await listed(api, setting.facilitator, path(setting))
    await signed_in(api, setting.ids[0])
    assert await listed(api, setting.facilitator, path(setting)) == first
    topics = [one["type"] for one in made(await setting.facilitator.get("/events"), 200)["items"]]
    assert "access.signed_in" not in topics


async def test_who_signed_in_before_they_got_the_role_has_not_used_it(api: Api) -> None:
    setting = await programme(api, participants=0, challenges=0)
    known = await person(setting.manager, "Known")
    await signed_in(api, known)
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json={"person_id": known}))
    assert (await listed(api, setting.manager, path(setting)))[known]["status"] == "waiting"


async def test_invitations_are_hidden_from_other_programmes(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    there = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    guide, member = [await person(setting.manager, one) for one in ("Guide", "Member")]
    made(await setting.manager.post(f"/programmes/{there}/facilitators", json={"person_id": guide}))
    made(await setting.manager.post(f"/programmes/{there}/participants", json={"person_id": member}))
    strangers = [await api.as_("facilitator", guide), await api.as_("participant", member)]
    for client in strangers:
        refused(await client.get(path(setting)), 404, "not-found")
        for one in ("hold", "release", f"{setting.ids[0]}/resend"):
            refused(await client.post(f"{path(setting)}/{one}"), 404, "not-found")
    refused(await setting.people[0].get(path(setting), params={"at_least": await api.head()}), 403, "not-allowed")
    refused(await setting.facilitator.post(f"{path(setting)}/hold"), 403, "not-allowed")
    foreign = await setting.manager.post(f"{path(setting)}/{member}/resend")
    refused(foreign, 404, "not-found")


async def test_a_page_of_invitations_continues(api: Api) -> None:
    setting = await programme(api, participants=3, challenges=0)
    everyone = list(await listed(api, setting.manager, path(setting)))
    query = {"limit": 2, "at_least": await api.head()}
    first = made(await setting.manager.get(path(setting), params=query), 200)
    second = made(await setting.manager.get(path(setting), params={**query, "cursor": first["next"]}), 200)
    assert [one["id"] for one in (*first["items"], *second["items"])] == everyone
    assert len(everyone) == 4
    assert second["next"] is None
    wrong = await setting.manager.get(path(setting), params={**query, "cursor": "team_01h45ytscbebyvny4gc8cr8ma2"})
    refused(wrong, 422, "invalid-field", "cursor")


async def test_contacts_for_all_challenges_are_invited_by_their_organisation(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    contacts = f"/organisations/{setting.organisation}/contacts"
    speaker, auditor, named = [await person(setting.manager, one) for one in ("Speaker", "Auditor", "Named")]
    made(await setting.manager.post(contacts, json={"person_id": speaker, "role": "commissioner"}))
    bank = await api.as_("commissioner", speaker)
    audits = made(await bank.post(contacts, json={"person_id": auditor, "role": "auditor"}))["id"]
    some = {"person_id": named, "role": "auditor", "challenge_ids": setting.challenges}
    for_some = made(await setting.manager.post(contacts, json=some))["id"]
    where = f"/organisations/{setting.organisation}/invitations"
    found = await listed(api, bank, where)
    assert {one["person_id"] for one in found.values()} == {speaker, auditor}
    assert (found[audits]["role"], found[audits]["inviter_id"], found[audits]["programme_id"]) == (
        "auditor",
        speaker,
        None,
    )
    assert (await listed(api, setting.facilitator, path(setting)))[for_some]["contact_id"] == for_some
    again = made(await bank.post(f"/contacts/{audits}/invitation/resend"), 200)
    assert (again["id"], again["status"]) == (audits, "waiting")
    refused(await bank.post(f"/contacts/{audits}/invitation/resend"), 409, "sent-recently")
    refused(await bank.post(f"/contacts/{for_some}/invitation/resend"), 404, "not-found")
    by_auditor = await api.as_("auditor", auditor)
    refused(await by_auditor.get(where), 403, "not-allowed")
    refused(await setting.people[0].get(where), 403, "not-allowed")
