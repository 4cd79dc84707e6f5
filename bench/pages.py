"""P15 and P16: the time and weight of pages, for programmes of three sizes, beside a bare template of the same framework.

A page is fetched over one connection, one request at a time, so its time is the server's and that of a round trip on one machine.
It is shown to somebody who is here for the first time, so that everything is new.
"""

import re
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urljoin

import httpx

from bench.http_servers import KRING, installed, serving
from bench.load import Load, fire
from bench.pages_programme import Filled, fill
from bench.row import rate
from bench.run import Run
from service.config import load
from service.kring import open_kring

BARE = "bench.bare_page:app"
SIZES = (14, 60, 400)
"""Participants."""
JUDGED = 60
"""The size for which times are required."""
TIMES, WARM_UP = 20, 5
"""Requests of a page in each round, and before the first."""
HOME_MS, PAGE_MS = 15.0, 50.0
HTML_KB, FIRST_LOAD_KB = 50.0, 100.0
KB = 1_000
HOMES = ("home of a participant", "home of a facilitator")
FILES = re.compile(rb'(?:href|src)="(/static/[^"#]+)|(?:from|import)\s*\(?"(\./[^"]+|/static/[^"]+)"')
"""The addresses of files in a page, and of modules in a module."""


class PageFigures(NamedTuple):
    """The times of one page in milliseconds, and its weight in bytes: of the HTML, and with all files that it loads."""

    times: list[float]
    html: int
    first_load: int

    def short(self) -> dict[str, float]:
        """The figures as they are stored."""
        return {
            "p50_ms": round(median(self.times), 1),
            "html_kb": round(self.html / KB, 1),
            "first_load_kb": round(self.first_load / KB, 1),
        }


def pages_of(filled: Filled) -> dict[str, tuple[str, str]]:
    """The path of each page, and the session of its reader."""
    mine, theirs = filled.participant, filled.facilitator
    return {
        HOMES[0]: ("/", mine),
        HOMES[1]: ("/", theirs),
        "challenge board": ("/challenges", mine),
        "a challenge": (f"/challenges/{filled.challenge}", mine),
        "open ballot paper": (f"/ballots/{filled.open_ballot}", mine),
        "result": (f"/ballots/{filled.counted_ballot}/result", mine),
        "a CoP": (f"/teams/{filled.team}", mine),
        "the CoPs": ("/cops", theirs),
        "agenda": ("/agenda", mine),
        "search": ("/search?q=woningen", mine),
        "a gathering": (f"/gatherings/{filled.gathering}", mine),
        "an advice": (f"/teams/{filled.team}/advice", mine),
    }


async def rows(run: Run) -> list[dict[str, Any]]:
    """P15 and P16: each page in turns with the bare one, for a programme of each size in an installation of its own."""
    found: dict[int, dict[str, PageFigures]] = {}
    bare: list[float] = []
    sizes = [one for one in SIZES if one <= run.many(SIZES[-1], JUDGED)]
    with run.steps("P15", 2 * len(sizes)) as steps:
        for size in sizes:
            (folder := run.folder / str(size)).mkdir(mode=0o711)
            async with installed(folder) as here:
                steps.next(f"a programme of {size} people")
                async with open_kring(load(here.environ)) as kring:
                    filled = await fill(kring, size)
                steps.next(f"its pages, {filled.challenges_on_ballot} challenges on the open ballot")
                async with serving(KRING, here.environ) as port, serving(BARE, here.environ) as other:
                    found[size] = await _figures(run, port, other, filled, bare)
    return list(_rows(found, median(bare)))


