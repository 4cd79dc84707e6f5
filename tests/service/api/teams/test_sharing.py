"""A CoP's shared items are readable by their recipients, item by item, over HTTP; its other work is not."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.advice import CSL, delivered, recommend, write
from tests.service.api.examples.gatherings import DAY, refused
from tests.service.api.examples.team import ATeam, a_team, at, ok
from tests.service.api.examples.trips import euros, visit

LISTED = ("sources", "interviews", "insights", "files", "comments", "recommendations", "trips", "gatherings")
"""Lists of a CoP's items, each of which can be read singly under the same name."""


async def work_of(team: ATeam) -> dict[str, str]:
    """One item of each shareable kind, by the path where it is read."""
    anna, path = team.members[0], f"/teams/{team.id}"
    interview = {"who": "Prof. De Vries", "role": "Lector", "sector": "knowledge"}
    source = (await ok(await anna.post(f"{path}/sources", json={"csl": CSL})))["id"]
    made = {
        "sources": source,
        "interviews": (await ok(await anna.post(f"{path}/interviews", json=interview)))["id"],
        "insights": (await ok(await anna.post(f"{path}/insights", json={"text": "Ze zoeken elkaar."})))["id"],
        "files": (await ok(await anna.post(f"{path}/files", files={"file": ("a.txt", b"x")})))["id"],
        "comments": (await ok(await anna.post(f"{path}/comments", json={"on": team.id, "text": "En nu?"})))["id"],
        "recommendations": (await recommend(team, "Een plek", source))["id"],
        "trips": await a_trip(team),
        "gatherings": (await ok(await anna.post(f"{path}/gatherings", json={"kind": "own", **DAY})))["id"],
    }
    people = [{"person_id": team.people[1], "present": False, "reason": "Griep"}]
    meeting = f"/gatherings/{made['gatherings']}"
    await ok(await anna.post(f"{meeting}/holding"), 200)
    await ok(await anna.post(f"{meeting}/attendance", json={"people": people}), 200)
    await ok(await anna.post(f"{meeting}/minutes", json={"text": "Wij waren er."}), 200)
    return made


async def a_trip(team: ATeam) -> str:
    """A trip with a visit and an expense."""
    anna = team.members[0]
    idea = {"theme": "Hubs", "destination": "Rotterdam"}
    trip = (await ok(await anna.post(f"/teams/{team.id}/trips", json=idea)))["id"]
    await ok(await anna.post(f"/trips/{trip}/itinerary", json=visit(9) | {"host": "Mevrouw Jansen"}))
    paid = {"payer": team.people[0], "amount": euros(1_000), "text": "Lunch"}
    await ok(await anna.post(f"/trips/{trip}/expenses", json=paid))
    return trip


async def share(team: ATeam, item: str, circle: str, **more: Any) -> httpx.Response:
    return await team.members[0].post(f"/teams/{team.id}/shares", json={"item_id": item, "with": circle, **more})


async def seen(api: Api, client: httpx.AsyncClient, path: str) -> int:
    return (await client.get(path, params={"at_least": await api.kring.log.head()})).status_code


