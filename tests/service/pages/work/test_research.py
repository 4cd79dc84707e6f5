"""Pages about a CoP's research, its stakeholder map and its files."""

import json
import re
from typing import TYPE_CHECKING

import httpx
from playwright.async_api import Page

from service.api.http.uploads import MAX_FILE_BYTES
from tests.conftest import Api
from tests.service.api.examples.research import PLACED
from tests.service.api.examples.team import ATeam, a_team, at, ok
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

CSL = {"type": "report", "title": "Stad & <b>land</b>", "author": [{"family": "Berg", "given": "Piet"}]}
FINDINGS = "Ze kennen elkaar niet."
RIS = "TY  - BOOK\nTI  - Nieuw\nPY  - 2014\nER  - \n" + "TY  - BOOK\nTI  - Kapot\n"


async def source(team: ATeam, **more: object) -> str:
    answer = await team.members[0].post(f"/teams/{team.id}/sources", json={"csl": {**CSL, **more}})
    return (await ok(answer))["id"]


async def interview(team: ATeam) -> str:
    """An interview that was held, as background only."""
    body = {"who": "Carla van Benthem", "role": "wethouder", "sector": "government", "on": "2016-12-20"}
    made = (await ok(await team.members[0].post(f"/teams/{team.id}/interviews", json=body)))["id"]
    await ok(await team.members[0].post(f"/interviews/{made}/holding", json={"findings": FINDINGS}), 200)
    return made


async def stakeholder(team: ATeam, name: str = "Wethouder economie") -> str:
    body = {"name": name, "organisation": "Gemeente"}
    return (await ok(await team.members[0].post(f"/teams/{team.id}/stakeholders", json=body)))["id"]


async def share_it(team: ATeam, item: str, circle: str) -> str:
    answer = await team.members[0].post(f"/teams/{team.id}/shares", json={"item_id": item, "with": circle})
    await ok(answer)
    return at(answer)["at_least"]


# Research


