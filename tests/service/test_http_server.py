"""Clients that stall or send too much are refused in time, without affecting others."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import httpx
import pytest

from service.store.database import Connection
from tests.conftest import Database, Servers
from tests.service.examples.server_process import TIMEOUT_S, Serving, serve, status_of, token

HEADER_BYTES, CONNECTIONS = 16_384, 400
LIMITS = {
    "MAX_HEADER_BYTES": HEADER_BYTES,
    "HEADER_TIMEOUT_S": 2,
    "BODY_TIMEOUT_S": 2,
    "IDLE_TIMEOUT_S": 2,
    "MAX_CONNECTIONS": CONNECTIONS,
}
HALF_OPEN = 200
GET = b"GET /health/live HTTP/1.1\r\nHost: kring\r\n\r\n"
POST = (
    b"POST /api/v1/organisations HTTP/1.1\r\nHost: kring\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
)


@pytest.fixture(scope="module")
async def service(
    servers: Servers, owner: Connection, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Serving]:
    """One service for all of these tests, which change nothing in it."""
    await owner.execute(f"create database http_limits template {template} strategy file_copy")
    urls = (servers.owner_url, servers.database_url)
    database = Database(*(f"{url.rsplit('/', 1)[0]}/http_limits" for url in urls))
    folder = tmp_path_factory.mktemp("limits")
    async with serve(database, servers, folder, **LIMITS) as running:
        running.token = await token(database, folder, "manager")
        yield running
    await owner.execute("drop database http_limits with (force)")


async def test_two_hundred_half_open_requests_are_closed_while_others_are_served(service: Serving) -> None:
    lines = [await service.connect() for _ in range(HALF_OPEN)]
    for number, line in enumerate(lines):
        line.send((b"", b"\r\n", b"GET /health/live HTT", GET[:-2] + b"X-Slow: ")[number % 4])
    closing = asyncio.gather(*(line.rest() for line in lines))
    async with httpx.AsyncClient(base_url=service.url) as client:
        served = 0
        while not closing.done():
            assert (await client.get("/health/live")).is_success
            served += 1
    answers = await closing
    assert served > 1
    assert [status_of(one) for one in answers if one] == [408] * (HALF_OPEN // 2)


async def test_a_request_head_sent_byte_by_byte_gets_no_extra_time(service: Serving) -> None:
    line = await service.connect()
    line.send(GET[:-2] + b"X-Slow: ")
    response = asyncio.create_task(line.rest())
    while not response.done():
        line.send(b"a")
        await asyncio.wait({response}, timeout=0.05)
    assert status_of(response.result()) == 408


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * HEADER_BYTES + b" HTTP/1.1\r\n\r\n",
        GET[:-2] + b"X-Large: " + b"a" * HEADER_BYTES + b"\r\n\r\n",
        GET[:-2] + b"X-Large: " + b"a" * HEADER_BYTES,
        GET[:-2] + b"".join(b"X-%d: a\r\n" % n for n in range(200)) + b"\r\n",
    ],
    ids=["line", "field", "unfinished field", "many fields"],
)
async def test_an_oversized_request_head_is_refused(service: Serving, head: bytes) -> None:
    line = await service.connect()
    line.send(head)
    answer = await line.rest()
    assert status_of(answer) == 431
    assert b"application/problem+json" in answer


async def test_an_endless_request_head_takes_no_memory(service: Serving) -> None:
    before = service.megabytes()
    for _ in range(4):
        line = await service.connect()
        line.send(GET[:-2] + b"X-Large: ")
        response = asyncio.create_task(line.rest())
        for _ in range(800):
            line.send(b"a" * 65_536)
            if not await line.drained():
                break
        await response
    assert service.megabytes() < before + 20


async def test_a_body_that_never_arrives_closes_the_connection(service: Serving) -> None:
    known = f"Authorization: Bearer {service.token}\r\n\r\n".encode()
    for begun in (b"", b"{"):
        line = await service.connect()
        line.send(POST + known + begun)
        assert status_of(await line.rest()) == 408
    assert "request_failed" not in service.log()


async def test_a_body_sent_byte_by_byte_times_out(service: Serving) -> None:
    line = await service.connect()
    line.send(POST + f"Authorization: Bearer {service.token}\r\n\r\n".encode())
    response = asyncio.create_task(line.rest())
    while not response.done():
        line.send(b" ")
        await asyncio.wait({response}, timeout=0.05)
    assert status_of(response.result()) == 408


async def test_the_body_of_an_already_answered_request_is_not_awaited(service: Serving) -> None:
    line = await service.connect()
    line.send(b"GET /health/live HTTP/1.1\r\nHost: kring\r\nContent-Length: 1000\r\n\r\n")
    assert status_of(await line.rest()) == 200


async def test_an_idle_connection_is_closed(service: Serving) -> None:
    line = await service.connect()
    line.send(GET)
    assert await line.answer() == 200
    line.send(GET)
    assert await line.answer() == 200
    line.send(b"\r\n")
    assert await line.rest() == b""


async def test_consecutive_requests_on_a_connection_are_bounded(service: Serving) -> None:
    line = await service.connect()
    line.send(GET * 10)
    assert [await line.answer() for _ in range(10)] == [200] * 10
    line.send(GET * 1_000)
    assert (await line.rest()).count(b"HTTP/1.1 200") < 1_000


async def test_a_client_that_does_not_read_is_disconnected(service: Serving) -> None:
    ask = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: kring\r\n\r\n"
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect(("127.0.0.1", service.port))
        line.sendall(ask * 16)
        while not service.has(line.getsockname()):  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.05)
        async with asyncio.timeout(TIMEOUT_S):
            while service.has(line.getsockname()):  # noqa: ASYNC110  it happens in another process
                await asyncio.sleep(0.05)


async def test_a_connection_over_the_limit_gets_503_with_retry_after(service: Serving) -> None:
    lines = [await service.connect() for _ in range(CONNECTIONS + 20)]
    answers = [one for one in await asyncio.gather(*(line.rest() for line in lines)) if one]
    assert {status_of(one) for one in answers} == {503}
    assert all(b"Retry-After: 1\r\n" in one for one in answers)
