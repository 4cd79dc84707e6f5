"""Files over HTTP: content is returned unchanged to permitted readers, and nothing is recorded that was not stored."""

import hashlib
import os
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest

from domain.events.files import FileAttached
from domain.foundation import (
    Digest,
    FileId,
    MediaType,
    ProgrammeId,
    TeamId,
    Words,
)
from service.api.http.uploads import MAX_FILE_BYTES
from service.clock_and_ids import new_id
from service.store import files
from service.store.files import PIECE_BYTES
from tests.conftest import Api, Database
from tests.service.api.examples.advice import drafted, judged
from tests.service.api.examples.team import ATeam, Given, a_team, at, ok
from tests.service.store.examples.log import session

PDF = b"%PDF-1.7 " + bytes(range(256)) * 10


async def attach(
    team: ATeam, content: bytes = PDF, name: str = "rapport.pdf", kind: str = "application/pdf", **more: Any
) -> httpx.Response:
    return await team.members[0].post(f"/teams/{team.id}/files", files={"file": (name, content, kind)}, **more)


def digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


async def stored_files(api: Api) -> int:
    """Number of files with stored contents."""
    return await api.kring.log.pool.fetchval("select count(distinct file) from file_pieces")


@pytest.mark.parametrize("size", [1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, MAX_FILE_BYTES])
async def test_a_downloaded_file_equals_the_uploaded_one(api: Api, size: int) -> None:
    team = await a_team(api)
    content = os.urandom(size)
    answer = await attach(team, content, name="C:\\Users\\anna\\Verslag – één.pdf")
    attached = await ok(answer)
    assert (attached["name"], attached["media_type"], attached["size"], attached["sha256"], attached["status"]) == (
        "Verslag – één.pdf",
        "application/pdf",
        size,
        digest(content),
        "attached",
    )
    assert await ok(await team.members[1].get(f"/files/{attached['id']}", params=at(answer)), 200) == attached
    got = await team.members[1].get(f"/files/{attached['id']}/content")
    assert got.status_code == 200
    assert got.content == content
    assert {name: got.headers[name] for name in ("content-type", "x-content-type-options", "content-length")} == {
        "content-type": "application/pdf",
        "x-content-type-options": "nosniff",
        "content-length": str(size),
    }
    assert got.headers["content-disposition"] == (
        "attachment; filename=\"Verslag _ __n.pdf\"; filename*=UTF-8''Verslag%20%E2%80%93%20%C3%A9%C3%A9n.pdf"
    )


async def test_only_members_attach_files_and_refused_files_are_not_stored(api: Api) -> None:
    team = await a_team(api)
    sent = {"file": ("a.txt", b"x" * 300_000, "text/plain")}
    refused = {"facilitator": 403, "manager": 403, "other": 403, "commissioner": 403, "stranger": 404}
    before = await api.kring.log.head(), await stored_files(api)
    for name, status in refused.items():
        answer = await getattr(team, name).post(f"/teams/{team.id}/files", files=sent)
        assert answer.status_code == status, name
    assert (await team.members[0].post(f"/teams/{new_id('team')}/files", files=sent)).status_code == 404
    assert (await api.kring.log.head(), await stored_files(api)) == before


async def test_a_file_is_hidden_from_others_until_it_is_shared(api: Api) -> None:
    team = await a_team(api)
    answer = await attach(team)
    file = await ok(answer)
    paths = [f"/files/{file['id']}", f"/files/{file['id']}/content"]
    for reader in (team.members[1], team.facilitator, team.manager):
        for path in paths:
            assert (await reader.get(path, params=at(answer))).status_code == 200
    for reader in (team.other, team.commissioner, team.stranger):
        for path in paths:
            assert (await reader.get(path)).status_code == 404
    listed = await ok(await team.members[1].get(f"/teams/{team.id}/files", params=at(answer)), 200)
    assert [one["id"] for one in listed["items"]] == [file["id"]]
    assert (await ok(await team.other.get(f"/teams/{team.id}/files"), 200))["items"] == []
    assert (await team.stranger.get(f"/teams/{team.id}/files")).status_code == 404
    answer = await team.members[0].post(f"/teams/{team.id}/shares", json={"item_id": file["id"], "with": "programme"})
    await ok(answer)
    shown = await ok(await team.other.get(paths[0], params=at(answer)), 200)
    assert shown["shared_with"] == ["programme"]
    assert (await team.other.get(paths[1])).content == PDF
    assert len((await ok(await team.other.get(f"/teams/{team.id}/files"), 200))["items"]) == 1
    assert (await team.commissioner.get(paths[1])).status_code == 404
    comment = {"on": file["id"], "text": "Mooi"}
    await ok(await team.facilitator.post(f"/teams/{team.id}/comments", json=comment))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("image/png", "image/png"),
        ("nonsense ü", "application/octet-stream"),
    ],
)
async def test_no_file_is_served_as_a_type_that_browsers_execute(api: Api, kind: str, given: str) -> None:
    team = await a_team(api)
    answer = await attach(team, b"<script>", "a.html", kind)
    got = await team.members[0].get(f"/files/{(await ok(answer))['id']}/content", params=at(answer))
    assert (got.headers["content-type"].partition(";")[0], got.headers["content-disposition"][:10]) == (
        given,
        "attachment",
    )