async def test_a_source_is_logged_by_a_form_and_shown_with_safe_links(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/sources"
    form = {"kind": "report", "title": "Stad & <b>land</b>", "authors": "Berg, Piet\r\nGemeente", "year": "2014"}
    wrong = await anna.send(path, {**form, "url": "javascript:alert(1)", "doi": "10.1000/182"})
    assert wrong.status_code == 422
    assert "An address on the web begins with https://" in wrong.text
    assert 'value="2014"' in wrong.text
    assert (await anna.send(path, {**form, "year": "long ago"})).status_code == 422
    sent = {**await anna.hidden(path, path), **form, "doi": "https://doi.org/10.1000/182"}
    first, again = await anna.post(path, sent), await anna.post(path, sent)
    assert (first.status_code, again.status_code) == (303, 303)
    shown = (await anna.get(first.headers["Location"])).text
    assert shown.count("Stad &amp; &lt;b&gt;land&lt;/b&gt;") == 1
    assert "Piet Berg and Gemeente" in shown
    assert 'href="https://doi.org/10.1000/182" rel="noopener noreferrer"' in shown


async def test_the_overview_shows_all_to_the_team_and_what_is_shared_to_others(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    logged, heard = await source(team), await interview(team)
    position = await share_it(team, logged, "programme")
    path = f"/teams/{team.id}/research"
    anna, guide = await visitors.of(team.people[0], "nl"), await visitors.of(await guide_of(api, team))
    eva = await visitors.of(team.people[4])
    for visitor in (anna, guide):
        shown = (await visitor.get(path, recorded=position)).text
        assert "Carla van Benthem" in shown
        assert "Stad &amp;" in shown
    assert "1 interview gehouden, 1 bron gelezen" in (await anna.get(path)).text
    shown = (await eva.get(path)).text
    assert "Stad &amp;" in shown
    assert "Carla" not in shown
    assert "You see what this CoP shares with you." in shown
    assert (await eva.get(f"/interviews/{heard}")).status_code == 404
    assert (await eva.get(f"/sources/{logged}")).status_code == 200
    for visitor in (guide, eva):
        listed = await visitor.get(f"/teams/{team.id}/sources")
        assert "<textarea" not in listed.text
    assert (await eva.get(f"/teams/{team.id}/sources/import")).status_code == 403


async def somebody_else(api: Api, team: ATeam) -> str:
    """A participant of another programme."""
    programme = await ok(await team.manager.post("/programmes", json={"name": "Leergang", "edition": "2017"}))
    body = {"name": "Zoe", "email": api.address("zoe")}
    person = (await ok(await team.manager.post("/people", json=body)))["id"]
    await ok(await team.manager.post(f"/programmes/{programme['id']}/participants", json={"person_id": person}))
    return person


async def guide_of(api: Api, team: ATeam) -> str:
    """The facilitator of the programme."""
    me = await ok(await team.facilitator.get("/me"), 200)
    return me["person"]["id"] if "person" in me else me["id"]


async def test_nobody_of_another_programme_sees_any_of_it(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    things = [f"/sources/{await source(team)}", f"/interviews/{await interview(team)}"]
    things += [f"/stakeholders/{await stakeholder(team)}"]
    stranger = await visitors.of(await somebody_else(api, team))
    pages = ("research", "sources", "interviews", "insights", "files", "map", "sources/import")
    for path in (*things, *(f"/teams/{team.id}/{one}" for one in pages)):
        assert (await stranger.get(path)).status_code == 404, path


async def test_an_interview_is_shown_as_far_as_its_consent_allows(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    plan = {"who": "Carla van Benthem", "role": "wethouder", "sector": "government", "on": "2016-12-20"}
    planned = await anna.send(f"/teams/{team.id}/interviews", plan)
    new, path = planned.headers["Location"], planned.headers["Location"].partition("?")[0]
    held = await anna.send(new, {"findings": FINDINGS}, f"{path}/holding")
    assert held.status_code == 303
    assert FINDINGS in (await anna.get(held.headers["Location"])).text
    shared = await anna.send(path, {"circle": "programme"}, f"{path}/shares")
    after = {"recorded": re.findall(r"recorded=(\d+)", shared.headers["Location"])[0]}
    assert "Shared with the programme" in (await anna.get(path, **after)).text
    hidden = (await eva.get(path, **after)).text
    assert "Carla" not in hidden
    assert FINDINGS not in hidden
    for scope, name, findings in (
        ("anonymous_quote", False, True),
        ("named_quote", True, True),
        ("withdrawn", False, False),
    ):
        answer = await anna.send(path, {"scope": scope}, f"{path}/consent")
        seen = (await eva.get(answer.headers["Location"])).text
        assert (("Carla van Benthem" in seen), (FINDINGS in seen)) == (name, findings), scope
    refused = await anna.post(f"{path}/holding", {**await anna.hidden(path, f"{path}/consent"), "findings": "x"})
    assert refused.status_code == 409
    assert "already been held" in refused.text


async def test_an_insight_is_about_a_thing_of_the_team_and_gets_comments(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    logged = await source(team)
    anna, guide = await visitors.of(team.people[0]), await visitors.of(await guide_of(api, team))
    path = f"/teams/{team.id}/insights"
    foreign = "source_01h455vb4pex5vsknk084sn02q"
    assert (await anna.send(path, {"text": "Nabijheid telt.", "about": foreign})).status_code == 422
    shared = await anna.send(path, {"text": "Nabijheid telt.", "about": logged})
    assert shared.status_code == 303
    shown = await anna.get(f"/sources/{logged}", **recorded_of(shared))
    found = re.search(r'href="(/insights/insight_\w+)"', shown.text)
    assert found is not None
    assert "Nabijheid telt." in shown.text
    said = await guide.send(found[1], {"text": "Mooi gezien."}, f"{found[1]}/comments")
    assert said.status_code == 303
    assert "Mooi gezien." in (await anna.get(found[1], **recorded_of(said))).text
    comment = re.search(r'<option value="(comment_\w+)"', (await anna.get(found[1], **recorded_of(said))).text)
    assert comment is not None
    answered = await anna.send(found[1], {"text": "Dank.", "answers": comment[1]}, f"{found[1]}/comments")
    assert "Anna, in answer to Guide" in (await anna.get(found[1], **recorded_of(answered))).text
    past = await anna.get(found[1], as_of=recorded_of(shared)["recorded"])
    assert (past.status_code, "Mooi gezien." in past.text, "<textarea" in past.text) == (200, False, False)


def recorded_of(answer: httpx.Response) -> dict[str, str]:
    """The parameter of a page that shows what this form has recorded."""
    found = re.search(r"recorded=(\d+)", answer.headers["Location"])
    assert found is not None
    return {"recorded": found[1]}


# Import


async def test_sources_are_imported_after_a_preview_and_a_file_twice_changes_nothing(
    api: Api, visitors: "Visitors"
) -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/sources/import"
    head = await api.head()
    preview = await anna.client.post(
        path, data=await anna.hidden(path, path), files={"file": ("x.ris", RIS.encode(), "application/x-research-info")}
    )
    assert preview.status_code == 200
    assert "1 source is new to you" in preview.text
    assert "“Kapot” is not complete" in preview.text
    assert await api.head() == head
    item = re.findall(r'name="item" value="([^"]+)"', preview.text)[0].replace("&#34;", '"')
    pasted = await anna.send(path, {"text": RIS})
    assert "1 source is new to you" in pasted.text
    hidden = re.findall(r'name="(csrf|place|command|form)" value="([^"]+)"', preview.text.partition('id="chosen"')[2])
    logged = await anna.post(f"{path}/chosen", {**dict(hidden[:4]), "item": item})
    assert logged.status_code == 303
    assert "Nieuw" in (await anna.get(logged.headers["Location"])).text
    again = await anna.send(path, {"text": RIS})
    assert "Nothing here is new to you" in again.text
    head = await api.head()
    repeated = await anna.post(f"{path}/chosen", {**dict(hidden[:4]), "item": item})
    assert repeated.status_code == 303
    assert await api.head() == head


async def test_an_import_says_what_it_cannot_read_and_keeps_what_was_pasted(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0], "nl"), f"/teams/{team.id}/sources/import"
    for text in ("", "zomaar wat", "[{"):
        answer = await anna.send(path, {"text": text})
        assert answer.status_code == 422
        assert "Dit is geen RIS, BibTeX of CSL-JSON." in answer.text
        assert text in answer.text
    hostile = await anna.send(path, {"text": '{"type": "book", "title": "x\\u0007"}'})
    assert "bevat een stuurteken" in hostile.text
    author = {"family": "Berg", "given": "Wilhelmina", "non-dropping-particle": "van den"}
    many = [
        {
            "type": "article-journal",
            "title": f"Start-ups {n} " + "in de regio " * 8,
            "author": [author] * 3,
            "id": str(n),
        }
        for n in range(120)
    ]
    large = await anna.send(path, {"text": json.dumps([*many, *({"type": "x"} for _ in range(40))])})
    assert len(large.content) <= 50_000
    shown = large.text.count('name="item"')
    assert f"Nog {120 - shown} passen in een volgende import" in large.text


# Files


async def test_a_file_is_added_by_a_form_once_and_downloaded_unchanged(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/files"
    hidden = await anna.hidden(path, path)

    async def upload(content: bytes, name: str = "Verslag – één.pdf", **more: str) -> httpx.Response:
        file = {"file": (name, content, "application/pdf")}
        return await anna.client.post(path, data={**hidden, **more}, files=file)

    stored = "select count(distinct file) from file_pieces"
    before = await api.kring.log.pool.fetchval(stored)
    first, again = await upload(b"%PDF"), await upload(b"%PDF")
    assert (first.status_code, again.status_code) == (303, 303)
    assert await api.kring.log.pool.fetchval(stored) == before + 1
    shown = (await anna.get(first.headers["Location"])).text
    assert shown.count("Verslag – één.pdf") == 1
    found = re.search(r'href="(/files/file_\w+)"', shown)
    assert found is not None
    assert (await anna.get(f"{found[1]}/content")).content == b"%PDF"
    assert "4 bytes" in (await anna.get(found[1])).text
    eva = await visitors.of(team.people[4])
    assert (await eva.get(found[1])).status_code == 404
    assert (await eva.get(f"{found[1]}/content")).status_code == 404


async def test_a_file_that_is_missing_empty_or_too_large_is_refused_in_words(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, eva = await visitors.of(team.people[0], "nl"), await visitors.of(team.people[4])
    path = f"/teams/{team.id}/files"
    hidden, head = await anna.hidden(path, path), await api.head()
    for name, content, status, said in (
        ("a.txt", b"", 422, "Dit bestand is leeg."),
        ("a.txt", b"x" * (MAX_FILE_BYTES + 1), 413, "hooguit 20 MiB"),
        ("a" * 201, b"x", 422, 'id="newfile-name-error"'),
    ):
        answer = await anna.client.post(path, data=hidden, files={"file": (name, content, "text/plain")})
        assert (answer.status_code, said in answer.text) == (status, True), name
    fields = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n' for name, one in hidden.items()]
    none = '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    missing = await anna.client.post(path, content="".join((*fields, none)), headers=kind)
    assert (missing.status_code, "Dit ontbreekt." in missing.text) == (422, True)
    forged = await anna.client.post(path, data={**hidden, "csrf": "x"}, files={"file": ("a.txt", b"x", "text/plain")})
    assert forged.status_code == 403
    assert "Kies het nog een keer" in forged.text
    foreign = {"Sec-Fetch-Site": "cross-site"}
    sent = {"file": ("a.txt", b"x", "text/plain")}
    assert (await anna.client.post(path, data=hidden, files=sent, headers=foreign)).status_code == 403
    assert (await eva.client.post(path, data=hidden, files=sent)).status_code == 403
    assert await api.head() == head


# Stakeholders


async def test_a_stakeholder_is_put_on_the_map_moves_and_is_talked_with(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0], "nl"), f"/teams/{team.id}/map"
    assert "Nog niemand staat op de kaart" in (await anna.get(path)).text
    added = await anna.send(path, {"name": "Wethouder <i>economie</i>", "organisation": "Gemeente"})
    new, one = added.headers["Location"], added.headers["Location"].partition("?")[0]
    place = {"power": "5", "interest": "2", "stance": "-1", "desired_stance": "2"}
    wrong = await anna.send(new, {**place, "power": "6"}, f"{one}/placement")
    assert wrong.status_code == 422
    first = await anna.send(one, place, f"{one}/placement")
    assert first.status_code == 303
    moved = await anna.send(one, {**place, "interest": "4", "stance": "1"}, f"{one}/placement")
    talk = await anna.send(one, {"outcome": "Hij doet mee.", "next_step": "Samen naar de raad."}, f"{one}/talks")
    shown = (await anna.get(path, **recorded_of(talk))).text
    assert "Wethouder &lt;i&gt;economie&lt;/i&gt;" in shown
    assert 'class="trail"' in shown
    assert "<s>2</s> 4" in shown
    assert "was tegen" in shown
    assert "Samen naar de raad." in shown
    assert "schoof 1 naar de CoP toe" in shown
    past = await anna.get(path, as_of=recorded_of(first)["recorded"])
    assert past.status_code == 200
    then = past.text
    assert "<s>2</s>" not in then
    assert 'name="name" value=""' not in then
    assert "Hij doet mee." in (await anna.get(one, **recorded_of(moved))).text


async def test_the_map_is_hidden_from_commissioners_and_until_shared_from_others(
    api: Api, visitors: "Visitors"
) -> None:
    team = await a_team(api)
    one = await stakeholder(team)
    await ok(await team.members[0].post(f"/stakeholders/{one}/placement", json=PLACED))
    logged = await source(team)
    position = await share_it(team, logged, "commissioner")
    banker, eva = await visitors.of(team.commissioner_id), await visitors.of(team.people[4])
    assert (await banker.get(f"/teams/{team.id}/research", recorded=position)).status_code == 200
    for path in (f"/teams/{team.id}/map", f"/stakeholders/{one}"):
        assert (await banker.get(path)).status_code == 404
    assert "Wethouder" not in (await eva.get(f"/teams/{team.id}/map")).text
    anna = await visitors.of(team.people[0])
    refused = await anna.post(
        f"/stakeholders/{one}/shares",
        {**await anna.hidden(f"/stakeholders/{one}", f"/stakeholders/{one}/shares"), "circle": "commissioner"},
    )
    assert refused.status_code == 409
    assert "cannot be shared with a commissioner" in refused.text
    shared = await anna.send(f"/stakeholders/{one}", {"circle": "programme"}, f"/stakeholders/{one}/shares")
    assert "Wethouder" in (await eva.get(f"/teams/{team.id}/map", **recorded_of(shared))).text


async def test_pointing_at_the_map_fills_in_the_form(api: Api, tab: Page) -> None:
    team = await a_team(api)
    one = await stakeholder(team)
    await sign_in(tab, api, team.people[0])
    await tab.set_viewport_size({"width": 390, "height": 900})
    await tab.goto(f"{api.url}/stakeholders/{one}")
    await tab.wait_for_selector(".pointed")
    ground = await tab.locator(".map .ground").bounding_box()
    assert ground is not None
    await tab.mouse.click(ground["x"] + ground["width"] * 0.7, ground["y"] + ground["height"] * 0.1)
    assert await tab.locator("[name=power]:checked").input_value() == "5"
    assert await tab.locator("[name=interest]:checked").input_value() == "4"
    await tab.get_by_role("group", name="Power").get_by_role("radio", name="5").focus()
    await tab.keyboard.press("ArrowLeft")
    assert await tab.locator("[name=power]:checked").input_value() == "4"
    await tab.get_by_role("button", name="Keep this place").click()
    await tab.wait_for_url(re.compile("/map"))
    for width in (320, 390, 1280):
        await tab.set_viewport_size({"width": width, "height": 900})
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    assert await tab.get_by_role("cell", name="neutral").count() == 1