async def listed(api: Api, client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Items of this list for a reader; none if the list is hidden from them."""
    answer = await client.get(path, params={"at_least": await api.kring.log.head()})
    return [] if answer.status_code == 404 else (await ok(answer, 200))["items"]


async def test_log_reads_of_a_list_do_not_grow_with_what_is_shared(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    team = await a_team(api)
    kinds = ("insights", "interviews", "recommendations", "trips", "gatherings")
    read, reads, took = api.kring.log.read, list[str](), dict[str, list[int]]()

    async def counted(*args: Any, **options: Any) -> Any:
        if args:  # a query: the projector beside has none
            reads.append("one")
        return await read(*args, **options)

    for _ in range(2):
        work = await work_of(team)
        for kind in kinds:
            await ok(await share(team, work[kind], "commissioner"))
    await listed(api, team.commissioner, f"/teams/{team.id}/insights")  # the caller is known from here on
    for limit in (1, 2):
        for kind in kinds:
            now = {"limit": limit, "at_least": await api.kring.log.head()}
            with monkeypatch.context() as watched:
                watched.setattr(api.kring.log, "read", counted)
                answer = await ok(await team.commissioner.get(f"/teams/{team.id}/{kind}", params=now), 200)
            assert len(answer["items"]) == limit, kind
            took.setdefault(kind, []).append(len(reads))
            reads.clear()
    assert [kind for kind, (one, two) in took.items() if one != two] == [], took


async def test_other_cops_read_only_what_is_shared_with_the_programme(api: Api) -> None:
    team = await a_team(api)
    shown, hidden = await work_of(team), await work_of(team)
    for kind in LISTED:
        assert await seen(api, team.other, f"/{kind}/{shown[kind]}") == 404, kind
        assert await listed(api, team.other, f"/teams/{team.id}/{kind}") == [], kind
    for kind, item in shown.items():
        assert (await ok(await share(team, item, "programme")))["shared_with"] == ["programme"], kind
    for kind in LISTED:
        assert await seen(api, team.other, f"/{kind}/{shown[kind]}") == 200, kind
        assert await seen(api, team.other, f"/{kind}/{hidden[kind]}") == 404, kind
        assert [one["id"] for one in await listed(api, team.other, f"/teams/{team.id}/{kind}")] == [shown[kind]], kind
        assert await seen(api, team.stranger, f"/{kind}/{shown[kind]}") == 404, kind
        if kind != "gatherings":  # which it sees without sharing
            assert await seen(api, team.commissioner, f"/{kind}/{shown[kind]}") == 404, kind
            assert await listed(api, team.commissioner, f"/teams/{team.id}/{kind}") == [], kind
    assert sorted(one["id"] for one in await listed(api, team.other, f"/teams/{team.id}/shares")) == sorted(
        shown.values()
    )


async def test_the_commissioner_reads_only_what_is_shared_with_it(api: Api) -> None:
    team = await a_team(api)
    shown, hidden = await work_of(team), await work_of(team)
    auditor = await api.as_("auditor", organisations=(team.bank,))
    for kind, item in shown.items():
        assert (await ok(await share(team, item, "commissioner")))["shared_with"] == ["commissioner"], kind
    for reader in (team.commissioner, auditor):
        for kind in LISTED:
            assert await seen(api, reader, f"/{kind}/{shown[kind]}") == 200, kind
            if kind != "gatherings":
                assert await seen(api, reader, f"/{kind}/{hidden[kind]}") == 404, kind
                ids = [one["id"] for one in await listed(api, reader, f"/teams/{team.id}/{kind}")]
                assert ids == [shown[kind]], kind
            assert await seen(api, team.other, f"/{kind}/{shown[kind]}") == 404, kind


async def test_a_shared_trip_or_gathering_hides_availability_attendance_and_costs(api: Api) -> None:
    team = await a_team(api)
    work = await work_of(team)
    for kind in ("trips", "gatherings"):
        for circle in ("programme", "commissioner"):
            await ok(await share(team, work[kind], circle))
    head = {"at_least": await api.kring.log.head()}
    for reader in (team.other, team.commissioner):
        trip = await ok(await reader.get(f"/trips/{work['trips']}", params=head), 200)
        assert (trip["theme"], [one["host"] for one in trip["itinerary"]]) == ("Hubs", [None])
        assert (trip["expenses"], trip["refunds"], trip["bookings"], trip["poll"]) == ([], [], 0, None)
        met = await ok(await reader.get(f"/gatherings/{work['gatherings']}", params=head), 200)
        assert (met["status"], met["attendance"], met["minutes"]) == ("held", [], None)
        for path in ("settlement", "bookings", "guests", "expenses"):
            assert (await reader.get(f"/trips/{work['trips']}/{path}")).status_code == 404, path


async def test_a_shared_recommendation_shows_only_its_version_and_shared_evidence(
    api: Api,
) -> None:
    team = await a_team(api)
    recommendation = await delivered(team)
    path, (source,) = f"/recommendations/{recommendation['id']}", recommendation["evidence"]
    await ok(await share(team, recommendation["id"], "programme"))
    await ok(await team.commissioner.post(f"{path}/response", json={"verdict": "accepted"}))
    promise = {"text": "Een plek", "owner": "J. Jansen", "due_on": "2099-01-01"}
    promised = (await ok(await team.commissioner.post(f"{path}/commitments", json=promise)))["commitment_ids"][0]
    await ok(await team.commissioner.post(f"{path}/progress", json={"text": "Er is een plek."}))
    head = {"at_least": await api.kring.log.head()}
    (read,) = await listed(api, team.other, f"/teams/{team.id}/recommendations")
    assert read == await ok(await team.other.get(path, params=head), 200)
    assert (read["text"], read["status"], read["standing"]) == ("Verbind de initiatieven", "presented", None)
    for name in ("response", "response_due_at", "closure", "presented_version"):
        assert read[name] is None, name
    for name in ("evidence", "commitment_ids", "progress", "rejoinders"):
        assert read[name] == [], name
    assert [(one["version"], one["evidence"]) for one in read["versions"]] == [(1, [])]
    assert await listed(api, team.other, f"{path}/commitments") == []
    await ok(await share(team, source, "programme"))
    assert (await ok(await team.other.get(path, params=head), 200))["evidence"] == [source]

    assert await seen(api, team.other, f"/commitments/{promised}") == 404
    await ok(await share(team, promised, "programme"))
    head = {"at_least": await api.kring.log.head()}
    shown = await ok(await team.other.get(f"/commitments/{promised}", params=head), 200)
    assert (shown["text"], shown["owner"]) == ("Een plek", None)
    assert await listed(api, team.other, f"{path}/commitments") == [shown]
    assert await listed(api, team.other, f"/programmes/{team.programme}/commitments") == [shown]
    assert (await ok(await team.members[1].get(f"/commitments/{promised}"), 200))["owner"] == "J. Jansen"


async def test_readers_cannot_see_other_recipients_or_versions_of_a_share(api: Api) -> None:
    team = await a_team(api)
    source = (await ok(await team.members[0].post(f"/teams/{team.id}/sources", json={"csl": CSL})))["id"]
    recommendation = (await recommend(team, "Een plek", source))["id"]
    await ok(await share(team, recommendation, "programme", version=1))
    again = {"text": "Twee plekken", "evidence": [source], "addressee": {"name": "De regio"}}
    await ok(await team.members[0].put(f"/recommendations/{recommendation}", json=again), 200)
    await ok(await share(team, recommendation, "commissioner", version=2))
    for reader, circle, version in ((team.other, "programme", 1), (team.commissioner, "commissioner", 2)):
        (one,) = await listed(api, reader, f"/teams/{team.id}/shares")
        assert (one["item_id"], one["shared_with"], one["version"]) == (recommendation, [circle], version)
        (read,) = await listed(api, reader, f"/teams/{team.id}/recommendations")
        assert (read["shared_with"], read["version"]) == ([circle], version)
        assert read["shared_versions"] == [{"with": circle, "version": version}]
        assert [each["status"] for each in read["versions"]] == ["drafted"]


async def test_a_visit_is_shared_with_its_trip_and_not_separately(api: Api) -> None:
    team = await a_team(api)
    path = f"/trips/{await a_trip(team)}"
    trip = await ok(await team.members[0].get(path, params={"at_least": await api.kring.log.head()}), 200)
    answer = await share(team, trip["itinerary"][0]["id"], "programme")
    refused = await ok(answer, 422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("not-shared-alone", "item_id")


async def test_rule_20_withdrawn_consent_applies_to_past_reads_too(api: Api) -> None:
    team = await a_team(api)
    anna, interview = team.members[0], (await work_of(team))["interviews"]
    path = f"/interviews/{interview}"
    await ok(await anna.post(f"{path}/holding", json={"findings": "Koppel ze"}), 200)
    await ok(await share(team, interview, "programme"))
    answer = await anna.post(f"{path}/consent", json={"scope": "named_quote"})
    await ok(answer, 200)
    before = {"as_of": answer.headers["Kring-Position"]}
    assert (await ok(await team.other.get(path, params=before), 200))["who"] == "Prof. De Vries"
    await ok(await anna.post(f"{path}/consent", json={"scope": None}), 200)
    read = await ok(await team.other.get(path, params=before), 200)
    assert (read["who"], read["role"], read["findings"], read["consent"]) == (None, None, None, None)
    assert (await ok(await anna.get(path, params=before), 200))["who"] == "Prof. De Vries"


async def test_reads_as_of_before_sharing_hide_the_item(api: Api) -> None:
    team = await a_team(api)
    insight = (await work_of(team))["insights"]
    before = {"as_of": str(await api.kring.log.head())}
    await ok(await share(team, insight, "programme"))
    assert await seen(api, team.other, f"/insights/{insight}") == 200
    assert (await team.other.get(f"/insights/{insight}", params=before)).status_code == 404
    assert (await team.members[1].get(f"/insights/{insight}", params=before)).status_code == 200
    await ok(await write(team, "answer"))
    assert (await team.other.get(f"/teams/{team.id}/advice")).status_code == 404


async def test_writing_to_shared_items_is_forbidden_and_to_others_not_found(
    api: Api,
) -> None:
    team = await a_team(api)
    shown, hidden = await work_of(team), await work_of(team)
    for work in (shown, hidden):
        made = await team.members[0].post(f"/teams/{team.id}/stakeholders", json={"name": "Wethouder"})
        work["stakeholders"] = (await ok(made))["id"]
    circles = ((team.other, team.commissioner, "programme"), (team.commissioner, team.stranger, "commissioner"))
    for reader, stranger, circle in circles:
        shared = shown if circle == "programme" else {kind: shown[kind] for kind in SEALED_OFF}
        visible, others = await writing(api, team, shared), await writing(api, team, hidden, shared)
        for operation in (*visible, *others):
            refused(await reader.request(**operation), 404, "not-found")
        for item in shared.values():
            await ok(await share(team, item, circle))
        for operation in visible:
            refused(await reader.request(**operation), 403, "not-allowed")
            if "gatherings" not in operation["url"]:  # which the commissioner sees without sharing
                refused(await stranger.request(**operation), 404, "not-found")
        for operation in others:
            refused(await reader.request(**operation), 404, "not-found")


SEALED_OFF = ("interviews", "recommendations", "trips")
"""Items that are hidden from a commissioner until they are shared, and have commands of their own."""


async def writing(
    api: Api, team: ATeam, work: dict[str, str], kinds: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Requests that write to each of these items, or to those of these kinds."""
    work = {kind: work[kind] for kind in kinds or work}
    head = {"at_least": await api.kring.log.head()}
    trip = await ok(await team.members[0].get(f"/trips/{work['trips']}", params=head), 200)
    advice = {"text": "Anders", "evidence": [new_id("source")], "addressee": {"name": "De regio"}}
    scores = {"power": 1, "interest": 1, "stance": 0, "desired_stance": 0}
    bodies: list[tuple[str, str, Any]] = [
        ("POST", "/interviews/{interviews}/consent", {"scope": "named_quote"}),
        ("POST", "/interviews/{interviews}/holding", {"findings": "Koppel ze"}),
        ("PUT", "/recommendations/{recommendations}", advice),
        ("POST", "/recommendations/{recommendations}/progress", {"text": "Er is een plek."}),
        ("POST", "/recommendations/{recommendations}/rejoinder", {"text": "Toch wel."}),
        ("POST", "/trips/{trips}/guests", {"person_id": team.people[4]}),
        ("POST", "/trips/{trips}/expenses", {"payer": team.people[0], "amount": euros(1), "text": "Koffie"}),
        ("POST", "/trips/{trips}/cancellation", {"reason": "Te duur"}),
        ("POST", f"/itinerary-items/{trip['itinerary'][0]['id']}/removal", None),
        ("POST", "/stakeholders/{stakeholders}/placement", scores),
        ("POST", "/stakeholders/{stakeholders}/talks", {"outcome": "Goed"}),
        ("POST", "/gatherings/{gatherings}/minutes", {"text": "Wij waren er."}),
        ("POST", "/gatherings/{gatherings}/cancellation", {"reason": "Ziek"}),
    ]
    known = [one for one in bodies if "{" not in one[1] or one[1].partition("{")[2].partition("}")[0] in work]
    return [{"method": method, "url": path.format(**work), "json": body} for method, path, body in known]


async def test_rule_34_a_comment_keeps_the_version_that_it_is_about(api: Api) -> None:
    team = await a_team(api)
    anna, path = team.members[0], f"/teams/{team.id}"

    async def comment(**about: object) -> Any:
        return await ok(await team.facilitator.post(f"{path}/comments", json={"text": "Scherper.", **about}))

    await ok(await anna.post(f"{path}/problem-statement", json={"text": "Ze vertrekken."}))
    on_first = await comment(on=team.id, part="problem_statement")
    assert (on_first["part"], on_first["version"]) == ("problem_statement", 1)
    await ok(await anna.post(f"{path}/problem-statement", json={"text": "Ze groeien elders.", "based_on": 1}))
    assert (await comment(on=team.id, part="problem_statement"))["version"] == 2
    assert (await comment(on=team.id, part="problem_statement", version=1))["version"] == 1
    assert (await comment(on=team.id))["version"] is None
    shown = await ok(await anna.get(f"/comments/{on_first['id']}", params={"at_least": await api.head()}), 200)
    assert shown == on_first
    faults: list[tuple[dict[str, Any], str]] = [
        ({"part": "problem_statement", "version": 3}, "version"),
        ({"part": "problem_statement", "version": 0}, "version"),
        ({"part": "problem_statement", "version": "1"}, "version"),
        ({"part": "answer"}, "part"),
        ({"part": "minutes"}, "part"),
        ({"part": "title"}, "part"),
        ({"version": 1}, "version"),
    ]
    for about, field in faults:
        refused = await anna.post(f"{path}/comments", json={"on": team.id, "text": "x", **about})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field), about


async def test_members_and_guides_can_comment_on_any_item_of_the_team(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    insight = await ok(await anna.post(f"/teams/{team.id}/insights", json={"text": "Het gaat om plek"}))
    question = {"on": insight["id"], "text": "Waarom?"}
    asked = await ok(await team.facilitator.post(f"/teams/{team.id}/comments", json=question))
    answer = await anna.post(f"/teams/{team.id}/comments", json=question | {"text": "Daarom", "answers": asked["id"]})
    assert (await ok(answer))["answers"] == asked["id"]
    listed = await ok(await team.facilitator.get(f"/teams/{team.id}/comments", params=at(answer)), 200)
    assert [one["text"] for one in listed["items"]] == ["Waarom?", "Daarom"]
    assert (await team.other.post(f"/teams/{team.id}/comments", json=question)).status_code == 403
    assert (await team.commissioner.get(f"/comments/{asked['id']}")).status_code == 404
    glance = await ok(await anna.get(f"/teams/{team.id}/research"), 200)
    assert [one["text"] for one in glance["insights"]] == ["Het gaat om plek"]