async def _figures(run: Run, port: int, other: int, filled: Filled, bare: list[float]) -> dict[str, PageFigures]:
    pages = pages_of(filled)
    weights = {name: await _weight(port, path, cookie) for name, (path, cookie) in pages.items()}
    requests = {name: _request(port, path, cookie) for name, (path, cookie) in pages.items()}
    times: dict[str, list[float]] = {name: [] for name in pages}
    for one in requests.values():
        await _times(port, one, WARM_UP)
    await _times(other, _request(other, "/", ""), WARM_UP)
    for _ in range(run.rounds):
        for name, one in requests.items():
            times[name] += await _times(port, one, run.many(TIMES, 5))
        bare += await _times(other, _request(other, "/", ""), run.many(TIMES, 5))
    return {name: PageFigures(times[name], *weights[name]) for name in pages}


async def _times(port: int, request: bytes, many: int) -> list[float]:
    answers = await fire(Load("127.0.0.1", port, 1, [request] * many))
    assert not answers.refused, f"{request.splitlines()[0]!r}: {answers.statuses}"
    return answers.latencies


def _request(port: int, path: str, cookie: str) -> bytes:
    cookies = "; ".join(f"{name}={one}" for name, one in _cookies(cookie).items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nCookie: {cookies}\r\n\r\n".encode()


def _cookies(session: str) -> Mapping[str, str]:
    """A browser's cookies. An installation on its own machine has plain names for them."""
    values = {"session": session, "language": "nl", "browser": "bench"}
    return {f"{prefix}kring-{name}": one for name, one in values.items() for prefix in ("", "__Host-")}


async def _weight(port: int, path: str, cookie: str) -> tuple[int, int]:
    """The bytes of the HTML, and of everything that a browser loads for it the first time."""
    headers = {"Accept": "text/html", "Cookie": "; ".join(f"{a}={b}" for a, b in _cookies(cookie).items())}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        page = await client.get(path)
        assert page.status_code == httpx.codes.OK, f"{path}: {page.status_code} {page.text[:500]}"
        total, ahead, seen = len(page.content), _files(path, page.content), set[str]()
        while ahead:
            address = ahead.pop()
            if address not in seen:
                seen.add(address)
                file = await client.get(address)
                assert file.status_code == httpx.codes.OK, address
                total += int(file.headers["Content-Length"])  # as compressed
                ahead |= _files(address, file.content) if address.endswith(".js") else set()
    return len(page.content), total


def _files(of: str, content: bytes) -> set[str]:
    return {urljoin(of, (one[0] or one[1]).decode()) for one in FILES.findall(content)}


def _rows(found: Mapping[int, Mapping[str, PageFigures]], bare: float) -> list[dict[str, Any]]:
    judged = {name: median(one.times) for name, one in found[JUDGED].items()}
    home = max(HOMES, key=lambda name: judged[name])
    other = max((one for one in judged if one not in HOMES), key=lambda name: judged[name])
    every = {f"{name}, {size} people": one for size, pages in found.items() for name, one in pages.items()}
    html = max(every, key=lambda name: every[name].html)
    first = max(every, key=lambda name: every[name].first_load)
    by_page = {name: {str(size): pages[name].short() for size, pages in found.items()} for name in found[JUDGED]}
    times: dict[str, Any] = {"less_is_better": True, "aims": {}}
    return [
        rate(
            "P15 home",
            "ms",
            judged[home],
            {"required": HOME_MS, "a bare template": bare},
            {"required": 1.0},
            detail={"figure": f"median, {home}, {JUDGED} people", "pages": by_page},
            **times,
        ),
        rate(
            "P15",
            "ms",
            judged[other],
            {"required": PAGE_MS, "a bare template": bare},
            {"required": 1.0},
            detail={"figure": f"median, the slowest page: {other}, {JUDGED} people"},
            **times,
        ),
        rate(
            "P16",
            "kB",
            every[html].html / KB,
            {"required": HTML_KB},
            {"required": 1.0},
            detail={"figure": f"the heaviest page: {html}"},
            **times,
        ),
        rate(
            "P16 first load",
            "kB",
            every[first].first_load / KB,
            {"required": FIRST_LOAD_KB},
            {"required": 1.0},
            detail={"figure": f"the heaviest page with its files: {first}"},
            **times,
        ),
    ]