async def test_a_file_over_20_mib_is_refused_and_not_stored(api: Api) -> None:
    team, before = await a_team(api), await stored_files(api)
    problem = await ok(await attach(team, b"x" * (MAX_FILE_BYTES + 1)), 413)
    assert (problem["code"], problem["errors"][0]["field"]) == ("file-too-large", "file")
    assert await stored_files(api) == before


FORM = "multipart/form-data; boundary=b"
ONE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n'
END = b"--b--\r\n"


@pytest.mark.parametrize(
    ("kind", "raw", "status", "field"),
    [
        ("application/json", b"{}", 415, ""),
        ("application/octet-stream", b"x", 415, ""),
        ("multipart/form-data", ONE + END, 422, ""),
        (FORM, b"", 422, ""),
        (FORM, b"nothing of the kind", 422, ""),
        (FORM, ONE, 422, ""),
        (FORM, END, 422, "file"),
        (FORM, ONE + ONE + END, 422, "file"),
        (FORM, ONE.replace(b"\r\nx\r\n", b"\r\n\r\n") + END, 422, "file"),
        (FORM, ONE.replace(b'; filename="a.txt"', b"") + END, 422, "file"),
        (FORM, ONE.replace(b"a.txt", b"") + END, 422, "name"),
        (FORM, ONE.replace(b"a.txt", b"a/") + END, 422, "name"),
        (FORM, ONE.replace(b"a.txt", b"a" * 201) + END, 422, "name"),
        (FORM, ONE.replace(b"a.txt", b"a\x07") + END, 422, "name"),
        (FORM, ONE + b'--b\r\nContent-Disposition: form-data; name="size"\r\n\r\n1\r\n' + END, 422, "size"),
        (FORM, ONE + b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\n\xff\r\n' + END, 422, "reason"),
        (
            FORM,
            ONE + b'--b\r\nContent-Disposition: form-data; name="occurred_at"\r\n\r\nx\r\n' + END,
            422,
            "occurred_at",
        ),
    ],
)
async def test_an_invalid_upload_is_refused_by_field(api: Api, kind: str, raw: bytes, status: int, field: str) -> None:
    team = await a_team(api)
    before = await api.kring.log.head(), await stored_files(api)
    path, headers = f"/teams/{team.id}/files", {"Content-Type": kind}
    problem = await ok(await team.members[0].post(path, content=raw, headers=headers), status)
    assert [one["field"] for one in problem.get("errors", [])] == ([field] if field else [])
    assert (await api.kring.log.head(), await stored_files(api)) == before


async def test_a_file_sent_twice_with_one_key_is_attached_once_whatever_the_boundary(api: Api) -> None:
    team, before = await a_team(api), await stored_files(api)
    key = {"Idempotency-Key": "upload-1"}
    first = await attach(team, headers=key)
    again = await attach(team, headers=key)
    assert await ok(first) == await ok(again)
    assert await stored_files(api) == before + 1
    assert (await attach(team, PDF + b"!", headers=key)).status_code == 422
    other = await ok(await attach(team))
    assert other["id"] != first.json()["id"]
    assert await stored_files(api) == before + 2


async def test_reason_and_time_are_given_as_parts_beside_a_file(api: Api) -> None:
    team = await a_team(api)
    stated = {"name": "Naam", "reason": "Vergeten", "occurred_at": "2016-10-01T12:00:00+02:00"}
    file = await ok(await attach(team, data=stated))
    assert (file["name"], file["attached_at"]) == ("Naam", "2016-10-01T10:00:00Z")


async def test_a_full_disk_records_nothing_and_reports_an_error(api: Api, database: Database) -> None:
    team = await a_team(api)
    async with session(database.owner_url) as owner:
        await owner.execute("""
            create function full_disk() returns trigger language plpgsql as $$
            begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
            create trigger full_disk before insert on file_pieces for each row when (new.number = 1) execute function full_disk();
        """)
    head = await api.kring.log.head()
    problem = await ok(await attach(team, b"x" * (PIECE_BYTES + 1)), 507)
    assert problem["code"] == "no-room"
    assert (await api.kring.log.head(), await stored_files(api)) == (head, 0)
    assert (await attach(team, b"x")).status_code == 201


async def test_file_contents_are_never_in_plain_and_vanish_with_their_key(api: Api) -> None:
    team = await a_team(api)
    secret = b"Wat niemand mag lezen. " * 100
    file = await ok(await attach(team, secret, "geheim.txt"))
    rows = await api.kring.log.pool.fetch("select sealed from file_pieces")
    assert all(b"niemand" not in row[0] for row in rows)
    events, _ = await api.kring.log.read()
    assert all(b"niemand" not in one.data and b"geheim" not in one.data for one in events)
    answer = await attach(team, secret)
    other = await ok(answer)
    api.kring.keys.destroy(f"file/{file['id']}")
    shown = await ok(await team.members[0].get(f"/files/{file['id']}", params=at(answer)), 200)
    assert (shown["name"], shown["size"]) == (None, len(secret))
    assert (await team.members[0].get(f"/files/{file['id']}/content")).status_code == 404
    assert (await team.members[0].get(f"/files/{other['id']}/content")).content == secret


async def test_a_file_with_a_swapped_chunk_is_never_served(api: Api, database: Database) -> None:
    team = await a_team(api)
    answer = await attach(team, os.urandom(2 * PIECE_BYTES))
    attached = await ok(answer)
    async with session(database.owner_url) as owner:
        await owner.execute(
            "update file_pieces set number = 1 - number + 10; update file_pieces set number = number - 10"
        )
    answer = await team.members[0].get(f"/files/{attached['id']}/content", params=at(answer))
    assert answer.status_code == 500


async def test_only_file_contents_without_an_event_are_deleted_after_a_day(api: Api, database: Database) -> None:
    team = await a_team(api)
    pool, keys = api.kring.log.pool, api.kring.keys
    answer = await attach(team)
    file, old, new = (await ok(answer))["id"], new_id("file"), new_id("file")
    for one in (old, new):
        await files.store(pool, keys, one, b"left by a crash")
    async with session(database.owner_url) as owner:
        aged = "update file_pieces set stored_at = stored_at - interval '25 hours' where file = any($1)"
        await owner.execute(aged, [file, old])
    await files.delete_orphans(pool)
    assert {row[0] for row in await pool.fetch("select file from file_pieces")} == {file, new}
    assert (await team.members[0].get(f"/files/{file}/content", params=at(answer))).content == PDF


async def test_a_file_delivered_with_the_advice_is_readable_by_the_commissioner(api: Api) -> None:
    team = await a_team(api)
    await drafted(team)
    await judged(team)
    report, annex, own = [(await ok(await attach(team, PDF + one)))["id"] for one in (b"1", b"2", b"3")]
    to = {"to": [team.commissioner_id]}
    anna = team.members[0]
    presentation = f"/teams/{team.id}/advice/presentation"
    for named, field in (([new_id("file")], "file_ids.0"), ([report, report], "file_ids")):
        refused = await ok(await anna.post(presentation, json=to | {"file_ids": named}), 422)
        assert [one["field"] for one in refused["errors"]] == [field]
    assert (await team.commissioner.get(f"/files/{report}")).status_code == 404
    answer = await anna.post(presentation, json=to | {"file_ids": [report]})
    presented = (await ok(answer))["handed_over"][0]
    assert presented["files"] == [{"file_id": report, "sha256": digest(PDF + b"1")}]
    assert (await ok(await team.commissioner.get(f"/files/{report}", params=at(answer)), 200))["handed_over"]
    assert (await team.commissioner.get(f"/files/{report}/content")).content == PDF + b"1"
    assert (await team.commissioner.get(f"/files/{annex}/content")).status_code == 404
    assert (await team.stranger.get(f"/files/{report}/content")).status_code == 404
    assert (await team.other.get(f"/files/{report}/content")).status_code == 404
    answer = await anna.post(f"/teams/{team.id}/advice/delivery", json=to | {"file_ids": [annex, report]})
    delivered = (await ok(answer))["handed_over"][0]
    assert {name: delivered[name] for name in presented if name not in DELIVERED} == {
        name: presented[name] for name in presented if name not in DELIVERED
    }
    assert [one["file_id"] for one in delivered["delivered_files"]] == [report, annex]
    assert delivered["delivered_hash"] != delivered["document_hash"] == presented["document_hash"]
    assert (await team.commissioner.get(f"/files/{annex}/content", params=at(answer))).content == PDF + b"2"
    listed = await ok(await team.commissioner.get(f"/teams/{team.id}/files", params=at(answer)), 200)
    assert [one["id"] for one in listed["items"]] == [report, annex]
    assert own not in str(listed)


DELIVERED = {"status", "delivered_at", "delivered_to", "delivered_files", "delivered_hash", "response_due_at"}
"""Fields of a delivery in addition to those of a presentation."""


async def test_a_file_of_another_team_cannot_be_delivered(api: Api) -> None:
    team = await a_team(api)
    await drafted(team)
    await judged(team)
    foreign = FileAttached(
        file=FileId(new_id("file")),
        team=TeamId(new_id("team")),
        programme=ProgrammeId(team.programme),
        name=Words("Van anderen"),
        media_type=MediaType("text/plain"),
        size=1,
        sha256=Digest(digest(b"x")),
    )
    await api.kring.commands.execute(lambda: Given(foreign))
    body = {"to": [team.commissioner_id], "file_ids": [foreign.file]}
    refused = await ok(await team.members[0].post(f"/teams/{team.id}/advice/presentation", json=body), 422)
    assert refused["errors"][0]["field"] == "file_ids.0"
